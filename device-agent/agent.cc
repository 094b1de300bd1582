#include "device-agent/agent.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/domain/message_limits.h"
#include "proto/domain/outcome.h"
#include "proto/domain/protocol_version.h"
#include "proto/domain/trial_deadlines.h"
#include "proto/rpc/grpc_status.h"
#include "spdlog/spdlog.h"

namespace diapason::device_agent {
namespace {

constexpr absl::Duration kLeavingTimeout = absl::Seconds(2);
constexpr int kFetchTries = 5;
constexpr absl::Duration kCheckDeadline = absl::Minutes(1);  // for a health check, which takes about a second

// Returns whether the tracker refuses this agent, so that calling again cannot help.
bool IsRefusal(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) || absl::IsInvalidArgument(status) ||
         absl::IsPermissionDenied(status) || absl::IsUnauthenticated(status) || absl::IsUnimplemented(status);
}

const std::string& IdOf(const v1::Assignment& assignment) { return assignment.request().trial_id(); }

// Returns the result of a trial whose artifacts could not be fetched.
v1::MeasureResult FetchFailure(const v1::MeasureRequest& request, const absl::Status& status) {
  v1::MeasureResult result;
  result.set_trial_id(request.trial_id());
  // An artifact that is too large is the schedule's fault. Damaged bytes, or no bytes, are not.
  const bool too_large = absl::IsInvalidArgument(status);
  *result.mutable_outcome() =
      MakeOutcome(too_large ? v1::OUTCOME_KIND_LOAD_ERROR : v1::OUTCOME_KIND_DEVICE_LOST, status.message());
  return result;
}

}  // namespace

Agent::Agent(v1::AgentService::StubInterface& tracker, KernelRunner& runner, ArtifactStore& artifacts,
             const Clock& clock, v1::DeviceInfo device, std::string session_id, AgentOptions options)
    : tracker_(tracker),
      runner_(runner),
      artifacts_(artifacts),
      clock_(clock),
      device_(std::move(device)),
      session_id_(std::move(session_id)),
      options_(options) {}

Agent::~Agent() {
  if (measurer_.joinable()) measurer_.join();
}

absl::Status Agent::Run() {
  std::thread fetcher([this] { FetchLoop(); });
  measurer_ = std::thread([this] { MeasureLoop(); });
  const absl::Status status = SyncLoop();
  Stop();
  fetcher.join();
  const bool ended = WaitForMeasurer();
  if (status.ok()) ReportLeaving();
  if (ended) return status;
  return absl::InternalError(absl::StrCat("the runner did not end within ",
                                          absl::FormatDuration(options_.stop_timeout), " (stop timeout)"));
}

bool Agent::WaitForMeasurer() {
  {
    const SystemClock real;  // condition variables wait by the real time, whatever clock is injected
    const absl::Duration deadline = real.Monotonic() + options_.stop_timeout;
    MutexLock lock(mu_);
    while (!measurer_ended_) {
      const absl::Duration left = deadline - real.Monotonic();
      if (left <= absl::ZeroDuration()) return false;
      changed_.WaitFor(mu_, left);
    }
  }
  measurer_.join();
  return true;
}

void Agent::Stop() {
  MutexLock lock(mu_);
  stopping_ = true;
  if (call_ != nullptr) call_->TryCancel();
  if (running_) runner_.Cancel(IdOf(running_->assignment));
  artifacts_.Close();
  changed_.SignalAll();
}

// ---- Synchronizing with the tracker

