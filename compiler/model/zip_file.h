// Writes ZIP files, the format of Python wheels.
#ifndef DIAPASON_COMPILER_MODEL_ZIP_FILE_H_
#define DIAPASON_COMPILER_MODEL_ZIP_FILE_H_

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler::model {

// A ZIP file that is being written. Its files are stored without compression, because weights hardly become
// smaller. It contains no time, so equal contents give equal bytes. One thread may use it.
class ZipFile {
 public:
  // Creates or replaces the file at `path`. Errors are reported by Finish.
  explicit ZipFile(const std::string& path);

  // Adds a file. `executable` sets its permission to be executed, which shared libraries have. Returns
  // InvalidArgument if the ZIP file would be larger than 4 GiB, which the format cannot describe.
  absl::Status Add(const std::string& name, absl::string_view contents, bool executable = false);

  // Writes the list of files and closes the file. Returns ResourceExhausted if the disk did not accept
  // everything.
  absl::Status Finish();

 private:
  struct Entry {
    std::string name;
    uint32_t checksum = 0;
    uint32_t size = 0;
    uint32_t offset = 0;
    bool executable = false;
  };

  const std::string path_;
  std::ofstream file_;
  uint64_t position_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_ZIP_FILE_H_
