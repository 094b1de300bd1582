// Files that appear in a folder only when all of them are complete.
#ifndef DIAPASON_COMPILER_MODEL_STAGING_FOLDER_H_
#define DIAPASON_COMPILER_MODEL_STAGING_FOLDER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler::model {

// A hidden folder inside the final one, so that publishing is a rename. Gone, with what was not published,
// when this is; so is the final folder where it was made here and nothing was published. One owner.
class StagingFolder {
 public:
  // Makes `folder` where it is not there. PermissionDenied: it cannot be made or written; says why.
  static absl::StatusOr<std::unique_ptr<StagingFolder>> Create(const std::string& folder);
  ~StagingFolder();

  StagingFolder(const StagingFolder&) = delete;
  StagingFolder& operator=(const StagingFolder&) = delete;

  const std::string& staging() const { return staging_; }

  // Where the file `name` is staged, and where it goes.
  std::string Staged(absl::string_view name) const;
  std::string Final(absl::string_view name) const;

  // ResourceExhausted: the disk does not take it.
  absl::Status Write(absl::string_view name, absl::string_view contents) const;

  // Moves the files, in that order; each replaces an older one at once. PermissionDenied: the folder refuses
  // one.
  absl::Status Publish(const std::vector<std::string>& names);

 private:
  StagingFolder(std::string folder, std::string staging, bool made)
      : folder_(std::move(folder)), staging_(std::move(staging)), made_folder_(made) {}

  const std::string folder_;
  const std::string staging_;
  const bool made_folder_;
};

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_STAGING_FOLDER_H_
