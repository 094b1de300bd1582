// A device's health: from what its trials, its health checks and its agent say follows whether it gets work.
// Reads no clock: time is an argument, on the scale of Clock::Monotonic.
//
// Lock rule: not thread-safe; part of DeviceTable, so the tracker's mutex guards it.
//
//   GOOD --failure--> SUSPECT --third failure in a row, or failed check--> COOLING or QUARANTINED
//   SUSPECT --result of a trial--> GOOD
//   COOLING, QUARANTINED --back-off over, check passed--> SUSPECT
//   any --its agent says that it cannot measure--> UNFIT --its agent says that it can--> SUSPECT
//
// A suspect is checked (the agent starts a runner, which loads the core and watches its canary) before it
// gets more work, and then gets one trial at a time. COOLING and QUARANTINED are one state with two names: of
// a device whose last failure was THROTTLED nothing is broken, it needs time without load. Both come back by
// themselves: the back-off begins with ten seconds, doubles with every failure up to five minutes (about what
// a board without a fan needs from its limit to half way to the room's temperature), and begins anew when a
// trial has a result. An operator may end it (Release).
#ifndef DIAPASON_TRACKER_DEVICE_HEALTH_H_
#define DIAPASON_TRACKER_DEVICE_HEALTH_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "diapason/v1/agent.pb.h"
#include "diapason/v1/tracker.pb.h"

namespace diapason::tracker {

class DeviceHealth {
 public:
  // Checks are numbered from `now` in microseconds, so that an agent does not take the first check of a
  // tracker that was restarted for one that it has made already.
  explicit DeviceHealth(absl::Duration now) : since_(now), check_id_(absl::ToInt64Microseconds(now)) {}

  // A trial came to an outcome on the device. Only what concerns the device or the schedule says something
  // about health.
  void NoteOutcome(const v1::Outcome& outcome, absl::Duration now);

  // What the agent says of itself with every call: why it cannot measure (empty: it can), and its latest
  // check.
  void NoteAgent(absl::string_view unfit_reason, const v1::HealthCheck& check, absl::Duration now);

  // An operator wants the device to be used again: it is checked at once. No effect on one that is GOOD or
  // UNFIT.
  void Release(absl::Duration now);

  // The check that the agent is to make now; 0: none. One that is not reported within the check deadline has
  // failed.
  int64_t WantedCheck(absl::Duration now);

  // Whether the device gets work, now or as soon as its check has passed.
  bool usable() const { return state_ == v1::DEVICE_HEALTH_GOOD || state_ == v1::DEVICE_HEALTH_SUSPECT; }
  // How many trials it may hold, of the `most` that a healthy one may.
  int Room(int most) const;

  v1::DeviceHealth state() const { return state_; }
  // One line; empty: GOOD.
  const std::string& reason() const { return reason_; }
  absl::Duration since() const { return since_; }
  // Until the next check of one that is COOLING or QUARANTINED; zero for others.
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
  absl::Duration back_off_;     // of the present or the last rest; zero: none since the last result
  absl::Duration rests_until_;  // COOLING, QUARANTINED
  bool checking_ = false;       // the check `check_id_` is wanted and not reported yet
  absl::Duration checking_since_;
  int64_t check_id_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_DEVICE_HEALTH_H_
