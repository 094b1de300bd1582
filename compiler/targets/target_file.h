// Parses target files; README.md lists their fields. This is the only module that uses yaml-cpp.
#ifndef DIAPASON_COMPILER_TARGETS_TARGET_FILE_H_
#define DIAPASON_COMPILER_TARGETS_TARGET_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "diapason/v1/target.pb.h"

namespace diapason::compiler::targets {

// Parses the text of the file at `path`, whose stem becomes the target's name. Returns InvalidArgument
// with "PATH:LINE: REASON" if a required field is missing, a field is unknown, or a value is not valid.
absl::StatusOr<v1::Target> ParseTarget(const std::string& text, const std::string& path);

}  // namespace diapason::compiler::targets

#endif  // DIAPASON_COMPILER_TARGETS_TARGET_FILE_H_
