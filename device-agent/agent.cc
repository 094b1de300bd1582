#include "device-agent/agent.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "proto/support/outcome.h"
#include "proto/support/grpc_status.h"
#include "proto/support/protocol_version.h"
#include "spdlog/spdlog.h"

namespace diapason::device_agent {
namespace {

constexpr absl::Duration kGoodbyeTimeout = absl::Seconds(2);
constexpr int kFetchTries = 5;

// Whether calling again cannot help.
bool IsRefusal(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) || absl::IsInvalidArgument(status) ||
         absl::IsPermissionDenied(status) || absl::IsUnauthenticated(status) || absl::IsUnimplemented(status);
}

const std::string& IdOf(const v1::Assignment& assignment) { return assignment.task().trial_id(); }

// A trial whose artifacts could not be had.
v1::MeasureResult FetchFailure(const v1::MeasureTask& task, const absl::Status& status) {
  v1::MeasureResult result;
  result.set_trial_id(task.trial_id());
  *result.mutable_outcome() =
      MakeOutcome(absl::IsDataLoss(status) ? v1::OUTCOME_KIND_LOAD_ERROR : v1::OUTCOME_KIND_DEVICE_LOST,
                  std::string(status.message()));
  return result;
}

}  // namespace

Agent::Agent(v1::AgentService::StubInterface& tracker, KernelRunner& runner, ArtifactStore& artifacts,
             v1::DeviceInfo device, std::string session_id, AgentOptions options)
    : tracker_(tracker),
      runner_(runner),
      artifacts_(artifacts),
      device_(std::move(device)),
      session_id_(std::move(session_id)),
      options_(options) {}

absl::Status Agent::Run() {
  std::thread fetcher([this] { FetchLoop(); });
  std::thread measurer([this] { MeasureLoop(); });
  const absl::Status status = SyncLoop();
  Stop();
  fetcher.join();
  measurer.join();
  if (status.ok()) SayGoodbye();
  return status;
}

void Agent::Stop() {
  MutexLock lock(mu_);
  stopping_ = true;
  if (call_ != nullptr) call_->TryCancel();
  if (running_) runner_.Cancel(IdOf(running_->assignment));
  changed_.SignalAll();
}

// ---- in step with the tracker

absl::Status Agent::SyncLoop() {
  absl::Duration delay = options_.first_retry;
  while (true) {
    v1::SynchronizeRequest request;
    {
      MutexLock lock(mu_);
      if (stopping_) return absl::OkStatus();
      request = MakeRequest(false);
      news_ = false;
    }
    v1::SynchronizeResponse response;
    const absl::Status status = Call(request, response);
    MutexLock lock(mu_);
    if (stopping_) return absl::OkStatus();
    if (status.ok()) {
      if (!last_failure_.ok()) spdlog::info("connected again");
      last_failure_ = absl::OkStatus();
      delay = options_.first_retry;
      Apply(response);
    } else if (IsRefusal(status)) {
      return status;
    } else if (!absl::IsCancelled(status)) {  // cancelled by ourselves, because there is news
      ReportRetry(status, delay);
      changed_.WaitFor(mu_, delay);
      delay = std::min(delay * 2, options_.last_retry);
    }
  }
}

absl::Status Agent::Call(const v1::SynchronizeRequest& request, v1::SynchronizeResponse& response) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(options_.call_timeout));
  {
    MutexLock lock(mu_);
    if (news_ || stopping_) return absl::CancelledError("there is news");
    call_ = &context;
  }
  const absl::Status status = FromGrpc(tracker_.Synchronize(&context, request, &response));
  MutexLock lock(mu_);
  call_ = nullptr;
  return status;
}

v1::SynchronizeRequest Agent::MakeRequest(bool leaving) {
  v1::SynchronizeRequest request;
  request.set_protocol_version(kAgentProtocolVersion);
  request.set_session_id(session_id_);
  *request.mutable_device() = device_;
  request.set_leaving(leaving);
  request.set_wait_us(absl::ToInt64Microseconds(options_.wait));
  for (const auto& [id, result] : results_) *request.add_results() = result;
  if (leaving) return request;
  if (running_ && !running_dropped_) request.add_held_trial_ids(IdOf(running_->assignment));
  for (const HeldTrial& trial : ready_) request.add_held_trial_ids(IdOf(trial.assignment));
  for (const HeldTrial& trial : incoming_) request.add_held_trial_ids(IdOf(trial.assignment));
  request.set_free_slots(std::max(0, options_.capacity - request.held_trial_ids_size()));
  return request;
}

