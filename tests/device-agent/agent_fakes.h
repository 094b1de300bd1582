// A tracker and a runner for tests of the agent. Both do what the test tells them.
#ifndef DIAPASON_TESTS_DEVICE_AGENT_AGENT_FAKES_H_
#define DIAPASON_TESTS_DEVICE_AGENT_AGENT_FAKES_H_

#include <algorithm>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "device-agent/kernel_runner.h"
#include "diapason/v1/agent.grpc.pb.h"
#include "proto/base/clock.h"
#include "proto/base/mutex.h"
#include "proto/domain/outcome.h"

namespace diapason::device_agent {

inline constexpr absl::Duration kPatience = absl::Seconds(60);

// Answers every call with what the test has prepared, and remembers what agents said.
class FakeTracker final : public v1::AgentService::Service {
 public:
  grpc::Status Synchronize(grpc::ServerContext* context, const v1::SynchronizeRequest* request,
                           v1::SynchronizeResponse* response) override {
    const SystemClock clock;
    const absl::Duration end =
        clock.Monotonic() + std::min(absl::Seconds(1), absl::Microseconds(request->wait_us()));
    MutexLock lock(mu_);
    requests_.push_back(*request);
    largest_request_ = std::max(largest_request_, request->ByteSizeLong());
    for (const v1::LeasedResult& leased : request->results()) {
      if (failure_.ok() && leased.result().has_outcome()) results_[leased.result().trial_id()] = leased;
    }
    changed_.SignalAll();
    if (!failure_.ok()) return failure_;
    while (answers_.empty() && !context->IsCancelled() && !request->leaving() && clock.Monotonic() < end) {
      changed_.WaitFor(mu_, absl::Milliseconds(10));
    }
    if (context->IsCancelled() || answers_.empty()) return grpc::Status::OK;
    *response = answers_.front();
    answers_.pop_front();
    return grpc::Status::OK;
  }

  grpc::Status FetchArtifact(grpc::ServerContext*, const v1::FetchArtifactRequest* request,
                             grpc::ServerWriter<v1::ArtifactChunk>* writer) override {
    MutexLock lock(mu_);
    const auto found = artifacts_.find(request->hash());
    if (found == artifacts_.end()) return grpc::Status(grpc::StatusCode::NOT_FOUND, "no such artifact");
    v1::ArtifactChunk chunk;
    chunk.set_data(found->second);
    writer->Write(chunk);
    return grpc::Status::OK;
  }

  void Answer(const v1::SynchronizeResponse& response) {
    MutexLock lock(mu_);
    answers_.push_back(response);
    changed_.SignalAll();
  }
  // From now on, every call fails with this status, until it is set to OK.
  void Fail(const grpc::Status& status) {
    MutexLock lock(mu_);
    failure_ = status;
  }
  // Keeps an artifact for FetchArtifact.
  void Hold(const std::string& hash, const std::string& bytes) {
    MutexLock lock(mu_);
    artifacts_[hash] = bytes;
  }

  // Waits until the latest call meets the condition.
  bool WaitForRequest(const std::function<bool(const v1::SynchronizeRequest&)>& condition) {
    const SystemClock clock;
    const absl::Duration end = clock.Monotonic() + kPatience;
    MutexLock lock(mu_);
    while (requests_.empty() || !condition(requests_.back())) {
      if (clock.Monotonic() > end) return false;
      changed_.WaitFor(mu_, absl::Milliseconds(100));
    }
    return true;
  }
  v1::LeasedResult WaitForResult(const std::string& trial_id) {
    const SystemClock clock;
    const absl::Duration end = clock.Monotonic() + kPatience;
    MutexLock lock(mu_);
    while (results_.count(trial_id) == 0 && clock.Monotonic() < end)
      changed_.WaitFor(mu_, absl::Milliseconds(100));
    return results_[trial_id];
  }
  size_t largest_request() {
    MutexLock lock(mu_);
    return largest_request_;
  }
  v1::SynchronizeRequest last_request() {
    MutexLock lock(mu_);
    return requests_.empty() ? v1::SynchronizeRequest() : requests_.back();
  }

