#include "tuner/job/tracker_measurer.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/channel.h"
#include "proto/base/status_macros.h"
#include "proto/domain/message_limits.h"
#include "proto/domain/outcome.h"
#include "proto/domain/trial_deadlines.h"
#include "proto/rpc/artifact_stream.h"
#include "proto/rpc/grpc_status.h"
#include "spdlog/spdlog.h"

namespace diapason::tuner {
namespace {

constexpr absl::Duration kPollWait = absl::Seconds(5);
constexpr absl::Duration kCallTimeout = absl::Seconds(20);
constexpr absl::Duration kBackOff = absl::Milliseconds(500);
constexpr size_t kRememberUploads = 10'000;  // hashes; a hash that is forgotten is uploaded again

void SetDeadline(grpc::ClientContext& context, absl::Duration timeout) {
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout));
}

}  // namespace

TrackerMeasurer::TrackerMeasurer(std::shared_ptr<grpc::Channel> channel, std::string client_id,
                                 const Clock& clock)
    : stub_(v1::TrackerService::NewStub(channel)), client_id_(std::move(client_id)), clock_(clock) {
  submitter_ = std::thread([this] { Submit(); });
  collector_ = std::thread([this] { Collect(); });
}

void TrackerMeasurer::Shutdown() {
  {
    MutexLock lock(mu_);
    if (stopping_) return;
    stopping_ = true;
    changed_.SignalAll();
    if (collecting_ != nullptr) collecting_->TryCancel();
  }
  submitter_.join();
  collector_.join();
  grpc::ClientContext context;
  SetDeadline(context, absl::Seconds(2));
  v1::CancelTrialsRequest request;
  request.set_client_id(client_id_);
  v1::CancelTrialsResponse response;
  stub_->CancelTrials(&context, request, &response);  // a tracker that does not answer has nothing to cancel
}

void TrackerMeasurer::Measure(MeasureWork work, OnResult on_result) {
  const std::string trial_id = work.submission.request().trial_id();
  MutexLock lock(mu_);
  pending_[trial_id] =
      std::make_shared<const Pending>(Pending{std::move(work), std::move(on_result), clock_.Monotonic()});
  queue_.push_back({trial_id, absl::ZeroDuration()});
  changed_.SignalAll();
}

void TrackerMeasurer::Cancel(absl::Span<const std::string> trial_ids) {
  if (trial_ids.empty()) return;
  v1::CancelTrialsRequest request;
  request.set_client_id(client_id_);
  {
    MutexLock lock(mu_);
    for (const std::string& id : trial_ids) {
      pending_.erase(id);
      request.add_trial_ids(id);
    }
  }
  grpc::ClientContext context;
  SetDeadline(context, kCallTimeout);
  v1::CancelTrialsResponse response;
  // If this fails, the results still come, and are acknowledged without being used.
  stub_->CancelTrials(&context, request, &response);
}

void TrackerMeasurer::CancelStaleTrials(const std::string& job_id) {
  v1::CancelTrialsRequest request;
  request.set_client_id(client_id_);
  request.add_job_ids(job_id);
  grpc::ClientContext context;
  SetDeadline(context, kCallTimeout);
  v1::CancelTrialsResponse response;
  stub_->CancelTrials(&context, request, &response);
}

absl::StatusOr<std::vector<v1::DeviceStatus>> TrackerMeasurer::Devices() {
  grpc::ClientContext context;
  SetDeadline(context, kCallTimeout);
  v1::ListDevicesResponse response;
  DIAPASON_RETURN_IF_ERROR(
      WithContext(FromGrpc(stub_->ListDevices(&context, v1::ListDevicesRequest(), &response)),
                  "asking the tracker for devices"));
  return std::vector<v1::DeviceStatus>(response.devices().begin(), response.devices().end());
}

// ---- submitting

void TrackerMeasurer::Submit() {
  while (true) {
    std::shared_ptr<const Pending> next;
    {
      MutexLock lock(mu_);
      while (!stopping_ && (next = TakeDue()) == nullptr) changed_.WaitFor(mu_, kBackOff);
      if (stopping_) return;
    }
    const absl::Status status = SubmitOne(next->work);
    if (status.ok()) continue;
    const std::string& trial_id = next->work.submission.request().trial_id();
    if (const auto outcome = OutcomeOfRefusal(*next, status)) {
      spdlog::warn("trial={} was not submitted: {}", trial_id, outcome->message());
      v1::MeasureResult result;
      result.set_trial_id(trial_id);
      *result.mutable_outcome() = *outcome;
      if (Store(result)) continue;
    }
    MutexLock lock(mu_);
    queue_.push_back({trial_id, clock_.Monotonic() + kBackOff});
  }
}

std::shared_ptr<const TrackerMeasurer::Pending> TrackerMeasurer::TakeDue() {
  const absl::Duration now = clock_.Monotonic();
  for (auto entry = queue_.begin(); entry != queue_.end();) {
    const auto found = pending_.find(entry->trial_id);
    const bool is_wanted = found != pending_.end();
    if (is_wanted && entry->not_before > now) {
      ++entry;
      continue;
    }
    entry = queue_.erase(entry);
    if (is_wanted) return found->second;
  }
  return nullptr;
}

