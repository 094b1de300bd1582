// For the tests of this folder: a tracker whose clock the test moves, and an agent as the tracker sees it.
#ifndef DIAPASON_TESTS_TRACKER_TRACKER_FIXTURE_H_
#define DIAPASON_TESTS_TRACKER_TRACKER_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proto/base/content_hash.h"
#include "proto/domain/protocol_version.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"
#include "tracker/tracker.h"

namespace diapason::tracker {

inline const IsCancelled kNotCancelled = [] { return false; };

// An agent as the tracker sees it: which trials it holds, and what it has to report.
class FakeAgent {
 public:
  FakeAgent(Tracker& tracker, const std::string& name, const std::string& session = "s1", int capacity = 2)
      : tracker_(tracker), capacity_(capacity) {
    request_.set_protocol_version(kAgentProtocolVersion);
    request_.set_session_id(session);
    request_.mutable_device()->set_device_id(name);
    request_.mutable_device()->set_hardware_id("machine of " + name);
    request_.mutable_device()->mutable_target()->set_cpu("x86-64-v4");
    request_.mutable_device()->set_kernel_abi_version(kKernelAbiVersion);
    request_.mutable_device()->add_measure_protocol_versions(kMeasureProtocolVersion);
  }

  // Makes one call and applies the answer.
  absl::Status Sync() {
    request_.clear_held_trial_ids();
    for (const v1::Assignment& assignment : held_)
      request_.add_held_trial_ids(assignment.request().trial_id());
    request_.set_free_slots(capacity_ - static_cast<int>(held_.size()));
    absl::StatusOr<v1::SynchronizeResponse> response = tracker_.Synchronize(request_, kNotCancelled);
    if (!response.ok()) return response.status();
    last_ = *response;
    for (const std::string& id : response->acknowledged_trial_ids()) Remove(id);
    for (const std::string& id : response->cancelled_trial_ids()) {
      std::erase_if(held_, [&](const v1::Assignment& a) { return a.request().trial_id() == id; });
    }
    for (const v1::Assignment& assignment : response->assignments()) held_.push_back(assignment);
    return absl::OkStatus();
  }

  // Ends the first trial that the agent holds. The next calls report its result.
  void Finish(v1::OutcomeKind kind = v1::OUTCOME_KIND_OK) {
    v1::LeasedResult& leased = *request_.add_results();
    leased.mutable_result()->set_trial_id(held_.front().request().trial_id());
    leased.mutable_result()->mutable_outcome()->set_kind(kind);
    leased.mutable_result()->set_device_id(request_.device().device_id());
    leased.mutable_result()->set_busy_us(100'000);
    *leased.mutable_lease() = held_.front().lease();
    held_.erase(held_.begin());
  }

  // Makes the check that the tracker asked for. The next calls report its result.
  void Check(v1::OutcomeKind kind) {
    request_.mutable_health_check()->set_id(last_.health_check_id());
    request_.mutable_health_check()->mutable_outcome()->set_kind(kind);
  }

  std::vector<std::string> held() const {
    std::vector<std::string> ids;
    for (const v1::Assignment& assignment : held_) ids.push_back(assignment.request().trial_id());
    return ids;
  }
  std::vector<std::string> unacknowledged() const {
    std::vector<std::string> ids;
    for (const v1::LeasedResult& leased : request_.results()) ids.push_back(leased.result().trial_id());
    return ids;
  }
  const v1::SynchronizeResponse& last() const { return last_; }
  std::vector<v1::Assignment>& assignments() { return held_; }
  v1::SynchronizeRequest& request() { return request_; }

 private:
  void Remove(const std::string& id) {
    google::protobuf::RepeatedPtrField<v1::LeasedResult> kept;
    for (const v1::LeasedResult& leased : request_.results()) {
      if (leased.result().trial_id() != id) *kept.Add() = leased;
    }
    *request_.mutable_results() = kept;
  }

  Tracker& tracker_;
  const int capacity_;
  v1::SynchronizeRequest request_;
  v1::SynchronizeResponse last_;
  std::vector<v1::Assignment> held_;
};

// In these tests, clients do not call every few seconds, but only when the test needs a call.
inline TrackerOptions WithoutClientLease() {
  TrackerOptions options;
  options.client_lease = absl::InfiniteDuration();
  return options;
}

// Returns trials as a client submits them. They all use the one artifact of these tests.
inline v1::SubmitTrialsRequest SubmissionOf(const std::vector<std::string>& ids,
                                            const std::string& client = "tuner") {
  v1::SubmitTrialsRequest submission;
  submission.set_client_id(client);
  for (const std::string& id : ids) {
    v1::MeasureRequest& request = *submission.add_trials()->mutable_request();
    request.set_trial_id(id);
    request.set_artifact_hash(ContentHash("kernel"));
    request.mutable_options()->set_protocol_version(kMeasureProtocolVersion);
    request.set_reference_hash(ContentHash("kernel"));
  }
  return submission;
}

// A tracker with the artifact "kernel", and shorthands for the calls of its clients.
class TrackerTest : public testing::Test {
 protected:
  explicit TrackerTest(TrackerOptions options = WithoutClientLease()) : tracker_(clock_, options) {
    EXPECT_THAT(tracker_.artifacts().Put(ContentHash("kernel"), "kernel"), IsOk());
  }

  absl::Status Submit(const std::vector<std::string>& ids, const std::string& client = "tuner",
                      int priority = 0, const std::string& device = "", const std::string& job = "") {
    v1::SubmitTrialsRequest request = SubmissionOf(ids, client);
    for (v1::TrialSubmission& submission : *request.mutable_trials()) {
      submission.set_priority(priority);
      submission.set_job_id(job);
      submission.mutable_selector()->set_device_id(device);
    }
    return tracker_.Submit(request);
  }

  std::vector<v1::MeasureResult> Collect(const std::vector<std::string>& acknowledged = {},
                                         const std::string& client = "tuner") {
    v1::CollectResultsRequest request;
    request.set_client_id(client);
    for (const std::string& id : acknowledged) request.add_acknowledged_trial_ids(id);
    const v1::CollectResultsResponse response = *tracker_.Collect(request, kNotCancelled);
    return {response.results().begin(), response.results().end()};
  }

  std::vector<std::string> CollectIds(const std::vector<std::string>& acknowledged = {},
                                      const std::string& client = "tuner") {
    std::vector<std::string> ids;
    for (const v1::MeasureResult& result : Collect(acknowledged, client)) ids.push_back(result.trial_id());
    return ids;
  }

  void ThrottleThreeTimes(FakeAgent& agent) {
    for (int i = 0; i < 3; ++i) {
      if (agent.held().empty()) agent.Check(v1::OUTCOME_KIND_OK);
      ASSERT_THAT(agent.Sync(), IsOk());
      agent.Finish(v1::OUTCOME_KIND_THROTTLED);
      ASSERT_THAT(agent.Sync(), IsOk());
    }
    EXPECT_EQ(agent.held().size(), 0u);
  }

  v1::DeviceStatus StatusOfDevice(const std::string& id) {
    const v1::ListDevicesResponse devices = tracker_.ListDevices();
    for (const v1::DeviceStatus& status : devices.devices()) {
      if (status.device().device_id() == id) return status;
    }
    return {};
  }

  FakeClock clock_;
  Tracker tracker_;
};

}  // namespace diapason::tracker

#endif  // DIAPASON_TESTS_TRACKER_TRACKER_FIXTURE_H_
