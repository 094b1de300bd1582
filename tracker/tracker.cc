#include "tracker/tracker.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "proto/base/status_macros.h"
#include "proto/domain/message_limits.h"
#include "proto/domain/outcome.h"
#include "proto/domain/trial_deadlines.h"
#include "spdlog/spdlog.h"
#include "tracker/assignment_policy.h"
#include "tracker/registration.h"

namespace diapason::tracker {
namespace {

constexpr absl::Duration kWaitSlice = absl::Seconds(1);  // how often a long poll looks for what has expired
constexpr absl::Duration kSweepInterval = absl::Milliseconds(100);
constexpr absl::Duration kDeadlineInterval = absl::Seconds(1);  // deadlines are of minutes
constexpr absl::Duration kMaxCollectWait = absl::Seconds(30);

std::string DeviceDoor(absl::string_view device_id) { return absl::StrCat("device/", device_id); }
std::string ClientDoor(absl::string_view client_id) { return absl::StrCat("client/", client_id); }

std::vector<std::string> HashesOf(const v1::MeasureTask& task) {
  std::vector<std::string> hashes = {task.artifact_hash(), task.reference_hash()};
  hashes.insert(hashes.end(), task.rival_hashes().begin(), task.rival_hashes().end());
  return hashes;
}

DeviceView ViewOf(const Device& device) { return {device.info.device_id(), device.target_fingerprint}; }

bool HasNews(const v1::SynchronizeResponse& response) {
  return response.health_check_id() != 0 || response.assignments_size() > 0 ||
         response.acknowledged_trial_ids_size() > 0 || response.cancelled_trial_ids_size() > 0;
}

std::string Lower(v1::DeviceHealth health) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::DeviceHealth_Name(health), "DEVICE_HEALTH_"));
}

void LogHealth(const Device& device, v1::DeviceHealth before) {
  const DeviceHealth& health = device.health;
  if (health.state() == before) return;
  const auto level = health.usable() ? spdlog::level::info : spdlog::level::warn;
  spdlog::log(level, "device={} health={} {}", device.info.device_id(), Lower(health.state()),
              health.reason());
}

}  // namespace

Tracker::Tracker(const Clock& clock, TrackerOptions options)
    : clock_(clock),
      options_(options),
      artifacts_(options.artifact_bytes),
      leases_(absl::ToUnixMicros(clock.Now())) {}

// ---- agents

absl::StatusOr<v1::SynchronizeResponse> Tracker::Synchronize(const v1::SynchronizeRequest& request,
                                                             const Abandoned& abandoned) {
  DIAPASON_RETURN_IF_ERROR(CheckAgent(request));
  const std::string& device_id = request.device().device_id();
  const absl::Duration wait = std::min(absl::Microseconds(request.wait_us()), options_.lease / 3);
  const absl::Duration deadline = clock_.Monotonic() + wait;
  Doorbells::Listener listener(bells_, DeviceDoor(device_id));
  int64_t call = 0;
  {
    MutexLock lock(mu_);
    DIAPASON_ASSIGN_OR_RETURN(call, BeginCall(request));
  }
  while (true) {
    const absl::Duration now = clock_.Monotonic();
    {
      MutexLock lock(mu_);
      Sweep(now);
      if (abandoned()) return absl::CancelledError("nobody waits for the answer");
      Device* device = devices_.Find(device_id);
      // A later call of the same agent has the news; an agent that leaves gets none.
      if (device == nullptr || device->calls != call) return v1::SynchronizeResponse();
      v1::SynchronizeResponse response = Answer(request, *device, now);
      if (HasNews(response) || now >= deadline || request.leaving() || bells_.closed()) return response;
    }
    listener.Wait(std::min(deadline - now, kWaitSlice));
  }
}

