// What the device is like while it measures.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_CONDITIONS_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_CONDITIONS_H_

#include <cstdint>
#include <optional>

#include "diapason/v1/trial.pb.h"
#include "proto/base/clock.h"
#include "proto/domain/outcome.h"

namespace diapason::device_agent {

// How long a fixed chain of multiply-adds takes now. Each waits for the one before: the time depends on the
// core's clock and on nothing else. About 10 us.
double CanaryUs(const Clock& clock);

// The least of some tries, so that other processes do not matter either.
double BestCanaryUs(const Clock& clock);

// Fills in frequency, temperature and governor of core `cpu`, those that the system tells.
void ReadConditions(int cpu, v1::Conditions& conditions);

// Notices a change of core `cpu`'s speed between its construction and End, by the canary and by the system's
// count of throttling events. Writes what it sees into `conditions`, which outlives it.
class SpeedWatch {
 public:
  SpeedWatch(int cpu, const Clock& clock, v1::Conditions& conditions);
  // OK, or THROTTLED with what changed.
  v1::Outcome End();

 private:
  const int cpu_;
  const Clock& clock_;
  v1::Conditions& conditions_;
  const std::optional<int64_t> count_before_;  // absent where the system does not tell
};

// A health check: loads core `cpu` for about a third of a second and watches its speed, at most three times.
// OK: it was steady once, so the board can measure; THROTTLED: never.
v1::Outcome CheckSpeed(int cpu, const Clock& clock);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_CONDITIONS_H_
