// Finds everything whose time is over, so that nothing waits for ever: silent agents and clients, trials
// that a device holds for too long, and trials that no device takes. The tracker has no thread of its own.
// Every call does this check (Sweep), and every long poll does it once a second.
//
// A device has the hold deadline (proto/domain/trial_deadlines.h) for the first trial of its queue. A
// device that renews its lease but never ends the trial loses it. A waiting trial has the queue deadline
// and, while no usable device fits, the shorter no-device deadline. After either of them, the trial is
// finished as DEVICE_LOST.
//
// Lock rule: not thread-safe. The tracker's mutex guards this object and the state that it changes.
#ifndef DIAPASON_TRACKER_DEADLINES_H_
#define DIAPASON_TRACKER_DEADLINES_H_

#include "absl/time/time.h"
#include "tracker/tracker_state.h"
#include "tracker/trial_lifecycle.h"

namespace diapason::tracker {

// Checks all deadlines of the tracker.
class Deadlines {
 public:
  // Both must outlive this object.
  Deadlines(TrackerState& state, TrialLifecycle& trials) : state_(state), trials_(trials) {}

  // Handles everything whose time is over by `now`. It may be called often, because it does its work only
  // every 100 ms.
  void Sweep(absl::Duration now);

 private:
  void SweepAgents(absl::Duration now);
  void SweepHolds(absl::Duration now);
  void SweepQueue(absl::Duration now);
  void SweepClients(absl::Duration now);

  TrackerState& state_;
  TrialLifecycle& trials_;
  absl::Duration last_sweep_ = -absl::InfiniteDuration();
  absl::Duration last_trials_ = -absl::InfiniteDuration();  // when it last checked the trials
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_DEADLINES_H_