absl::StatusOr<int64_t> Tracker::BeginCall(const v1::SynchronizeRequest& request) {
  const absl::Duration now = clock_.Monotonic();
  Sweep(now);
  const std::string& device_id = request.device().device_id();
  DIAPASON_ASSIGN_OR_RETURN(const bool new_session,
                            devices_.NoteCall(request.device(), request.session_id(), now));
  Device& device = *devices_.Find(device_id);
  if (new_session) {
    spdlog::info("device={} connected session={} target={}", device_id, request.session_id(),
                 device.target_fingerprint);
    TakeBack(device_id, "its agent was restarted");
  }
  bells_.Ring(DeviceDoor(device_id));  // an earlier call need not wait any longer
  for (const v1::LeasedResult& leased : request.results()) AcceptResult(leased, device, now);
  const v1::DeviceHealth before = device.health.state();
  device.health.NoteAgent(request.unfit_reason(), request.health_check(), now);
  LogHealth(device, before);
  // Of one that rests or cannot measure, what it holds goes to others.
  if (!device.health.usable()) TakeBack(device_id, "");
  if (request.leaving()) {
    spdlog::info("device={} leaves", device_id);
    device.connected = false;
    TakeBack(device_id, "");
  }
  return device.calls;
}

void Tracker::AcceptResult(const v1::LeasedResult& leased, Device& device, absl::Duration now) {
  const v1::MeasureResult& result = leased.result();
  const v1::OutcomeKind kind = result.outcome().kind();
  const std::string& device_id = device.info.device_id();
  const auto found = trials_.find(result.trial_id());
  if (!result.has_outcome() || found == trials_.end() ||
      !leases_.IsCurrent(result.trial_id(), leased.lease().fencing_token()) ||
      found->second.device_id != device_id) {
    return;  // void, or known already
  }
  Trial& trial = found->second;
  leases_.Release(result.trial_id());
  ++device.completed;
  device.busy.Add(now, absl::Microseconds(result.busy_us()));
  const v1::DeviceHealth before = device.health.state();
  device.health.NoteOutcome(result.outcome(), now);
  LogHealth(device, before);
  switch (SubjectOf(kind)) {
    case OutcomeSubject::kSchedule:
      return Finish(trial, result, leased.lease().fencing_token());
    case OutcomeSubject::kReference:
      trial.failed_devices.insert(device_id);
      if (!AnotherMayTry(trial)) return Finish(trial, result, leased.lease().fencing_token());
      return Requeue(trial);
    case OutcomeSubject::kNothing:  // the agent dropped it, though it is wanted: it raced with a new lease
    case OutcomeSubject::kDevice:
      spdlog::warn("trial={} device={} failed: {}", result.trial_id(), device_id, result.outcome().message());
      return FailAttempt(trial, device_id, result.outcome().message());
  }
}

v1::SynchronizeResponse Tracker::Answer(const v1::SynchronizeRequest& request, Device& device,
                                        absl::Duration now) {
  v1::SynchronizeResponse response;
  response.set_next_sync_us(absl::ToInt64Microseconds(options_.lease / 3));
  for (const v1::LeasedResult& leased : request.results()) {
    const auto found = trials_.find(leased.result().trial_id());
    const bool is_pending = found != trials_.end() && found->second.state == State::kFinished &&
                            found->second.finished_token == leased.lease().fencing_token();
    if (!is_pending) response.add_acknowledged_trial_ids(leased.result().trial_id());
  }
  // What does not fit is granted or said again with the next call.
  BatchBudget budget;
  const std::vector<HeldTrial> held = leases_.OfDevice(device.info.device_id());
  const std::set<std::string> agent_holds(request.held_trial_ids().begin(), request.held_trial_ids().end());
  std::set<std::string> leased_ids;
  for (const HeldTrial& trial : held) {
    leased_ids.insert(trial.trial_id);
    // Granted in an answer that was lost: say it again.
    const v1::MeasureTask& task = trials_.find(trial.trial_id)->second.submission.task();
    if (agent_holds.count(trial.trial_id) == 0 && budget.Take(task))
      *response.add_assignments() = AssignmentOf(trial, device, now);
  }
  for (const std::string& id : agent_holds) {
    if (leased_ids.count(id) == 0) response.add_cancelled_trial_ids(id);
  }
  const int room = device.connected ? device.health.Room(options_.max_held) : 0;
  const int slots =
      std::min(request.free_slots() - response.assignments_size(), room - static_cast<int>(held.size()));
  GrantTrials(device, slots, now, budget, response);
  const int64_t check = request.leaving() ? 0 : device.health.WantedCheck(now);
  if (check != request.health_check().id()) response.set_health_check_id(check);
  return response;
}

