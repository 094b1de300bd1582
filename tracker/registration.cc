#include "tracker/registration.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/domain/protocol_version.h"

namespace diapason::tracker {
namespace {

std::string ReleaseOf(const v1::DeviceInfo& device) {
  return device.release().empty() ? "an older release" : absl::StrCat("release ", device.release());
}

// Makes a message like "the device-agent of box-1 (release 0.1.0) loads ..., this tracker (release 0.2.0)
// hands out ...: install ..."
absl::Status Mismatch(const v1::DeviceInfo& device, absl::string_view has, absl::string_view wants) {
  return absl::FailedPreconditionError(
      absl::StrCat("the device-agent of ", device.device_id(), " (", ReleaseOf(device), ") ", has,
                   ", but this tracker (release ", Release(), ") ", wants,
                   "; install device-agent and device-runner of release ", Release(), " on ",
                   device.device_id(), ", or tracker and tuner-server of the agent's release here"));
}

}  // namespace

absl::Status CheckAgent(const v1::SynchronizeRequest& request) {
  const v1::DeviceInfo& device = request.device();
  const int newest = request.protocol_version();
  const int oldest = request.oldest_protocol_version() > 0 ? request.oldest_protocol_version() : newest;
  if (newest < kOldestAgentProtocolVersion || oldest > kAgentProtocolVersion) {
    return Mismatch(
        device, absl::StrCat("speaks the agent protocol versions ", oldest, " to ", newest),
        absl::StrCat("speaks versions ", kOldestAgentProtocolVersion, " to ", kAgentProtocolVersion));
  }
  if (device.device_id().empty() || request.session_id().empty()) {
    return absl::InvalidArgumentError("the call has no device_id or no session_id");
  }
  if (device.kernel_abi_version() != kKernelAbiVersion) {
    return Mismatch(device, absl::StrCat("loads kernels of ABI version ", device.kernel_abi_version()),
                    absl::StrCat("hands out kernels of version ", kKernelAbiVersion));
  }
  const auto& measures = device.measure_protocol_versions();
  if (std::find(measures.begin(), measures.end(), kMeasureProtocolVersion) == measures.end()) {
    return Mismatch(device,
                    absl::StrCat("measures by protocol versions ",
                                 measures.empty() ? "none" : absl::StrJoin(measures, ", ")),
                    absl::StrCat("asks for version ", kMeasureProtocolVersion));
  }
  return absl::OkStatus();
}

absl::Status CheckTrial(const v1::MeasureRequest& request) {
  const v1::MeasureOptions& options = request.options();
  const auto refuse = [&](absl::string_view wants, absl::string_view has) {
    return absl::FailedPreconditionError(
        absl::StrCat("trial ", request.trial_id(), " ", wants, ", but the devices of this tracker (release ",
                     Release(), ") ", has, "; install tuner-server of release ", Release(),
                     ", or tracker and device-agent of its release here"));
  };
  if (options.protocol_version() != kMeasureProtocolVersion) {
    return refuse(absl::StrCat("must be measured by protocol version ", options.protocol_version()),
                  absl::StrCat("measure by version ", kMeasureProtocolVersion));
  }
  if (options.kernel_abi_version() != 0 && options.kernel_abi_version() != kKernelAbiVersion) {
    return refuse(absl::StrCat("has kernels of ABI version ", options.kernel_abi_version()),
                  absl::StrCat("load version ", kKernelAbiVersion));
  }
  return absl::OkStatus();
}

}  // namespace diapason::tracker
