// The option --target: "host", a target's name, a YAML file, or "device:NAME".
#ifndef DIAPASON_TUNER_CLI_TARGET_OPTION_H_
#define DIAPASON_TUNER_CLI_TARGET_OPTION_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/target.pb.h"
#include "tuner/cli/log_source.h"
#include "tuner/compile/installation.h"

namespace diapason::tuner {

// The values of --target, for its help.
inline constexpr char kTargetHelp[] = "host, device:NAME, a target's name, or a YAML file";

// Returns NAME of "device:NAME", or nullopt if `target` has another form.
std::optional<std::string> DeviceOf(absl::string_view target);

// Returns the target that the option's value means. For a device, asks the server of `log` or, if none is
// named, the log, which knows the devices that did trials for it. Returns NotFound with a list of the
// known targets or devices, and the errors of LogSource::Open.
absl::StatusOr<v1::Target> ResolveTarget(const std::string& target, const Installation& installation,
                                         const LogOption& log);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_TARGET_OPTION_H_
