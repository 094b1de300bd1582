// On which cores agent and runner run: the runner has the measuring core, and the agent keeps off it.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_CPU_AFFINITY_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_CPU_AFFINITY_H_

namespace diapason::device_agent {

// The last core that this process may use. A good one to measure on, because interrupts and other programs
// prefer the first ones.
int LastAllowedCpu();

// Moves the calling thread, and those that it starts later, off core `cpu`. No effect where no other core is
// allowed.
void KeepOffCpu(int cpu);

// Pins the calling thread, and those that it starts later, to `count` cores, from `cpu` on and round. Where
// that is refused the kernel's scheduler decides.
void PinToCpus(int cpu, int count);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_CPU_AFFINITY_H_
