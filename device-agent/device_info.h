// What an agent says about its device when it registers.
#ifndef DIAPASON_DEVICE_AGENT_DEVICE_INFO_H_
#define DIAPASON_DEVICE_AGENT_DEVICE_INFO_H_

#include <string>

#include "device-agent/kernel_runner.h"
#include "diapason/v1/agent.pb.h"

namespace diapason::device_agent {

// Describes this machine under the name `device_id`, as `runner` measures on it, with the versions that
// this release can load and measure. See machine_id.h for `machine_id` and emulation.h for `emulated`.
v1::DeviceInfo DescribeDevice(const std::string& device_id, const std::string& machine_id,
                              const KernelRunner& runner, bool emulated);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_DEVICE_INFO_H_
