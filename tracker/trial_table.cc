#include "tracker/trial_table.h"

namespace diapason::tracker {

std::vector<std::string> ArtifactHashes(const v1::TrialSubmission& submission) {
  const v1::MeasureRequest& request = submission.request();
  std::vector<std::string> hashes = {request.artifact_hash(), request.reference_hash()};
  hashes.insert(hashes.end(), request.rival_hashes().begin(), request.rival_hashes().end());
  return hashes;
}

TrackedTrial* TrialTable::Find(absl::string_view trial_id) {
  const auto found = trials_.find(trial_id);
  return found == trials_.end() ? nullptr : &found->second;
}

TrackedTrial& TrialTable::Add(const v1::TrialSubmission& submission, absl::Duration now) {
  TrackedTrial& trial = trials_[submission.request().trial_id()];
  trial.submission = submission;
  trial.sequence = next_sequence_++;
  Requeue(trial, now);
  return trial;
}

Lease TrialTable::Grant(TrackedTrial& trial, const std::string& device_id) {
  waiting_.erase(trial.sequence);
  trial.state = TrialState::kHeld;
  trial.device_id = device_id;
  return leases_.Grant(trial.id(), device_id);
}

void TrialTable::Requeue(TrackedTrial& trial, absl::Duration now) {
  leases_.Release(trial.id());
  trial.state = TrialState::kWaiting;
  trial.waits_since = trial.no_device_since = now;
  trial.device_id.clear();
  waiting_[trial.sequence] = &trial;
}

void TrialTable::Finish(TrackedTrial& trial, const v1::MeasureResult& result, int64_t token) {
  leases_.Release(trial.id());
  waiting_.erase(trial.sequence);
  trial.state = TrialState::kFinished;
  trial.result = result;
  trial.finished_token = token;
}

void TrialTable::Remove(TrackedTrial& trial) {
  leases_.Release(trial.id());
  waiting_.erase(trial.sequence);
  trials_.erase(trials_.find(trial.id()));
}

std::vector<TrackedTrial*> TrialTable::UnfinishedOfJob(const std::string& job_id) {
  std::vector<TrackedTrial*> trials;
  for (auto& [id, trial] : trials_) {
    if (trial.submission.job_id() == job_id && trial.state != TrialState::kFinished) trials.push_back(&trial);
  }
  return trials;
}

}  // namespace diapason::tracker
