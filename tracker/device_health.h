// The health of a device, which decides whether the device gets work. It follows from the device's trials,
// its health checks and what its agent says. This class reads no clock: time is an argument, on the scale
// of Clock::Monotonic.
//
// Lock rule: not thread-safe. It is part of DeviceTable, so the tracker's mutex guards it.
//
//   GOOD --failure--> SUSPECT --third failure in a row, or failed check--> COOLING or QUARANTINED
//   SUSPECT --result of a trial--> GOOD
//   COOLING, QUARANTINED --back-off over, check passed--> SUSPECT
//   any --its agent says that it cannot measure--> UNFIT --its agent says that it can--> SUSPECT
//
// A suspect device is checked before it gets more work: its agent starts a runner, which loads the core
// and tests whether its canary stays steady. After the check, the device gets one trial at a time. COOLING
// and QUARANTINED are treated alike; we call both a rest. A device is COOLING if its last failure was
// THROTTLED: then nothing is broken, and the device only needs time without load.
//
// Both end without help. The back-off begins with ten seconds and doubles with every failure, up to five
// minutes. In about that time, a board without a fan cools from its limit half way down to room
// temperature. When a trial has a result, the back-off starts again at ten seconds. An operator may end a
// rest (Release).
#ifndef DIAPASON_TRACKER_DEVICE_HEALTH_H_
#define DIAPASON_TRACKER_DEVICE_HEALTH_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "diapason/v1/agent.pb.h"
#include "diapason/v1/tracker.pb.h"

namespace diapason::tracker {

// The health of one device.
class DeviceHealth {
 public:
  // Checks are numbered from `now` in microseconds on. So after a restart of the tracker, an agent does
  // not mistake the first new check for one that it has made already.
  explicit DeviceHealth(absl::Duration now) : since_(now), check_id_(absl::ToInt64Microseconds(now)) {}

  // Records the outcome of a trial on the device. Only outcomes that are about the device or the schedule
  // affect its health.
  void RecordOutcome(const v1::Outcome& outcome, absl::Duration now);

  // Records what the agent says in every call: why it cannot measure (empty if it can), and its latest
  // check.
  void RecordAgentReport(absl::string_view unfit_reason, const v1::HealthCheck& check, absl::Duration now);

  // An operator wants the device to be used again, so it is checked at once. Has no effect if the device
  // is GOOD or UNFIT.
  void Release(absl::Duration now);

  // Returns the id of the check that the agent must make now, or 0 if none is wanted. A check that is not
  // reported within the check deadline counts as failed.
  int64_t WantedCheck(absl::Duration now);

  // Returns whether the device gets work, now or as soon as its check has passed.
  bool usable() const { return state_ == v1::DEVICE_HEALTH_GOOD || state_ == v1::DEVICE_HEALTH_SUSPECT; }
  // Returns how many trials the device may hold, if a healthy one may hold `most`.
  int Room(int most) const;

  v1::DeviceHealth state() const { return state_; }
  // One line that says why the device is in this state. Empty if it is GOOD.
  const std::string& reason() const { return reason_; }
  // When the present state began.
  absl::Duration since() const { return since_; }
  // Returns the time until the next check of a device that is COOLING or QUARANTINED, and zero for others.
  absl::Duration UntilCheck(absl::Duration now) const;

 private:
  void Fail(v1::OutcomeKind kind, absl::string_view message, absl::Duration now);
  void Rest(v1::OutcomeKind kind, absl::string_view reason, absl::Duration now);
  void Check(absl::Duration now);
  void Suspect(absl::string_view reason, absl::Duration now);
  void Enter(v1::DeviceHealth state, absl::string_view reason, absl::Duration now);

  v1::DeviceHealth state_ = v1::DEVICE_HEALTH_GOOD;
  std::string reason_;
  absl::Duration since_;
  int failures_in_row_ = 0;
  absl::Duration back_off_;     // length of the present or the last rest; zero if none since the last result
  absl::Duration rests_until_;  // for COOLING and QUARANTINED
  bool checking_ = false;       // true: the check `check_id_` is wanted and has not been reported yet
  absl::Duration checking_since_;
  int64_t check_id_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_DEVICE_HEALTH_H_
