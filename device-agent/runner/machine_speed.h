// Measures how fast one core of this machine computes and reaches each level of memory. The search predicts
// the times of schedules from these rates.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_MACHINE_SPEED_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_MACHINE_SPEED_H_

#include "diapason/v1/target.pb.h"
#include "proto/base/clock.h"

namespace diapason::device_agent {

// Measures the core on which it is called, which takes about a fifth of a second. `host` says how wide the
// vectors are and which caches there are. Each value is the best of several tries, so other programs hardly
// matter. A level is left out if there is no memory to measure it.
v1::MachineSpeed MeasureSpeed(const v1::Target& host, const Clock& clock);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_MACHINE_SPEED_H_