void Tracker::GrantTrials(Device& device, int slots, absl::Duration now, BatchBudget& budget,
                          v1::SynchronizeResponse& response) {
  if (slots <= 0 || waiting_.empty()) return;
  std::vector<WaitingTrial> waiting;
  std::map<std::string, int64_t> served;
  for (const auto& [sequence, trial] : waiting_) {
    waiting.push_back({trial->submission.task().trial_id(), trial->client_id, trial->submission.priority(),
                       &trial->submission.selector(), &trial->failed_devices});
    served.emplace(trial->client_id, share_.Served(trial->client_id));
  }
  std::vector<DeviceView> usable;
  for (const auto& [id, other] : devices_.all()) {
    if (other.usable()) usable.push_back(ViewOf(other));
  }
  for (const std::string& id : ChooseTrials(ViewOf(device), slots, waiting, usable, served)) {
    Trial& trial = trials_.find(id)->second;
    if (!budget.Take(trial.submission.task())) break;
    waiting_.erase(trial.sequence);
    trial.state = State::kHeld;
    trial.device_id = device.info.device_id();
    share_.Charge(trial.client_id);
    *response.add_assignments() = AssignmentOf(leases_.Grant(id, trial.device_id), device, now);
  }
}

v1::Assignment Tracker::AssignmentOf(const HeldTrial& held, const Device& device, absl::Duration now) const {
  v1::Assignment assignment;
  *assignment.mutable_task() = trials_.find(held.trial_id)->second.submission.task();
  assignment.mutable_lease()->set_lease_id(absl::StrCat(held.trial_id, "/", held.fencing_token));
  assignment.mutable_lease()->set_fencing_token(held.fencing_token);
  assignment.mutable_lease()->set_expires_in_us(
      absl::ToInt64Microseconds(device.last_seen + options_.lease - now));
  return assignment;
}

// ---- what becomes of a trial

void Tracker::Sweep(absl::Duration now) {
  if (now - last_sweep_ < kSweepInterval) return;
  last_sweep_ = now;
  for (auto& [id, device] : devices_.all()) {
    if (!device.connected || now - device.last_seen < options_.lease) continue;
    spdlog::warn("device={} lost: silent for {} s", id, absl::ToInt64Seconds(now - device.last_seen));
    device.connected = false;
    TakeBack(id, "its agent fell silent");
  }
  if (now - last_deadlines_ >= kDeadlineInterval) {
    last_deadlines_ = now;
    SweepHolds(now);
    SweepQueue(now);
  }
  devices_.Forget(now, options_.forget_device);
  SweepClients(now);
}

void Tracker::SweepClients(absl::Duration now) {
  std::vector<std::string> dropped, silent;
  for (auto& [id, client] : clients_) {
    if (now - client.last_seen >= options_.forget_client) silent.push_back(id);
    if (now - client.last_seen < options_.client_lease || client.trials.size() == client.finished.size())
      continue;
    spdlog::warn("client={} silent for {} s: its {} trials that are not finished are dropped", id,
                 absl::ToInt64Seconds(now - client.last_seen), client.trials.size() - client.finished.size());
    client.submit_again = true;
    for (const std::string& trial : client.trials) {
      if (!client.finished.contains(trial)) dropped.push_back(trial);
    }
  }
  for (const std::string& trial : dropped) Forget(trials_.find(trial));
  for (const std::string& id : silent) {
    const std::set<std::string> trials = clients_.find(id)->second.trials;
    if (!trials.empty()) spdlog::warn("client={} lost: its {} results are dropped", id, trials.size());
    for (const std::string& trial : trials) Forget(trials_.find(trial));
    clients_.erase(clients_.find(id));
  }
}

void Tracker::SweepHolds(absl::Duration now) {
  const std::map<std::string, HeldTrial> oldest = leases_.OldestOfEachDevice();
  for (auto& [id, device] : devices_.all()) {
    const auto found = oldest.find(id);
    const int64_t token = found == oldest.end() ? 0 : found->second.fencing_token;
    if (token != std::exchange(device.first_token, token)) device.first_since = now;
    if (token == 0) continue;
    Trial& trial = trials_.find(found->second.trial_id)->second;
    const absl::Duration deadline = HoldDeadline(trial.submission.task());
    if (now - device.first_since < deadline) continue;
    const std::string reason = absl::StrCat("no result within ", absl::FormatDuration(deadline),
                                            " (hold deadline), though its agent calls");
    spdlog::warn("trial={} device={} failed: {}", found->second.trial_id, id, reason);
    leases_.Release(found->second.trial_id);
    FailAttempt(trial, id, reason);
    const v1::DeviceHealth before = device.health.state();
    device.health.NoteOutcome(MakeOutcome(v1::OUTCOME_KIND_DEVICE_LOST, reason), now);
    LogHealth(device, before);
    if (!device.health.usable()) TakeBack(id, "");
    bells_.Ring(DeviceDoor(id));
  }
}