absl::Status Agent::SyncLoop() {
  absl::Duration delay = options_.first_retry;
  while (true) {
    v1::SynchronizeRequest request;
    {
      MutexLock lock(mu_);
      if (stopping_) return absl::OkStatus();
      CheckRunnerDeadline();
      news_ = false;
      request = MakeRequest(false);
    }
    v1::SynchronizeResponse response;
    const absl::Status status = Call(request, response);
    MutexLock lock(mu_);
    if (stopping_) return absl::OkStatus();
    if (status.ok()) {
      if (!last_failure_.ok()) spdlog::info("connected again");
      last_failure_ = absl::OkStatus();
      delay = options_.first_retry;
      MarkSent(request);
      Apply(response);
    } else if (IsRefusal(status)) {
      return status;
    } else if (!absl::IsCancelled(status)) {  // this agent cancels its own call when it has news
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
  request.set_oldest_protocol_version(kOldestAgentProtocolVersion);
  request.set_session_id(session_id_);
  *request.mutable_device() = device_;
  request.set_leaving(leaving);
  request.set_wait_us(absl::ToInt64Microseconds(options_.wait));
  AddResults(request);
  if (leaving) return request;
  request.set_unfit_reason(stuck_.empty() ? runner_.Unfit() : stuck_);
  if (check_) *request.mutable_health_check() = *check_;
  if (running_ && !running_dropped_) request.add_held_trial_ids(IdOf(running_->assignment));
  for (const QueuedTrial& trial : ready_) request.add_held_trial_ids(IdOf(trial.assignment));
  for (const QueuedTrial& trial : incoming_) request.add_held_trial_ids(IdOf(trial.assignment));
  request.set_free_slots(std::max(0, options_.capacity - request.held_trial_ids_size()));
  return request;
}

// Adds new results as far as they fit. Those that do not fit are listed as held trials, and go with the
// next call, which is made at once.
void Agent::AddResults(v1::SynchronizeRequest& request) {
  BatchBudget budget;
  for (const auto& [id, result] : results_) {
    if (result.sent) continue;
    if (budget.Take(result.leased)) {
      *request.add_results() = result.leased;
    } else {
      request.add_held_trial_ids(id);
      request.set_wait_us(0);
    }
  }
  for (const auto& [id, result] : results_) {
    if (result.sent && budget.Take(result.leased)) *request.add_results() = result.leased;
  }
}

void Agent::MarkSent(const v1::SynchronizeRequest& request) {
  for (const v1::LeasedResult& leased : request.results()) {
    const auto found = results_.find(leased.result().trial_id());
    if (found == results_.end() ||
        found->second.leased.lease().fencing_token() != leased.lease().fencing_token()) {
      continue;
    }
    found->second.sent = true;
    found->second.leased.clear_result();
    found->second.leased.mutable_result()->set_trial_id(leased.result().trial_id());
  }
}

void Agent::Apply(const v1::SynchronizeResponse& response) {
  const int64_t check = response.health_check_id();
  if (check != 0 && (!check_ || check_->id() != check)) check_wanted_ = check;
  for (const std::string& id : response.acknowledged_trial_ids()) results_.erase(id);
  for (const std::string& id : response.cancelled_trial_ids()) Drop(id);
  for (const v1::Assignment& assignment : response.assignments()) Accept(assignment);
  changed_.SignalAll();
}

void Agent::Accept(const v1::Assignment& assignment) {
  const std::string& id = IdOf(assignment);
  results_.erase(id);  // it belongs to an earlier lease and does not count any more
  for (std::deque<QueuedTrial>* list : {&incoming_, &ready_}) {
    for (QueuedTrial& trial : *list) {
      if (IdOf(trial.assignment) != id) continue;
      trial.assignment = assignment;
      return;
    }
  }
  incoming_.push_back({assignment, {}});
}

void Agent::Drop(const std::string& trial_id) {
  // Files that are being fetched for the trial are not needed any more. The fetch loop then continues with
  // the next trial.
  if (!incoming_.empty() && IdOf(incoming_.front().assignment) == trial_id) artifacts_.Cancel();
  for (std::deque<QueuedTrial>* list : {&incoming_, &ready_}) {
    std::erase_if(*list, [&](const QueuedTrial& trial) { return IdOf(trial.assignment) == trial_id; });
  }
  if (running_ && IdOf(running_->assignment) == trial_id) {
    running_dropped_ = true;
    runner_.Cancel(trial_id);
  }
}

void Agent::CheckRunnerDeadline() {
  if (!stuck_.empty() || clock_.Monotonic() < runner_deadline_) return;
  if (running_) {
    const std::string& id = IdOf(running_->assignment);
    stuck_ =
        absl::StrCat("the runner did not end the trial ", id, " within ",
                     absl::FormatDuration(RunDeadline(running_->assignment.request())), " (run deadline)");
    if (!running_dropped_) {
      v1::MeasureResult result;
      result.set_trial_id(id);
      *result.mutable_outcome() = MakeOutcome(v1::OUTCOME_KIND_DEVICE_LOST, stuck_);
      Finish(*running_, std::move(result));
    }
    running_dropped_ = true;
    runner_.Cancel(id);
  } else {
    stuck_ = "the runner did not end a health check in time";
  }
  spdlog::error("{}; this agent takes no work until the runner has ended", stuck_);
}

void Agent::ReportRetry(const absl::Status& status, absl::Duration delay) {
  if (status == last_failure_) return;
  last_failure_ = status;
  // gRPC describes a certificate that does not fit in many ways, some of which name neither TLS nor
  // certificates.
  const char* hint =
      absl::StrContains(status.message(), "failed to connect")
          ? "; check that it is running and that --cert, --key and --ca are right on both sides"
          : "";
  spdlog::warn("cannot reach the tracker: {}{}; the next attempt is in {} ms", std::string(status.message()),
               hint, absl::ToInt64Milliseconds(delay));
}

void Agent::ReportLeaving() {
  v1::SynchronizeRequest request;
  {
    MutexLock lock(mu_);
    request = MakeRequest(true);
  }
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(kLeavingTimeout));
  v1::SynchronizeResponse response;
  // If this call is lost, the tracker notices when the leases expire.
  const absl::Status status = FromGrpc(tracker_.Synchronize(&context, request, &response));
  if (!status.ok())
    spdlog::info("the tracker could not be told that this agent ends: {}", std::string(status.message()));
}

// ---- Fetching and measuring

void Agent::FetchLoop() {
  int tries = 0;
  while (true) {
    QueuedTrial trial;
    {
      MutexLock lock(mu_);
      while (incoming_.empty() && !stopping_) changed_.Wait(mu_);
      if (stopping_) return;
      trial = incoming_.front();
    }
    absl::StatusOr<TrialFiles> files = artifacts_.Provide(trial.assignment.request());
    MutexLock lock(mu_);
    if (incoming_.empty() || IdOf(incoming_.front().assignment) != IdOf(trial.assignment))
      continue;  // the trial was dropped meanwhile
    if (stopping_) return;
    const bool again = absl::IsUnavailable(files.status()) || absl::IsCancelled(files.status());
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
      Finish(trial, FetchFailure(trial.assignment.request(), files.status()));
    }
  }
}