std::optional<v1::Outcome> TrackerMeasurer::OutcomeOfRefusal(const Pending& pending,
                                                             const absl::Status& status) const {
  const v1::MeasureRequest& task = pending.work.submission.request();
  for (const ArtifactRef& artifact : pending.work.artifacts) {
    if (artifact->bytes.size() <= kMaxArtifactBytes) continue;
    const bool is_reference = artifact->hash == task.reference_hash();
    return MakeOutcome(
        is_reference ? v1::OUTCOME_KIND_REFERENCE_FAILED : v1::OUTCOME_KIND_LOAD_ERROR,
        absl::StrCat(is_reference ? "the reference" : "the kernel", " has ", artifact->bytes.size(),
                     " bytes, but devices accept at most ", kMaxArtifactBytes));
  }
  switch (status.code()) {
    // The tracker cannot be reached; the job waits, and its status says so.
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:
      return std::nullopt;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kUnimplemented:
      return MakeOutcome(v1::OUTCOME_KIND_DEVICE_LOST,
                         absl::StrCat("the tracker refused the trial: ", status.message()));
    default:
      if (clock_.Monotonic() - pending.since < kSubmitDeadline) return std::nullopt;
      return MakeOutcome(
          v1::OUTCOME_KIND_DEVICE_LOST,
          absl::StrCat("the tracker did not accept the trial within ", absl::FormatDuration(kSubmitDeadline),
                       " (submit deadline): ", status.message()));
  }
}

absl::Status TrackerMeasurer::SubmitOne(const MeasureWork& work) {
  for (const ArtifactRef& artifact : work.artifacts) {
    if (uploaded_.contains(artifact->hash)) continue;
    DIAPASON_RETURN_IF_ERROR(Upload(*artifact));
    if (uploaded_.size() >= kRememberUploads) uploaded_.clear();
    uploaded_.insert(artifact->hash);
  }
  grpc::ClientContext context;
  SetDeadline(context, kCallTimeout);
  v1::SubmitTrialsRequest request;
  request.set_client_id(client_id_);
  *request.add_trials() = work.submission;
  v1::SubmitTrialsResponse response;
  const absl::Status status = FromGrpc(stub_->SubmitTrials(&context, request, &response));
  // The tracker has dropped an artifact or was restarted, so it gets all artifacts of this trial again.
  if (absl::IsNotFound(status)) {
    for (const ArtifactRef& artifact : work.artifacts) uploaded_.erase(artifact->hash);
  }
  return status;
}

absl::Status TrackerMeasurer::Upload(const Artifact& artifact) {
  grpc::ClientContext context;
  SetDeadline(context, kFetchTimeout);
  return UploadArtifact(artifact.hash, artifact.bytes, context, *stub_);
}

// ---- collecting

void TrackerMeasurer::Collect() {
  std::vector<std::string> stored;
  bool unreachable = false;
  while (true) {
    grpc::ClientContext context;
    SetDeadline(context, kPollWait + kCallTimeout);
    v1::CollectResultsRequest request;
    request.set_client_id(client_id_);
    request.mutable_acknowledged_trial_ids()->Assign(stored.begin(), stored.end());
    request.set_wait_us(absl::ToInt64Microseconds(kPollWait));
    v1::CollectResultsResponse response;
    {
      MutexLock lock(mu_);
      if (stopping_ && stored.empty()) return;
      if (stopping_) request.set_wait_us(0);  // one last call, to acknowledge results
      collecting_ = stopping_ ? nullptr : &context;
    }
    const grpc::Status status = stub_->CollectResults(&context, request, &response);
    bool stopping;
    {
      MutexLock lock(mu_);
      collecting_ = nullptr;
      stopping = stopping_;
    }
    if (!status.ok()) {
      if (stopping) return;
      unreachable = true;
      Pause(kBackOff);
      continue;
    }
    if (unreachable || response.submit_again()) ResubmitAll();
    unreachable = false;
    stored.clear();
    bool all_stored = true;
    for (const v1::MeasureResult& result : response.results()) {
      if (Store(result)) {
        stored.push_back(result.trial_id());
      } else {
        all_stored = false;
      }
    }
    if (!all_stored) Pause(kBackOff);
  }
}

// Returns true if the result is stored or nobody waits for it; it may then be acknowledged.
bool TrackerMeasurer::Store(const v1::MeasureResult& result) {
  MutexLock running(callback_mu_);
  std::shared_ptr<const Pending> pending;
  {
    MutexLock lock(mu_);
    const auto found = pending_.find(result.trial_id());
    if (found != pending_.end()) pending = found->second;
  }
  if (pending == nullptr) return true;
  if (!pending->on_result(result).ok()) return false;
  MutexLock lock(mu_);
  pending_.erase(result.trial_id());
  return true;
}

void TrackerMeasurer::ResubmitAll() {
  MutexLock lock(mu_);
  queue_.clear();
  for (const auto& [trial_id, pending] : pending_) queue_.push_back({trial_id, absl::ZeroDuration()});
  changed_.SignalAll();
}

// Waits, but not longer than until the queue changes.
void TrackerMeasurer::Pause(absl::Duration how_long) {
  MutexLock lock(mu_);
  if (!stopping_) changed_.WaitFor(mu_, how_long);
}

}  // namespace diapason::tuner
