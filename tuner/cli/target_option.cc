#include "tuner/cli/target_option.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "proto/base/status_macros.h"
#include "tuner/cli/model_tasks.h"

namespace diapason::tuner {

std::optional<std::string> DeviceOf(absl::string_view target) {
  if (!absl::ConsumePrefix(&target, "device:")) return std::nullopt;
  return std::string(target);
}

absl::StatusOr<v1::Target> ResolveTarget(const std::string& target, const Installation& installation,
                                         const LogOption& log) {
  const std::optional<std::string> device = DeviceOf(target);
  if (!device) return TargetOf(target, installation);
  DIAPASON_ASSIGN_OR_RETURN(const std::unique_ptr<LogSource> source, LogSource::Open(log));
  absl::StatusOr<v1::Target> found = source->FindDevice(*device);
  if (absl::IsNotFound(found.status())) {
    return WithContext(
        found.status(),
        absl::StrCat("the target device:", *device, " is not known",
                     log.server.server.empty() ? " (give --server HOST:PORT to ask a tuner-server)" : ""));
  }
  DIAPASON_RETURN_IF_ERROR(found.status());
  found->set_name(*device);  // because a device calls its target "host"
  return found;
}

}  // namespace diapason::tuner