void Tracker::SweepQueue(absl::Duration now) {
  std::vector<DeviceView> usable;
  for (const auto& [id, device] : devices_.all()) {
    if (device.usable()) usable.push_back(ViewOf(device));
  }
  std::map<std::pair<std::string, std::string>, bool> served;  // by the selector's device and target
  const auto is_served = [&](const v1::DeviceSelector& selector) {
    const auto [entry, is_new] =
        served.try_emplace({selector.device_id(), selector.target_fingerprint()}, false);
    if (is_new) {
      entry->second = std::any_of(usable.begin(), usable.end(),
                                  [&](const DeviceView& device) { return Matches(selector, device); });
    }
    return entry->second;
  };
  std::vector<std::pair<Trial*, std::string>> late;
  for (const auto& [sequence, trial] : waiting_) {
    if (is_served(trial->submission.selector())) trial->no_device_since = now;
    if (now - trial->no_device_since >= options_.no_device_deadline) {
      late.emplace_back(
          trial, absl::StrCat("no usable device that fits was connected for ",
                              absl::FormatDuration(options_.no_device_deadline), " (no-device deadline)"));
    } else if (now - trial->waits_since >= options_.queue_deadline) {
      late.emplace_back(trial, absl::StrCat("it waited for ", absl::FormatDuration(options_.queue_deadline),
                                            " behind other trials (queue deadline)"));
    }
  }
  for (const auto& [trial, reason] : late) {
    waiting_.erase(trial->sequence);
    GiveUp(*trial, reason);
  }
}

void Tracker::TakeBack(const std::string& device_id, absl::string_view blame) {
  bool first = true;
  for (const HeldTrial& held : leases_.OfDevice(device_id)) {
    leases_.Release(held.trial_id);
    Trial& trial = trials_.find(held.trial_id)->second;
    if (first && !blame.empty()) {
      FailAttempt(trial, device_id, blame);
    } else {
      Requeue(trial);
    }
    first = false;
  }
}

void Tracker::FailAttempt(Trial& trial, const std::string& device_id, absl::string_view reason) {
  ++trial.attempts;
  trial.failed_devices.insert(device_id);
  if (trial.attempts < options_.max_attempts) {
    Requeue(trial);
    return;
  }
  GiveUp(trial,
         absl::StrCat("given up after ", trial.attempts, " attempts, the last on ", device_id, ": ", reason));
}

bool Tracker::AnotherMayTry(const Trial& trial) {
  return std::any_of(devices_.all().begin(), devices_.all().end(), [&](const auto& entry) {
    return entry.second.usable() && Matches(trial.submission.selector(), ViewOf(entry.second)) &&
           trial.failed_devices.count(entry.first) == 0;
  });
}

void Tracker::GiveUp(Trial& trial, absl::string_view reason) {
  v1::MeasureResult result;
  result.set_trial_id(trial.submission.task().trial_id());
  result.set_device_id(trial.device_id);
  *result.mutable_outcome() = MakeOutcome(v1::OUTCOME_KIND_DEVICE_LOST, std::string(reason));
  Finish(trial, result, 0);
}

void Tracker::Requeue(Trial& trial) {
  trial.state = State::kWaiting;
  trial.waits_since = trial.no_device_since = clock_.Monotonic();
  trial.device_id.clear();
  waiting_[trial.sequence] = &trial;
  RingDevicesFor(trial);
}

void Tracker::Finish(Trial& trial, const v1::MeasureResult& result, int64_t token) {
  trial.state = State::kFinished;
  trial.result = result;
  trial.finished_token = token;
  clients_[trial.client_id].finished.insert(trial.submission.task().trial_id());
  bells_.Ring(ClientDoor(trial.client_id));
}

