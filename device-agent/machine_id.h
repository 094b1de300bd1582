// Which machine this is: what keeps a second machine from taking a name that is in use, and makes names of
// machines that all have the same host name ("raspberrypi") different.
#ifndef DIAPASON_DEVICE_AGENT_MACHINE_ID_H_
#define DIAPASON_DEVICE_AGENT_MACHINE_ID_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace diapason::device_agent {

// The contents of the file at an absolute path; empty where there is none.
using FileReader = std::function<std::string(const std::string& path)>;

// 16 hexadecimal digits, the same at every start; empty: the machine has no id that a program without rights
// can read. Of a board's serial number where it has one (copies of one SD card have the same machine-id),
// else of /etc/machine-id. Hashed, since a machine-id is not to leave its machine. `emulated`: the
// architecture that a user-mode emulator gives this program; empty: none. An emulated agent is another device
// than its host.
//
// Containers on one board have the board's id, as they should: they share its cores. They need names of their
// own.
std::string MachineId(const FileReader& read, absl::string_view emulated);
// Of this machine.
std::string MachineId(absl::string_view emulated);

// The name of a device whose agent was given none: the host's, and a part of the id behind it.
std::string DefaultDeviceName(absl::string_view host_name, absl::string_view machine_id);
// Of this machine.
std::string DefaultDeviceName(absl::string_view machine_id);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_MACHINE_ID_H_
