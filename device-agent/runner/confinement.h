// What a runner process gives up before it loads a candidate, on top of what the agent's sandbox took.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_CONFINEMENT_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_CONFINEMENT_H_

#include <cstdint>
#include <string>

namespace diapason::device_agent {

// The exit code of a runner that ran out of memory inside the candidate.
inline constexpr int kExitOutOfMemory = 70;

// The exit code of a runner that was started without a request.
inline constexpr int kExitNoRequest = 64;

struct Confinement {
  int64_t memory_bytes = 0;  // of address space; 0: no limit
  int64_t cpu_seconds = 0;   // behind the agent's own deadline
  bool emulated = false;     // a user-mode emulator: neither limits of memory nor system calls can be set
};

// Limits memory, time, files and processes; no new privileges; closes every descriptor above kChildWriteFd;
// allows only the system calls that loading and timing a kernel needs (others fail with EPERM). Threads can
// still be made, other processes and sockets not, and files can be read but not written. A crash while memory
// is nearly used up ends the process with kExitOutOfMemory. For good; before other threads start.
void Confine(const Confinement& confinement);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_CONFINEMENT_H_
