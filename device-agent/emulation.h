// Whether a user-mode emulator (qemu) runs this program. This is so when an agent for another architecture
// is tested.
#ifndef DIAPASON_DEVICE_AGENT_EMULATION_H_
#define DIAPASON_DEVICE_AGENT_EMULATION_H_

#include <string>

namespace diapason::device_agent {

// Returns the path of the emulator that runs this program, or "". The kernel cannot start a program of
// another architecture, so children must be started with the emulator, too.
std::string Emulator();

// Returns the architecture that this program was built for if an emulator runs it, and "" otherwise.
std::string EmulatedArchitecture();

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_EMULATION_H_
