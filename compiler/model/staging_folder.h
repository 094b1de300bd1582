// Makes files appear in a folder only when all of them are complete.
#ifndef DIAPASON_COMPILER_MODEL_STAGING_FOLDER_H_
#define DIAPASON_COMPILER_MODEL_STAGING_FOLDER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler::model {

// Files are written to a hidden folder inside the final one, so publishing them is a rename. The
// destructor removes the hidden folder with all files that were not published. It also removes the final
// folder if Create made it and nothing was published. One thread may use it.
class StagingFolder {
 public:
  // Creates `folder` if it does not exist. Returns PermissionDenied with the reason if it cannot be
  // created or written.
  static absl::StatusOr<std::unique_ptr<StagingFolder>> Create(const std::string& folder);
  ~StagingFolder();

  StagingFolder(const StagingFolder&) = delete;
  StagingFolder& operator=(const StagingFolder&) = delete;

  const std::string& staging() const { return staging_; }

  // Return the path at which the file `name` is staged, and its final path.
  std::string Staged(absl::string_view name) const;
  std::string Final(absl::string_view name) const;

  // Writes a staged file. Returns ResourceExhausted if the disk does not accept it.
  absl::Status Write(absl::string_view name, absl::string_view contents) const;

  // Moves the files to the final folder, in that order. Each one atomically replaces an older file.
  // Returns PermissionDenied if the folder refuses a file.
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
