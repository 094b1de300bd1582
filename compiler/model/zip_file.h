// Writes ZIP files, the format of Python wheels. This is the only file that uses libarchive.
#ifndef DIAPASON_COMPILER_MODEL_ZIP_FILE_H_
#define DIAPASON_COMPILER_MODEL_ZIP_FILE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct archive;

namespace diapason::compiler::model {

// A ZIP file that is being written. Its files are stored without compression, because weights hardly become
// smaller. It contains no time, so equal contents give equal bytes. One thread may use it.
class ZipFile {
 public:
  // Creates or replaces the file at `path`. Returns ResourceExhausted with the reason if that fails.
  static absl::StatusOr<ZipFile> Create(const std::string& path);

  // Adds a file. `executable` sets its permission to be executed, which shared libraries have. Returns
  // ResourceExhausted if the disk does not accept it.
  absl::Status Add(const std::string& name, absl::string_view contents, bool executable = false);

  // Writes the list of files and closes the file. Errors are those of Add.
  absl::Status Finish();

 private:
  struct Closer {
    void operator()(archive* archive) const;
  };

  ZipFile(std::string path, archive* archive) : path_(std::move(path)), archive_(archive) {}
  // Returns OK, or the archive's error.
  absl::Status Check(int code) const;

  std::string path_;
  std::unique_ptr<archive, Closer> archive_;
};

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_ZIP_FILE_H_
