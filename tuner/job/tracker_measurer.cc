#include "tuner/job/tracker_measurer.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/channel.h"
#include "proto/support/grpc_status.h"
#include "proto/support/status_macros.h"

namespace diapason::tuner {
namespace {

constexpr size_t kChunkBytes = 1 << 20;
constexpr absl::Duration kPollWait = absl::Seconds(5);
constexpr absl::Duration kCallTimeout = absl::Seconds(20);
constexpr absl::Duration kBackOff = absl::Milliseconds(500);

void SetDeadline(grpc::ClientContext& context, absl::Duration timeout) {
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout));
}

}  // namespace

TrackerMeasurer::TrackerMeasurer(std::shared_ptr<grpc::Channel> channel, std::string client_id)
    : stub_(v1::TrackerService::NewStub(channel)), client_id_(std::move(client_id)) {
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
  stub_->CancelTrials(&context, request, &response);  // a tracker that is away has nothing to cancel
}

void TrackerMeasurer::Measure(MeasureWork work, OnResult on_result) {
  const std::string trial_id = work.submission.task().trial_id();
  MutexLock lock(mu_);
  pending_[trial_id] = std::make_shared<const Pending>(Pending{std::move(work), std::move(on_result)});
  queue_.push_back(trial_id);
  changed_.SignalAll();
}

void TrackerMeasurer::Cancel(absl::Span<const std::string> trial_ids) {
  if (trial_ids.empty()) return;
  v1::CancelTrialsRequest request;
  request.set_client_id(client_id_);
  {
    MutexLock running(callback_mu_);
    MutexLock lock(mu_);
    for (const std::string& id : trial_ids) {
      pending_.erase(id);
      request.add_trial_ids(id);
    }
  }
  grpc::ClientContext context;
  SetDeadline(context, kCallTimeout);
  v1::CancelTrialsResponse response;
  stub_->CancelTrials(&context, request,
                      &response);  // if it fails, the results come and are acknowledged unread
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
      while (!stopping_ && queue_.empty()) changed_.Wait(mu_);
      if (stopping_) return;
      const auto found = pending_.find(queue_.front());
      if (found != pending_.end()) next = found->second;
      queue_.pop_front();
    }
    if (next == nullptr) continue;  // cancelled meanwhile
    const absl::Status status = SubmitOne(next->work);
    if (status.ok()) continue;
    {
      MutexLock lock(mu_);
      queue_.push_front(next->work.submission.task().trial_id());
    }
    Pause(kBackOff);
  }
}

absl::Status TrackerMeasurer::SubmitOne(const MeasureWork& work) {
  for (const ArtifactRef& artifact : work.artifacts) {
    if (uploaded_.contains(artifact->hash)) continue;
    DIAPASON_RETURN_IF_ERROR(Upload(*artifact));
    uploaded_.insert(artifact->hash);
  }
  grpc::ClientContext context;
  SetDeadline(context, kCallTimeout);
  v1::SubmitTrialsRequest request;
  request.set_client_id(client_id_);
  *request.add_trials() = work.submission;
  v1::SubmitTrialsResponse response;
  const absl::Status status = FromGrpc(stub_->SubmitTrials(&context, request, &response));
  // The tracker has dropped an artifact, or was started anew: it gets all of this trial again.
  if (absl::IsNotFound(status)) {
    for (const ArtifactRef& artifact : work.artifacts) uploaded_.erase(artifact->hash);
  }
  return status;
}

absl::Status TrackerMeasurer::Upload(const Artifact& artifact) {
  grpc::ClientContext context;
  SetDeadline(context, kCallTimeout);
  v1::UploadArtifactResponse response;
  const auto writer = stub_->UploadArtifact(&context, &response);
  for (size_t offset = 0; offset < artifact.bytes.size(); offset += kChunkBytes) {
    v1::ArtifactChunk chunk;
    if (offset == 0) chunk.set_hash(artifact.hash);
    chunk.set_data(artifact.bytes.substr(offset, kChunkBytes));
    if (!writer->Write(chunk)) break;  // Finish says why
  }
  writer->WritesDone();
  return FromGrpc(writer->Finish());
}

// ---- collecting

void TrackerMeasurer::Collect() {
  std::vector<std::string> stored;
  bool away = false;
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
      if (stopping_) request.set_wait_us(0);  // one last call, to acknowledge
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
      away = true;
      Pause(kBackOff);
      continue;
    }
    if (away) ResubmitAll();
    away = false;
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

// True: stored, or nobody's, and may be acknowledged.
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
  for (const auto& [trial_id, pending] : pending_) queue_.push_back(trial_id);
  changed_.SignalAll();
}

// Ends early when the queue changes.
void TrackerMeasurer::Pause(absl::Duration how_long) {
  MutexLock lock(mu_);
  if (!stopping_) changed_.WaitFor(mu_, how_long);
}

}  // namespace diapason::tuner
