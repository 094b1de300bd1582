// --target: host, a target's name, a YAML file, or device:NAME.
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

inline constexpr char kTargetHelp[] = "host, device:NAME, a target's name, or a YAML file";

// NAME of "device:NAME"; absent: the target is not a device's.
std::optional<std::string> DeviceOf(absl::string_view target);

// The target that the option's value means. For a device, the server of `log` is asked or, without a server,
// the log: it knows the devices that did trials for it. NotFound names the targets or devices that there are;
// also the codes of LogSource::Open.
absl::StatusOr<v1::Target> ResolveTarget(const std::string& target, const Installation& installation,
                                         const LogOption& log);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_TARGET_OPTION_H_
