// Notices what has expired, so that nothing waits for ever: agents and clients that are silent, trials that a
// device holds for too long, trials that no device takes. The tracker has no thread of its own: every call,
// and every long poll once a second, has it look (Sweep).
//
// A device has the hold deadline (proto/domain/trial_deadlines.h) for the first trial of its queue; one that
// renews its lease but comes to no end loses the trial. A waiting trial has the queue deadline, and the
// shorter no-device deadline while no usable device fits; then it is finished as DEVICE_LOST.
//
// Lock rule: not thread-safe; the tracker's mutex guards it, as it does the state that it works on.
#ifndef DIAPASON_TRACKER_DEADLINES_H_
#define DIAPASON_TRACKER_DEADLINES_H_

#include "absl/time/time.h"
#include "tracker/tracker_state.h"
#include "tracker/trial_lifecycle.h"

namespace diapason::tracker {

class Deadlines {
 public:
  // Both outlive this.
  Deadlines(TrackerState& state, TrialLifecycle& trials) : state_(state), trials_(trials) {}

  // Deals with what has expired by `now`. Cheap to call often: it looks every 100 ms at most.
  void Sweep(absl::Duration now);

 private:
  void SweepAgents(absl::Duration now);
  void SweepHolds(absl::Duration now);
  void SweepQueue(absl::Duration now);
  void SweepClients(absl::Duration now);

  TrackerState& state_;
  TrialLifecycle& trials_;
  absl::Duration last_sweep_ = -absl::InfiniteDuration();
  absl::Duration last_trials_ = -absl::InfiniteDuration();  // when holds and queue were looked at
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_DEADLINES_H_