void Agent::MeasureLoop() {
  while (true) {
    std::optional<QueuedTrial> trial;
    int64_t check = 0;
    {
      MutexLock lock(mu_);
      while (ready_.empty() && check_wanted_ == 0 && !stopping_) changed_.Wait(mu_);
      if (stopping_) {
        measurer_ended_ = true;
        changed_.SignalAll();
        return;
      }
      check = std::exchange(check_wanted_, 0);
      if (check != 0) {
        check_.emplace().set_id(check);
        runner_deadline_ = clock_.Monotonic() + kCheckDeadline;
      } else {
        trial = std::move(ready_.front());
        ready_.pop_front();
        running_ = trial;
        running_dropped_ = false;
        runner_deadline_ = clock_.Monotonic() + RunDeadline(trial->assignment.request());
      }
    }
    if (trial) {
      MeasureOne(*std::move(trial));
    } else {
      CheckHealth(check);
    }
  }
}

void Agent::MeasureOne(QueuedTrial trial) {
  v1::MeasureResult result = runner_.Run(trial.assignment.request(), trial.files);
  spdlog::debug("trial={} outcome={} busy_ms={:.1f}", result.trial_id(),
                v1::OutcomeKind_Name(result.outcome().kind()), result.busy_us() / 1000);
  MutexLock lock(mu_);
  running_.reset();
  runner_deadline_ = absl::InfiniteDuration();
  if (!std::exchange(stuck_, "").empty()) SignalNews();
  if (!running_dropped_ && !stopping_) Finish(trial, std::move(result));
}

void Agent::CheckHealth(int64_t id) {
  v1::Outcome outcome = runner_.CheckHealth();
  spdlog::info("health check: {} {}", v1::OutcomeKind_Name(outcome.kind()), outcome.message());
  MutexLock lock(mu_);
  runner_deadline_ = absl::InfiniteDuration();
  stuck_.clear();
  check_->set_id(id);
  *check_->mutable_outcome() = std::move(outcome);
  SignalNews();
}

void Agent::Finish(const QueuedTrial& trial, v1::MeasureResult result) {
  // A candidate can make its result very large. Such a result must not block the others.
  if (const size_t bytes = result.ByteSizeLong(); bytes > kMaxBatchBytes) {
    const std::string id = result.trial_id();
    result.Clear();
    result.set_trial_id(id);
    *result.mutable_outcome() = MakeOutcome(
        v1::OUTCOME_KIND_RUN_ERROR, absl::StrCat("the result has ", bytes, " bytes, which is too large"));
  }
  result.set_device_id(device_.device_id());
  Result& entry = results_[IdOf(trial.assignment)];
  entry.sent = false;
  *entry.leased.mutable_result() = std::move(result);
  *entry.leased.mutable_lease() = trial.assignment.lease();
  SignalNews();
}

void Agent::SignalNews() {
  news_ = true;
  if (call_ != nullptr) call_->TryCancel();
}

}  // namespace diapason::device_agent
