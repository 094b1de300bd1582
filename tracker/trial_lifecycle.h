// What becomes of a trial: each step changes the trial's state and tells everybody whom it concerns (the
// devices that may take it, the client that owns it, the agent that holds it, the artifact cache).
//
//   waiting --granted--> held by a device --result--> finished --acknowledged by its client--> forgotten
//   held --its device falls silent, restarts, leaves, rests, or fails it--> waiting
//
// A failure that may be the trial's own fault (it was being measured) counts as an attempt; after
// `max_attempts` of them the trial is finished as DEVICE_LOST.
//
// Lock rule: not thread-safe; the tracker's mutex guards it, as it does the state that it works on.
#ifndef DIAPASON_TRACKER_TRIAL_LIFECYCLE_H_
#define DIAPASON_TRACKER_TRIAL_LIFECYCLE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "diapason/v1/tracker.pb.h"
#include "tracker/tracker_state.h"

namespace diapason::tracker {

class TrialLifecycle {
 public:
  explicit TrialLifecycle(TrackerState& state) : state_(state) {}  // outlives this

  // The trial waits for a device, at its place in the queue.
  void Requeue(TrackedTrial& trial);

  // The trial has a result, under the lease with `token`.
  void Finish(TrackedTrial& trial, const v1::MeasureResult& result, int64_t token);

  // The device failed while it measured the trial: the trial goes back to the queue, or is given up.
  void FailAttempt(TrackedTrial& trial, const std::string& device_id, absl::string_view reason);

  // The trial is finished as DEVICE_LOST.
  void GiveUp(TrackedTrial& trial, absl::string_view reason);

  // Nobody wants the trial any more, or its client has its result.
  void Forget(TrackedTrial& trial);

  // Takes all of its trials away from a device. `failure` is not empty if the device failed: the first trial,
  // which was being measured, may be the cause, and has failed an attempt.
  void RevokeLeases(const std::string& device_id, absl::string_view failure);

  // Whether a usable device that fits has not failed the trial yet.
  bool AnotherDeviceMayTry(const TrackedTrial& trial) const;

  // Wakes the calls of all devices that may take the trial.
  void WakeDevicesFor(const TrackedTrial& trial);

 private:
  TrackerState& state_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_TRIAL_LIFECYCLE_H_
