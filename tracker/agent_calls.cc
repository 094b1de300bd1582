#include "tracker/agent_calls.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "spdlog/spdlog.h"

namespace diapason::tracker {

absl::StatusOr<int64_t> AgentCalls::Begin(const v1::SynchronizeRequest& request, absl::Duration now) {
  const std::string& device_id = request.device().device_id();
  DIAPASON_ASSIGN_OR_RETURN(const bool new_session,
                            state_.devices.RecordHeartbeat(request.device(), request.session_id(), now));
  Device& device = *state_.devices.Find(device_id);
  if (new_session) {
    spdlog::info("device={} connected session={} target={}", device_id, request.session_id(),
                 device.target_fingerprint);
    trials_.RevokeLeases(device_id, "its agent was restarted");
  }
  state_.queues.Wake(DeviceQueue(device_id));  // an earlier call of this agent need not wait any longer
  for (const v1::LeasedResult& leased : request.results()) AcceptResult(leased, device, now);
  const v1::DeviceHealth before = device.health.state();
  device.health.RecordAgentReport(request.unfit_reason(), request.health_check(), now);
  LogHealthChange(device, before);
  // If the device rests or cannot measure, its trials go to other devices.
  if (!device.health.usable()) trials_.RevokeLeases(device_id, "");
  if (request.leaving()) {
    spdlog::info("device={} leaves", device_id);
    device.connected = false;
    trials_.RevokeLeases(device_id, "");
  }
  return device.calls;
}

void AgentCalls::AcceptResult(const v1::LeasedResult& leased, Device& device, absl::Duration now) {
  const v1::MeasureResult& result = leased.result();
  const int64_t token = leased.lease().fencing_token();
  const std::string& device_id = device.info.device_id();
  TrackedTrial* trial = state_.trials.Find(result.trial_id());
  if (!result.has_outcome() || trial == nullptr ||
      !state_.trials.leases().IsCurrent(result.trial_id(), token) || trial->device_id != device_id) {
    return;  // the result does not count, or is known already
  }
  ++device.completed;
  device.busy.Add(now, absl::Microseconds(result.busy_us()));
  const v1::DeviceHealth before = device.health.state();
  device.health.RecordOutcome(result.outcome(), now);
  LogHealthChange(device, before);
  switch (SubjectOf(result.outcome().kind())) {
    case OutcomeSubject::kSchedule:
      return trials_.Finish(*trial, result, token);
    case OutcomeSubject::kReference:
      trial->failed_devices.insert(device_id);
      if (!trials_.AnotherDeviceMayTry(*trial)) return trials_.Finish(*trial, result, token);
      return trials_.Requeue(*trial);
    case OutcomeSubject::kNothing:
      // The agent dropped the trial although it is wanted: it got a new lease at the same time. Try it
      // again.
    case OutcomeSubject::kDevice:
      spdlog::warn("trial={} device={} failed: {}", result.trial_id(), device_id, result.outcome().message());
      return trials_.FailAttempt(*trial, device_id, result.outcome().message());
  }
}

v1::SynchronizeResponse AgentCalls::Answer(const v1::SynchronizeRequest& request, Device& device,
                                           absl::Duration now) {
  v1::SynchronizeResponse response;
  AddAcknowledged(request, response);
  // What does not fit into this answer is granted or repeated in the next one.
  BatchBudget budget;
  const std::vector<Lease> leases = state_.trials.leases().OfDevice(device.info.device_id());
  const std::set<std::string> agent_holds(request.held_trial_ids().begin(), request.held_trial_ids().end());
  std::set<std::string> leased_ids;
  for (const Lease& lease : leases) {
    leased_ids.insert(lease.trial_id);
    if (agent_holds.contains(lease.trial_id)) continue;
    // The answer that granted it was lost.
    const TrackedTrial& trial = *state_.trials.Find(lease.trial_id);
    if (budget.Take(trial.submission.request())) AddAssignment(trial, lease, response);
  }
  for (const std::string& id : agent_holds) {
    if (!leased_ids.contains(id)) response.add_cancelled_trial_ids(id);
  }
  const int room = device.connected ? device.health.Room(state_.options.max_held) : 0;
  const int slots =
      std::min(request.free_slots() - response.assignments_size(), room - static_cast<int>(leases.size()));
  GrantTrials(device, slots, budget, response);
  const int64_t check = request.leaving() ? 0 : device.health.WantedCheck(now);
  if (check != request.health_check().id()) response.set_health_check_id(check);
  return response;
}

// Acknowledges all results except those that the client has not acknowledged yet.
void AgentCalls::AddAcknowledged(const v1::SynchronizeRequest& request, v1::SynchronizeResponse& response) {
  for (const v1::LeasedResult& leased : request.results()) {
    const TrackedTrial* trial = state_.trials.Find(leased.result().trial_id());
    const bool is_pending = trial != nullptr && trial->state == TrialState::kFinished &&
                            trial->finished_token == leased.lease().fencing_token();
    if (!is_pending) response.add_acknowledged_trial_ids(leased.result().trial_id());
  }
}

void AgentCalls::GrantTrials(Device& device, int slots, BatchBudget& budget,
                             v1::SynchronizeResponse& response) {
  const TrialTable::Queue& queue = state_.trials.waiting();
  if (slots <= 0 || queue.empty()) return;
  FairShare& share = state_.clients.share();
  std::vector<TrackedTrial*> waiting;
  std::map<std::string, int64_t> served;
  for (const auto& [sequence, trial] : queue) {
    waiting.push_back(trial);
    served.emplace(trial->client_id, share.Served(trial->client_id));
  }
  const std::vector<DeviceView> usable = UsableDevices(state_.devices);
  for (TrackedTrial* trial : ChooseTrials(ViewOf(device), slots, waiting, usable, served)) {
    if (!budget.Take(trial->submission.request())) break;
    share.Charge(trial->client_id);
    AddAssignment(*trial, state_.trials.Grant(*trial, device.info.device_id()), response);
  }
}

void AgentCalls::AddAssignment(const TrackedTrial& trial, const Lease& lease,
                               v1::SynchronizeResponse& response) const {
  v1::Assignment& assignment = *response.add_assignments();
  *assignment.mutable_request() = trial.submission.request();
  assignment.mutable_lease()->set_fencing_token(lease.fencing_token);
}

}  // namespace diapason::tracker
