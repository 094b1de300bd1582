// Chooses the cores for agent and runner. The runner uses the measuring core, and the agent does not use
// it.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_CPU_AFFINITY_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_CPU_AFFINITY_H_

namespace diapason::device_agent {

// Returns the last core that this process may use. It is a good core to measure on, because interrupts and
// other programs prefer the first cores.
int LastAllowedCpu();

// Keeps the calling thread, and all threads that it starts later, away from core `cpu`. Has no effect if
// no other core is allowed.
void KeepOffCpu(int cpu);

// Pins the calling thread, and all threads that it starts later, to `count` cores. They begin at `cpu` and
// continue with core 0 after the last one. If the system refuses this, its scheduler chooses the cores.
void PinToCpus(int cpu, int count);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_CPU_AFFINITY_H_
