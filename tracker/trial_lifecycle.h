// What happens to a trial. Each step changes the trial's state and informs everybody who needs to know:
// the devices that may take the trial, the client that owns it, the agent that holds it, and the artifact
// cache.
//
//   waiting --granted--> held by a device --result--> finished --acknowledged by its client--> forgotten
//   held --its device stops calling, restarts, leaves, rests, or fails it--> waiting
//
// A failure that the trial itself may have caused, because it was being measured, counts as an attempt.
// After `max_attempts` attempts the trial is finished as DEVICE_LOST.
//
// Lock rule: not thread-safe. The tracker's mutex guards this object and the state that it changes.
#ifndef DIAPASON_TRACKER_TRIAL_LIFECYCLE_H_
#define DIAPASON_TRACKER_TRIAL_LIFECYCLE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "diapason/v1/tracker.pb.h"
#include "tracker/tracker_state.h"

namespace diapason::tracker {

// Changes the states of trials.
class TrialLifecycle {
 public:
  // `state` must outlive this object.
  explicit TrialLifecycle(TrackerState& state) : state_(state) {}

  // Puts the trial back to its place in the queue.
  void Requeue(TrackedTrial& trial);

  // Finishes the trial with a result that came under the lease with `token`.
  void Finish(TrackedTrial& trial, const v1::MeasureResult& result, int64_t token);

  // The device failed while it measured the trial. The trial goes back to the queue, or is given up.
  void FailAttempt(TrackedTrial& trial, const std::string& device_id, absl::string_view reason);

  // Finishes the trial as DEVICE_LOST, with `reason` as the message.
  void GiveUp(TrackedTrial& trial, absl::string_view reason);

  // Removes the trial, because nobody wants it any more or its client has its result.
  void Forget(TrackedTrial& trial);

  // Takes all trials away from a device. If the device failed, `failure` says how; the first trial, which
  // was being measured, may be the cause, so it counts a failed attempt. Otherwise `failure` is empty.
  void RevokeLeases(const std::string& device_id, absl::string_view failure);

  // Returns whether there is a usable device that matches the trial and has not failed it yet.
  bool AnotherDeviceMayTry(const TrackedTrial& trial) const;

  // Wakes the waiting calls of all devices that may take the trial.
  void WakeDevicesFor(const TrackedTrial& trial);

 private:
  TrackerState& state_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TRACKER_TRIAL_LIFECYCLE_H_
