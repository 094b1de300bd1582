#include "tracker/trial_lifecycle.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/domain/outcome.h"

namespace diapason::tracker {

void TrialLifecycle::Requeue(TrackedTrial& trial) {
  state_.trials.Requeue(trial, state_.clock.Monotonic());
  WakeDevicesFor(trial);
}

void TrialLifecycle::Finish(TrackedTrial& trial, const v1::MeasureResult& result, int64_t token) {
  state_.trials.Finish(trial, result, token);
  state_.clients.MarkFinished(trial);
  state_.queues.Wake(ClientQueue(trial.client_id));
}

void TrialLifecycle::FailAttempt(TrackedTrial& trial, const std::string& device_id,
                                 absl::string_view reason) {
  ++trial.attempts;
  trial.failed_devices.insert(device_id);
  if (trial.attempts < state_.options.max_attempts) return Requeue(trial);
  GiveUp(trial,
         absl::StrCat("given up after ", trial.attempts, " attempts, the last on ", device_id, ": ", reason));
}

void TrialLifecycle::GiveUp(TrackedTrial& trial, absl::string_view reason) {
  v1::MeasureResult result;
  result.set_trial_id(trial.id());
  result.set_device_id(trial.device_id);
  *result.mutable_outcome() = MakeOutcome(v1::OUTCOME_KIND_DEVICE_LOST, reason);
  Finish(trial, result, 0);
}

void TrialLifecycle::Forget(TrackedTrial& trial) {
  for (const std::string& hash : ArtifactHashes(trial.submission)) state_.artifacts.Unpin(hash);
  if (!trial.device_id.empty()) state_.queues.Wake(DeviceQueue(trial.device_id));
  state_.clients.RemoveTrial(trial);
  state_.trials.Remove(trial);
}

void TrialLifecycle::RevokeLeases(const std::string& device_id, absl::string_view failure) {
  bool first = true;
  for (const Lease& lease : state_.trials.leases().OfDevice(device_id)) {
    TrackedTrial& trial = *state_.trials.Find(lease.trial_id);
    if (first && !failure.empty()) {
      FailAttempt(trial, device_id, failure);
    } else {
      Requeue(trial);
    }
    first = false;
  }
}

bool TrialLifecycle::AnotherDeviceMayTry(const TrackedTrial& trial) const {
  const std::vector<DeviceView> usable = UsableDevices(state_.devices);
  return std::any_of(usable.begin(), usable.end(), [&](const DeviceView& device) {
    return Matches(trial.submission.selector(), device) &&
           !trial.failed_devices.contains(std::string(device.device_id));
  });
}

void TrialLifecycle::WakeDevicesFor(const TrackedTrial& trial) {
  for (const DeviceView& device : UsableDevices(state_.devices)) {
    if (Matches(trial.submission.selector(), device)) state_.queues.Wake(DeviceQueue(device.device_id));
  }
}

}  // namespace diapason::tracker
