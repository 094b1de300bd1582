// Target files: compiler/targets/NAME.yaml, one for each kind of board, and "host".
#ifndef DIAPASON_COMPILER_TARGETS_TARGET_REGISTRY_H_
#define DIAPASON_COMPILER_TARGETS_TARGET_REGISTRY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/target.pb.h"

namespace diapason::compiler::targets {

// "host", the name of a file in `folder`, or the path of a YAML file.
// NotFound: no such target; the message lists those there are. InvalidArgument: file, line and what is wrong.
absl::StatusOr<v1::Target> FindTarget(absl::string_view name, const std::string& folder);

std::vector<std::string> TargetNames(const std::string& folder);

}  // namespace diapason::compiler::targets

#endif  // DIAPASON_COMPILER_TARGETS_TARGET_REGISTRY_H_
