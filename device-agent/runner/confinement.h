// Confines a runner process before it loads a candidate, in addition to the agent's sandbox.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_CONFINEMENT_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_CONFINEMENT_H_

#include <cstdint>
#include <string>

namespace diapason::device_agent {

// The exit code of a runner whose candidate used up the memory.
inline constexpr int kExitOutOfMemory = 70;

// The exit code of a runner that got no request.
inline constexpr int kExitNoRequest = 64;

// The limits of a runner process.
struct Confinement {
  int64_t memory_bytes = 0;  // limit of the address space; 0: no limit
  int64_t cpu_seconds = 0;   // in case the agent's own deadline fails; 0: no limit
  bool emulated = false;     // true: in a user-mode emulator, memory and system calls cannot be limited
};

// Limits memory, time, files and processes, forbids new privileges, closes every descriptor above
// kChildWriteFd, and allows only the system calls that loading and timing a kernel needs. Other system
// calls fail with EPERM. Threads can still be created, but not processes or sockets; files can be read but
// not written. If the process crashes when its memory is nearly used up, it ends with kExitOutOfMemory.
// Nothing of this can be undone. Call it before other threads are started.
void Confine(const Confinement& confinement);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_CONFINEMENT_H_