 private:
  Mutex mu_;
  CondVar changed_;
  std::deque<v1::SynchronizeResponse> answers_ ABSL_GUARDED_BY(mu_);
  std::vector<v1::SynchronizeRequest> requests_ ABSL_GUARDED_BY(mu_);
  size_t largest_request_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::string, v1::LeasedResult> results_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, std::string> artifacts_ ABSL_GUARDED_BY(mu_);
  grpc::Status failure_ ABSL_GUARDED_BY(mu_);
};

// The name of a trial says what happens: "hold..." runs until it is cancelled, "stuck..." until the test
// releases it, "large..." has a result of 300 kB and "huge..." one of 2.4 MB. All others are OK at once.
class FakeRunner final : public KernelRunner {
 public:
  std::string kind() const override { return "fake"; }
  v1::Sandbox sandbox() const override { return v1::SANDBOX_REDUCED; }

  v1::MeasureResult Run(const v1::MeasureRequest& request, const TrialFiles& files) override {
    MutexLock lock(mu_);
    order_.push_back(request.trial_id());
    changed_.SignalAll();
    v1::MeasureResult result;
    result.set_trial_id(request.trial_id());
    *result.mutable_outcome() = MakeOutcome(v1::OUTCOME_KIND_OK);
    if (!std::filesystem::exists(files.artifact))
      *result.mutable_outcome() = MakeOutcome(v1::OUTCOME_KIND_LOAD_ERROR);
    if (request.trial_id().rfind("hold", 0) == 0) {
      while (cancelled_.count(request.trial_id()) == 0) changed_.Wait(mu_);
      *result.mutable_outcome() = MakeOutcome(v1::OUTCOME_KIND_CANCELLED);
    }
    if (request.trial_id().rfind("stuck", 0) == 0) {
      while (!released_) changed_.Wait(mu_);
    }
    if (request.trial_id().rfind("large", 0) == 0) {
      for (int i = 0; i < 300'000 / 8; ++i) result.mutable_measurement()->add_samples_us(i);
    }
    if (request.trial_id().rfind("huge", 0) == 0) {
      for (int i = 0; i < 300'000; ++i) result.mutable_measurement()->add_samples_us(i);
    }
    return result;
  }
  void Release() {
    MutexLock lock(mu_);
    released_ = true;
    changed_.SignalAll();
  }
  void SetHealth(v1::OutcomeKind health, const std::string& unfit) {
    MutexLock lock(mu_);
    health_ = health;
    unfit_ = unfit;
  }
  int checks() {
    MutexLock lock(mu_);
    return checks_;
  }
  v1::Outcome CheckHealth() override {
    MutexLock lock(mu_);
    ++checks_;
    return MakeOutcome(health_);
  }
  std::string Unfit() override {
    MutexLock lock(mu_);
    return unfit_;
  }
  void Cancel(absl::string_view trial_id) override {
    MutexLock lock(mu_);
    cancelled_.insert(std::string(trial_id));
    changed_.SignalAll();
  }
  std::vector<std::string> order() {
    MutexLock lock(mu_);
    return order_;
  }
  void WaitUntilRunning(const std::string& trial_id) {
    MutexLock lock(mu_);
    while (order_.empty() || order_.back() != trial_id) changed_.Wait(mu_);
  }

 private:
  Mutex mu_;
  CondVar changed_;
  std::set<std::string> cancelled_ ABSL_GUARDED_BY(mu_);
  bool released_ ABSL_GUARDED_BY(mu_) = false;
  int checks_ ABSL_GUARDED_BY(mu_) = 0;
  v1::OutcomeKind health_ ABSL_GUARDED_BY(mu_) = v1::OUTCOME_KIND_OK;
  std::string unfit_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> order_ ABSL_GUARDED_BY(mu_);
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_TESTS_DEVICE_AGENT_AGENT_FAKES_H_
