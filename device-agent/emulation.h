// Whether a user-mode emulator (qemu) runs this program, as it does where an agent for another architecture
// is tried out.
#ifndef DIAPASON_DEVICE_AGENT_EMULATION_H_
#define DIAPASON_DEVICE_AGENT_EMULATION_H_

#include <string>

namespace diapason::device_agent {

// The path of the emulator that runs this program, or "". The kernel does not start a program of another
// architecture by itself, so children need the emulator, too.
std::string Emulator();

// The architecture that this program was built for, if an emulator runs it, or "".
std::string EmulatedArchitecture();

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_EMULATION_H_
