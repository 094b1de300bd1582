// Finds targets by name: "host", and the files compiler/targets/NAME.yaml, one for each kind of board.
#ifndef DIAPASON_COMPILER_TARGETS_TARGET_REGISTRY_H_
#define DIAPASON_COMPILER_TARGETS_TARGET_REGISTRY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/target.pb.h"

namespace diapason::compiler::targets {

// `name` is "host", the name of a file in `folder` without its extension, or the path of a YAML file.
// Returns NotFound if there is no such target; the message lists the known ones. Returns InvalidArgument
// with the file, the line and the reason if the file is not valid.
absl::StatusOr<v1::Target> FindTarget(absl::string_view name, const std::string& folder);

// Returns the names of the files in `folder`, sorted and without their extension. Empty if there is no
// such folder.
std::vector<std::string> TargetNames(const std::string& folder);

}  // namespace diapason::compiler::targets

#endif  // DIAPASON_COMPILER_TARGETS_TARGET_REGISTRY_H_
