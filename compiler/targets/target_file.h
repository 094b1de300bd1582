// The text of a target file to a Target; README.md lists the fields. The only file that knows yaml-cpp.
#ifndef DIAPASON_COMPILER_TARGETS_TARGET_FILE_H_
#define DIAPASON_COMPILER_TARGETS_TARGET_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "diapason/v1/target.pb.h"

namespace diapason::compiler::targets {

// `path` is for messages; the target's name is its stem.
// InvalidArgument: "PATH:LINE: what is wrong"; the file must hold every required field and no unknown one.
absl::StatusOr<v1::Target> ParseTarget(const std::string& text, const std::string& path);

}  // namespace diapason::compiler::targets

#endif  // DIAPASON_COMPILER_TARGETS_TARGET_FILE_H_