void Tracker::RingDevicesFor(const Trial& trial) {
  for (const auto& [id, device] : devices_.all()) {
    if (device.usable() && Matches(trial.submission.selector(), ViewOf(device))) bells_.Ring(DeviceDoor(id));
  }
}

void Tracker::Forget(Trials::iterator found) {
  Trial& trial = found->second;
  for (const std::string& hash : HashesOf(trial.submission.task())) artifacts_.Unpin(hash);
  waiting_.erase(trial.sequence);
  leases_.Release(found->first);
  if (!trial.device_id.empty()) bells_.Ring(DeviceDoor(trial.device_id));
  Client& client = clients_[trial.client_id];
  client.trials.erase(found->first);
  client.finished.erase(found->first);
  if (client.trials.empty()) share_.Leave(trial.client_id);
  trials_.erase(found);
}

// ---- clients

absl::Status Tracker::Submit(const v1::SubmitTrialsRequest& request) {
  if (request.client_id().empty()) return absl::InvalidArgumentError("a submission without client_id");
  const absl::Duration now = clock_.Monotonic();
  MutexLock lock(mu_);
  Sweep(now);
  clients_[request.client_id()].last_seen = now;
  for (const v1::TrialSubmission& submission : request.trials()) {
    DIAPASON_RETURN_IF_ERROR(SubmitOne(request.client_id(), submission));
  }
  return absl::OkStatus();
}

absl::Status Tracker::SubmitOne(const std::string& client_id, const v1::TrialSubmission& submission) {
  const v1::MeasureTask& task = submission.task();
  DIAPASON_RETURN_IF_ERROR(CheckTrial(task));
  if (task.trial_id().empty()) return absl::InvalidArgumentError("a trial without trial_id");
  const auto known = trials_.find(task.trial_id());
  if (known != trials_.end()) {
    Own(client_id, known->second);
    return absl::OkStatus();
  }
  if (static_cast<int64_t>(waiting_.size()) >= options_.max_waiting) {
    return absl::ResourceExhaustedError(absl::StrCat("trial ", task.trial_id(), ": ", waiting_.size(),
                                                     " trials are waiting; collect results first"));
  }
  const std::vector<std::string> hashes = HashesOf(task);
  for (size_t i = 0; i < hashes.size(); ++i) {
    if (artifacts_.Pin(hashes[i])) continue;
    for (size_t k = 0; k < i; ++k) artifacts_.Unpin(hashes[k]);
    return absl::NotFoundError(absl::StrCat("trial ", task.trial_id(), ": artifact \"", hashes[i],
                                            "\" was not uploaded, or is gone"));
  }
  Trial& trial = trials_[task.trial_id()];
  trial.submission = submission;
  trial.sequence = next_sequence_++;
  Own(client_id, trial);
  Requeue(trial);
  return absl::OkStatus();
}

void Tracker::Own(const std::string& client_id, Trial& trial) {
  const std::string& id = trial.submission.task().trial_id();
  if (trial.client_id == client_id) return;
  const auto former = clients_.find(trial.client_id);
  if (former != clients_.end()) {
    former->second.trials.erase(id);
    former->second.finished.erase(id);
    if (former->second.trials.empty()) share_.Leave(trial.client_id);
  }
  trial.client_id = client_id;
  trial.delivered = false;
  share_.Enter(client_id);
  clients_[client_id].trials.insert(id);
  if (trial.state == State::kFinished) {
    clients_[client_id].finished.insert(id);
    bells_.Ring(ClientDoor(client_id));
  }
}