void Agent::Apply(const v1::SynchronizeResponse& response) {
  for (const std::string& id : response.acknowledged_trial_ids()) results_.erase(id);
  for (const std::string& id : response.cancelled_trial_ids()) Drop(id);
  for (const v1::Assignment& assignment : response.assignments()) Accept(assignment);
  changed_.SignalAll();
}

void Agent::Accept(const v1::Assignment& assignment) {
  const std::string& id = IdOf(assignment);
  results_.erase(id);  // of an earlier lease: void
  for (std::deque<HeldTrial>* list : {&incoming_, &ready_}) {
    for (HeldTrial& trial : *list) {
      if (IdOf(trial.assignment) != id) continue;
      trial.assignment = assignment;
      return;
    }
  }
  incoming_.push_back({assignment, {}});
}

void Agent::Drop(const std::string& trial_id) {
  for (std::deque<HeldTrial>* list : {&incoming_, &ready_}) {
    std::erase_if(*list, [&](const HeldTrial& trial) { return IdOf(trial.assignment) == trial_id; });
  }
  if (running_ && IdOf(running_->assignment) == trial_id) {
    running_dropped_ = true;
    runner_.Cancel(trial_id);
  }
}

void Agent::ReportRetry(const absl::Status& status, absl::Duration delay) {
  if (status == last_failure_) return;
  last_failure_ = status;
  spdlog::warn("cannot reach the tracker: {}; trying again in {} ms and so on", std::string(status.message()),
               absl::ToInt64Milliseconds(delay));
}

void Agent::SayGoodbye() {
  v1::SynchronizeRequest request;
  {
    MutexLock lock(mu_);
    request = MakeRequest(true);
  }
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(kGoodbyeTimeout));
  v1::SynchronizeResponse response;
  // If it is lost, the leases expire.
  const absl::Status status = FromGrpc(tracker_.Synchronize(&context, request, &response));
  if (!status.ok()) spdlog::info("the tracker was not told: {}", std::string(status.message()));
}

// ---- the work

void Agent::FetchLoop() {
  int tries = 0;
  while (true) {
    HeldTrial trial;
    {
      MutexLock lock(mu_);
      while (incoming_.empty() && !stopping_) changed_.Wait(mu_);
      if (stopping_) return;
      trial = incoming_.front();
    }
    absl::StatusOr<TrialFiles> files = artifacts_.Provide(trial.assignment.task());
    MutexLock lock(mu_);
    if (incoming_.empty() || IdOf(incoming_.front().assignment) != IdOf(trial.assignment))
      continue;  // dropped
    const bool again = absl::IsUnavailable(files.status()) || absl::IsDeadlineExceeded(files.status());
    if (again && ++tries < kFetchTries) {
      changed_.WaitFor(mu_, options_.first_retry * tries);
      continue;
    }
    tries = 0;
    trial.assignment = incoming_.front().assignment;
    incoming_.pop_front();
    if (files.ok()) {
      ready_.push_back({trial.assignment, *std::move(files)});
      changed_.SignalAll();
    } else {
      Finish(trial, FetchFailure(trial.assignment.task(), files.status()));
    }
  }
}

void Agent::MeasureLoop() {
  while (true) {
    HeldTrial trial;
    {
      MutexLock lock(mu_);
      while (ready_.empty() && !stopping_) changed_.Wait(mu_);
      if (stopping_) return;
      trial = std::move(ready_.front());
      ready_.pop_front();
      running_ = trial;
      running_dropped_ = false;
    }
    v1::MeasureResult result = runner_.Run(trial.assignment.task(), trial.files);
    spdlog::debug("trial={} outcome={} busy_ms={:.1f}", result.trial_id(),
                  v1::OutcomeKind_Name(result.outcome().kind()), result.busy_us() / 1000);
    MutexLock lock(mu_);
    running_.reset();
    if (!running_dropped_ && !stopping_) Finish(trial, std::move(result));
  }
}

void Agent::Finish(const HeldTrial& trial, v1::MeasureResult result) {
  result.set_device_id(device_.device_id());
  v1::LeasedResult& leased = results_[IdOf(trial.assignment)];
  *leased.mutable_result() = std::move(result);
  *leased.mutable_lease() = trial.assignment.lease();
  news_ = true;
  if (call_ != nullptr) call_->TryCancel();
}

}  // namespace diapason::device_agent
