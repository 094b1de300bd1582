// Identifies the machine. A tracker uses the id to keep a second machine from taking a name that is in
// use. The id also makes default names different for machines that all have the same host name
// ("raspberrypi").
#ifndef DIAPASON_DEVICE_AGENT_MACHINE_ID_H_
#define DIAPASON_DEVICE_AGENT_MACHINE_ID_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace diapason::device_agent {

// Returns the contents of the file at an absolute path, or "" if there is none.
using FileReader = std::function<std::string(const std::string& path)>;

// Returns 16 hexadecimal digits, the same at every start. Returns "" if the machine has no id that a
// program without special rights can read. The id is made from the board's serial number, if it has one
// (copies of an SD card have the same machine-id), and otherwise from /etc/machine-id. It is a hash,
// because a machine-id must not leave its machine. `emulated` is the architecture of the user-mode
// emulator that runs this program, or "": an emulated agent is another device than its host.
//
// Containers on one board get the board's id. This is right, because they share its cores. Their agents
// need different names.
std::string MachineId(const FileReader& read, absl::string_view emulated);
// The same, for this machine.
std::string MachineId(absl::string_view emulated);

// Returns the name of a device whose agent was given none: the host's name, followed by a part of the id.
std::string DefaultDeviceName(absl::string_view host_name, absl::string_view machine_id);
// The same, for this machine.
std::string DefaultDeviceName(absl::string_view machine_id);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_MACHINE_ID_H_