v1::CollectResultsResponse Tracker::Collect(const v1::CollectResultsRequest& request,
                                            const Abandoned& abandoned) {
  const absl::Duration deadline =
      clock_.Monotonic() + std::min(absl::Microseconds(request.wait_us()), kMaxCollectWait);
  Doorbells::Listener listener(bells_, ClientDoor(request.client_id()));
  bool first = true;
  while (true) {
    const absl::Duration now = clock_.Monotonic();
    {
      MutexLock lock(mu_);
      Sweep(now);
      if (abandoned()) return v1::CollectResultsResponse();
      const auto [entry, is_new] = clients_.try_emplace(request.client_id());
      Client& client = entry->second;
      client.last_seen = now;
      client.submit_again |= is_new;  // the tracker was started anew, or has forgotten it
      if (std::exchange(first, false)) {
        for (const std::string& id : request.acknowledged_trial_ids()) {
          const auto found = trials_.find(id);
          if (found != trials_.end() && found->second.client_id == request.client_id() &&
              found->second.state == State::kFinished) {
            Forget(found);
          }
        }
      }
      bool news = false;
      for (const std::string& id : client.finished) news |= !trials_.find(id)->second.delivered;
      if (news || now >= deadline || bells_.closed()) {
        v1::CollectResultsResponse response = Deliver(client.finished);
        response.set_submit_again(std::exchange(client.submit_again, false));
        return response;
      }
    }
    listener.Wait(std::min(deadline - now, kWaitSlice));
  }
}

// New ones first, so that every result comes to its turn, whatever becomes of those before it.
v1::CollectResultsResponse Tracker::Deliver(const std::set<std::string>& finished) {
  v1::CollectResultsResponse response;
  BatchBudget budget;
  std::vector<Trial*> repeated;
  for (const std::string& id : finished) {
    Trial& trial = trials_.find(id)->second;
    if (trial.delivered) {
      repeated.push_back(&trial);
    } else if (budget.Take(trial.result)) {
      *response.add_results() = trial.result;
      trial.delivered = true;
    } else {
      return response;
    }
  }
  for (const Trial* trial : repeated) {
    if (!budget.Take(trial->result)) break;
    *response.add_results() = trial->result;
  }
  return response;
}

void Tracker::CancelJob(const std::string& job_id) {
  for (auto next = trials_.begin(); next != trials_.end();) {
    const auto trial = next++;
    if (trial->second.submission.job_id() == job_id && trial->second.state != State::kFinished) Forget(trial);
  }
}

void Tracker::Cancel(const v1::CancelTrialsRequest& request) {
  MutexLock lock(mu_);
  for (const std::string& job_id : request.job_ids()) CancelJob(job_id);
  const auto client = clients_.find(request.client_id());
  if (client == clients_.end()) return;
  std::vector<std::string> ids(request.trial_ids().begin(), request.trial_ids().end());
  if (ids.empty() && request.job_ids().empty())
    ids.assign(client->second.trials.begin(), client->second.trials.end());
  for (const std::string& id : ids) {
    const auto found = trials_.find(id);
    if (found != trials_.end() && found->second.client_id == request.client_id()) Forget(found);
  }
}

v1::ListDevicesResponse Tracker::ListDevices() {
  const absl::Duration now = clock_.Monotonic();
  v1::ListDevicesResponse response;
  MutexLock lock(mu_);
  Sweep(now);
  for (const auto& [id, device] : devices_.all()) {
    *response.add_devices() =
        StatusOf(device, static_cast<int64_t>(leases_.OfDevice(id).size()), now, clock_.Now());
  }
  return response;
}

absl::StatusOr<v1::ReleaseDeviceResponse> Tracker::ReleaseDevice(const v1::ReleaseDeviceRequest& request) {
  const std::string& id = request.device_id();
  const absl::Duration now = clock_.Monotonic();
  v1::ReleaseDeviceResponse response;
  MutexLock lock(mu_);
  Sweep(now);
  Device* device = devices_.Find(id);
  if (device == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("no device \"", id, "\" is known here; `diapason devices` lists those that are"));
  }
  if (!device->connected) {
    devices_.Remove(id);
    response.set_message(absl::StrCat(id, " is offline: it is forgotten, and its name is free"));
    return response;
  }
  const v1::DeviceHealth before = device->health.state();
  device->health.Release(now);
  LogHealth(*device, before);
  bells_.Ring(DeviceDoor(id));
  switch (device->health.state()) {
    case v1::DEVICE_HEALTH_GOOD:
      response.set_message(absl::StrCat(id, " is healthy: there is nothing to release"));
      break;
    case v1::DEVICE_HEALTH_UNFIT:
      response.set_message(absl::StrCat(id, " cannot measure: ", device->health.reason(),
                                        "; it comes back when its agent says that it can"));
      break;
    default:
      response.set_message(absl::StrCat(id, " is checked now, and used again when the check passes"));
  }
  return response;
}

}  // namespace diapason::tracker
