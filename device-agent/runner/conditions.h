// Observes the device while it measures: clock speed, temperature, throttling.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_CONDITIONS_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_CONDITIONS_H_

#include <cstdint>
#include <optional>

#include "diapason/v1/trial.pb.h"
#include "proto/base/clock.h"
#include "proto/domain/outcome.h"

namespace diapason::device_agent {

// Returns how long the canary takes now, in microseconds (about 10). The canary is a fixed chain of
// multiply-adds. Each of them waits for the one before, so the time depends only on the core's clock.
double CanaryUs(const Clock& clock);

// Returns the shortest of several times of the canary, so that other processes do not matter either.
double BestCanaryUs(const Clock& clock);

// Sets the frequency, the temperature and the governor of core `cpu`, as far as the system tells them.
void ReadConditions(int cpu, v1::Conditions& conditions);

// Notices whether the speed of core `cpu` changes between the constructor and End. It uses the canary and
// the system's count of throttling events. It writes what it sees into `conditions`, which must outlive
// it.
class SpeedWatch {
 public:
  // `clock` must outlive this object, too.
  SpeedWatch(int cpu, const Clock& clock, v1::Conditions& conditions);
  // Returns OK, or THROTTLED with a message that says what changed.
  v1::Outcome End();

 private:
  const int cpu_;
  const Clock& clock_;
  v1::Conditions& conditions_;
  const std::optional<int64_t> count_before_;  // nullopt if the system does not tell
};

// A health check. It loads core `cpu` for about a third of a second and observes its speed; it does this
// up to three times. Returns OK as soon as the speed was steady once, because then the board can measure,
// and THROTTLED otherwise.
v1::Outcome CheckSpeed(int cpu, const Clock& clock);

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_CONDITIONS_H_
