#include "device-agent/device_info.h"

#include "compiler/runtime/host_target.h"
#include "proto/domain/protocol_version.h"

namespace diapason::device_agent {

v1::DeviceInfo DescribeDevice(const std::string& device_id, const std::string& machine_id,
                              const KernelRunner& runner, bool emulated) {
  v1::DeviceInfo device;
  device.set_device_id(device_id);
  device.set_hardware_id(machine_id);
  device.set_kernel_abi_version(kKernelAbiVersion);
  device.add_measure_protocol_versions(kMeasureProtocolVersion);
  device.set_release(Release());
  *device.mutable_target() = compiler::runtime::HostTarget();
  device.set_runner(runner.kind());
  device.set_sandbox(runner.sandbox());
  device.set_emulated(emulated);
  return device;
}

}  // namespace diapason::device_agent
