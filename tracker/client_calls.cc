#include "tracker/client_calls.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"
#include "proto/domain/message_limits.h"
#include "tracker/registration.h"

namespace diapason::tracker {

absl::Status ClientCalls::CheckClient(const std::string& client_id, const std::string& owner) {
  const Client* client = state_.clients.Find(client_id);
  if (client == nullptr || client->owner == owner) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("the client_id ", client_id, " belongs to another user; choose another one"));
}

absl::Status ClientCalls::Submit(const v1::SubmitTrialsRequest& request, const std::string& owner,
                                 absl::Duration now) {
  state_.clients.RecordCall(request.client_id(), owner, now);
  for (const v1::TrialSubmission& submission : request.trials()) {
    DIAPASON_RETURN_IF_ERROR(SubmitOne(request.client_id(), owner, submission, now));
  }
  return absl::OkStatus();
}

absl::Status ClientCalls::SubmitOne(const std::string& client_id, const std::string& owner,
                                    const v1::TrialSubmission& submission, absl::Duration now) {
  const std::string& trial_id = submission.request().trial_id();
  DIAPASON_RETURN_IF_ERROR(CheckTrial(submission.request()));
  if (trial_id.empty()) return absl::InvalidArgumentError("the trial has no trial_id");
  if (TrackedTrial* known = state_.trials.Find(trial_id)) {
    if (known->owner != owner)
      return absl::PermissionDeniedError(absl::StrCat("trial ", trial_id, " belongs to another user"));
    const bool is_moved = state_.clients.AssignOwner(client_id, *known);
    if (is_moved && known->state == TrialState::kFinished) state_.queues.Wake(ClientQueue(client_id));
    return absl::OkStatus();
  }
  const auto waiting = static_cast<int64_t>(state_.trials.waiting().size());
  if (waiting >= state_.options.max_waiting) {
    return absl::ResourceExhaustedError(absl::StrCat("trial ", trial_id, ": the queue is full with ", waiting,
                                                     " trials; collect results and try again"));
  }
  DIAPASON_RETURN_IF_ERROR(PinArtifacts(submission));
  TrackedTrial& trial = state_.trials.Add(submission, now);
  trial.owner = owner;
  state_.clients.AssignOwner(client_id, trial);
  trials_.WakeDevicesFor(trial);
  return absl::OkStatus();
}

// Pins all artifacts of the trial, or none of them.
absl::Status ClientCalls::PinArtifacts(const v1::TrialSubmission& submission) {
  const std::vector<std::string> hashes = ArtifactHashes(submission);
  for (auto hash = hashes.begin(); hash != hashes.end(); ++hash) {
    if (state_.artifacts.Pin(*hash)) continue;
    std::for_each(hashes.begin(), hash, [&](const std::string& pinned) { state_.artifacts.Unpin(pinned); });
    return absl::NotFoundError(
        absl::StrCat("trial ", submission.request().trial_id(), ": artifact \"", *hash,
                     "\" was not uploaded, or the tracker has dropped it; upload it again"));
  }
  return absl::OkStatus();
}

void ClientCalls::Acknowledge(const v1::CollectResultsRequest& request) {
  for (const std::string& id : request.acknowledged_trial_ids()) {
    TrackedTrial* trial = state_.trials.Find(id);
    if (trial != nullptr && trial->client_id == request.client_id() &&
        trial->state == TrialState::kFinished) {
      trials_.Forget(*trial);
    }
  }
}

std::optional<v1::CollectResultsResponse> ClientCalls::Collect(const std::string& client_id,
                                                               const std::string& owner, bool at_once,
                                                               absl::Duration now) {
  const bool is_new = state_.clients.RecordCall(client_id, owner, now);
  Client& client = *state_.clients.Find(client_id);
  client.submit_again |= is_new;  // the tracker was restarted, or has forgotten the client
  if (!at_once && !HasNewResult(client)) return std::nullopt;
  v1::CollectResultsResponse response = Deliver(client);
  response.set_submit_again(std::exchange(client.submit_again, false));
  return response;
}

bool ClientCalls::HasNewResult(const Client& client) {
  return std::any_of(client.finished.begin(), client.finished.end(),
                     [&](const std::string& id) { return !state_.trials.Find(id)->delivered; });
}

// New results come first, so that every result is sent at some time, whatever happens to those before it.
v1::CollectResultsResponse ClientCalls::Deliver(const Client& client) {
  v1::CollectResultsResponse response;
  BatchBudget budget;
  std::vector<const TrackedTrial*> repeated;
  for (const std::string& id : client.finished) {
    TrackedTrial& trial = *state_.trials.Find(id);
    if (trial.delivered) {
      repeated.push_back(&trial);
    } else if (budget.Take(trial.result)) {
      *response.add_results() = trial.result;
      trial.delivered = true;
    } else {
      return response;
    }
  }
  for (const TrackedTrial* trial : repeated) {
    if (!budget.Take(trial->result)) break;
    *response.add_results() = trial->result;
  }
  return response;
}

void ClientCalls::Cancel(const v1::CancelTrialsRequest& request, const std::string& owner) {
  for (const std::string& job_id : request.job_ids()) {
    for (TrackedTrial* trial : state_.trials.UnfinishedOfJob(job_id)) {
      if (trial->owner == owner) trials_.Forget(*trial);
    }
  }
  const Client* client = state_.clients.Find(request.client_id());
  if (client == nullptr) return;
  std::vector<std::string> ids(request.trial_ids().begin(), request.trial_ids().end());
  if (ids.empty() && request.job_ids().empty()) ids.assign(client->trials.begin(), client->trials.end());
  for (const std::string& id : ids) {
    TrackedTrial* trial = state_.trials.Find(id);
    if (trial != nullptr && trial->client_id == request.client_id()) trials_.Forget(*trial);
  }
}

}  // namespace diapason::tracker
