// What the device is like while it measures.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_CONDITIONS_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_CONDITIONS_H_

#include <cstdint>
#include <optional>

#include "diapason/v1/trial.pb.h"
#include "proto/support/clock.h"

namespace diapason::device_agent {

// How long a fixed chain of multiply-adds takes now. Each waits for the one before: the time depends on the core's clock
// and on nothing else. About 10 us.
double CanaryUs(const Clock& clock);

// The least of some tries, so that other processes do not matter either.
double BestCanaryUs(const Clock& clock);

// Fills in frequency, temperature and governor of core `cpu`, those that the system tells.
void ReadConditions(int cpu, v1::Conditions& conditions);

// How often the core was throttled since the machine started; absent where the system does not tell.
std::optional<int64_t> ThrottleCount(int cpu);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_CONDITIONS_H_
