// The tracker's promises, with a clock that moves when told to and agents and clients played by the test.
#include "tracker/tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "proto/base/content_hash.h"
#include "proto/domain/message_limits.h"
#include "proto/domain/protocol_version.h"
#include "proto/domain/trial_deadlines.h"
#include "tests/testing/fake_clock.h"

namespace diapason::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Abandoned kNotAbandoned = [] { return false; };

// An agent as the tracker sees it: what it holds and has to report.
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

  // One call; applies the answer.
  absl::Status Sync() {
    request_.clear_held_trial_ids();
    for (const v1::Assignment& assignment : held_) request_.add_held_trial_ids(assignment.task().trial_id());
    request_.set_free_slots(capacity_ - static_cast<int>(held_.size()));
    absl::StatusOr<v1::SynchronizeResponse> response = tracker_.Synchronize(request_, kNotAbandoned);
    if (!response.ok()) return response.status();
    last_ = *response;
    for (const std::string& id : response->acknowledged_trial_ids()) Remove(id);
    for (const std::string& id : response->cancelled_trial_ids()) {
      std::erase_if(held_, [&](const v1::Assignment& a) { return a.task().trial_id() == id; });
    }
    for (const v1::Assignment& assignment : response->assignments()) held_.push_back(assignment);
    return absl::OkStatus();
  }

  // The first trial that it holds ends; to be reported with the next calls.
  void Finish(v1::OutcomeKind kind = v1::OUTCOME_KIND_OK) {
    v1::LeasedResult& leased = *request_.add_results();
    leased.mutable_result()->set_trial_id(held_.front().task().trial_id());
    leased.mutable_result()->mutable_outcome()->set_kind(kind);
    leased.mutable_result()->set_device_id(request_.device().device_id());
    leased.mutable_result()->set_busy_us(100'000);
    *leased.mutable_lease() = held_.front().lease();
    held_.erase(held_.begin());
  }

  // The check that the tracker asked for is made; to be reported with the next calls.
  void Check(v1::OutcomeKind kind) {
    request_.mutable_health_check()->set_id(last_.health_check_id());
    request_.mutable_health_check()->mutable_outcome()->set_kind(kind);
  }

  std::vector<std::string> held() const {
    std::vector<std::string> ids;
    for (const v1::Assignment& assignment : held_) ids.push_back(assignment.task().trial_id());
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

// Clients here call when the test has something to ask, and not every few seconds.
TrackerOptions WithoutClientLease() {
  TrackerOptions options;
  options.client_lease = absl::InfiniteDuration();
  return options;
}

class TrackerTest : public testing::Test {
 protected:
  explicit TrackerTest(TrackerOptions options = WithoutClientLease()) : tracker_(clock_, options) {
    EXPECT_TRUE(tracker_.artifacts().Put(ContentHash("kernel"), "kernel").ok());
  }

  absl::Status Submit(const std::vector<std::string>& ids, const std::string& client = "tuner",
                      int priority = 0, const std::string& device = "", const std::string& job = "") {
    v1::SubmitTrialsRequest request;
    request.set_client_id(client);
    for (const std::string& id : ids) {
      v1::TrialSubmission& submission = *request.add_trials();
      submission.mutable_task()->set_trial_id(id);
      submission.mutable_task()->set_artifact_hash(ContentHash("kernel"));
      submission.mutable_task()->mutable_options()->set_protocol_version(kMeasureProtocolVersion);
      submission.mutable_task()->set_reference_hash(ContentHash("kernel"));
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
    const v1::CollectResultsResponse response = tracker_.Collect(request, kNotAbandoned);
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
      ASSERT_TRUE(agent.Sync().ok());
      agent.Finish(v1::OUTCOME_KIND_THROTTLED);
      ASSERT_TRUE(agent.Sync().ok());
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

TEST_F(TrackerTest, ATrialsWholeLife) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_TRUE(agent.Sync().ok());
  ASSERT_TRUE(Submit({"t1", "t2", "t3"}).ok());
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(agent.held(), ElementsAre("t1", "t2"));
  EXPECT_GT(agent.assignments()[0].lease().expires_in_us(), 0);
  EXPECT_EQ(StatusOfDevice("box-1").queued(), 2);

  agent.Finish();
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(agent.held(), ElementsAre("t2", "t3"));
  EXPECT_THAT(agent.unacknowledged(), ElementsAre("t1")) << "the client does not have it yet";
  EXPECT_THAT(CollectIds(), ElementsAre("t1"));
  EXPECT_THAT(CollectIds(), ElementsAre("t1")) << "repeated until it is acknowledged";
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(agent.unacknowledged(), ElementsAre("t1"));

  EXPECT_THAT(CollectIds({"t1"}), IsEmpty());
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(agent.unacknowledged(), IsEmpty());
  EXPECT_EQ(StatusOfDevice("box-1").completed(), 1);
}

TEST_F(TrackerTest, RepeatedResultsCountOnce) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_TRUE(Submit({"t1"}).ok());
  ASSERT_TRUE(agent.Sync().ok());
  agent.Finish();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(agent.Sync().ok());
  EXPECT_EQ(StatusOfDevice("box-1").completed(), 1);
  EXPECT_THAT(CollectIds({}), ElementsAre("t1"));
  EXPECT_THAT(CollectIds({"t1"}), IsEmpty());
}

TEST_F(TrackerTest, SubmissionIsIdempotent) {
  ASSERT_TRUE(Submit({"t1"}).ok());
  ASSERT_TRUE(Submit({"t1"}).ok());
  FakeAgent agent(tracker_, "box-1");
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(agent.held(), ElementsAre("t1"));
  ASSERT_TRUE(Submit({"t1"}).ok());
  agent.Finish();
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(agent.held(), IsEmpty());
  EXPECT_THAT(CollectIds(), ElementsAre("t1"));
}

TEST_F(TrackerTest, AMissingArtifactIsNamed) {
  v1::SubmitTrialsRequest request;
  request.set_client_id("tuner");
  v1::MeasureTask& task = *request.add_trials()->mutable_task();
  task.set_trial_id("t1");
  task.set_artifact_hash(ContentHash("kernel"));
  task.mutable_options()->set_protocol_version(kMeasureProtocolVersion);
  task.set_reference_hash(ContentHash("not uploaded"));
  const absl::Status status = tracker_.Submit(request);
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr(ContentHash("not uploaded")));
}

TEST_F(TrackerTest, AFullQueueRefuses) {
  TrackerOptions options;
  options.max_waiting = 2;
  Tracker small(clock_, options);
  ASSERT_TRUE(small.artifacts().Put(ContentHash("kernel"), "kernel").ok());
  v1::SubmitTrialsRequest request;
  request.set_client_id("tuner");
  for (const char* id : {"t1", "t2", "t3"}) {
    v1::MeasureTask& task = *request.add_trials()->mutable_task();
    task.set_trial_id(id);
    task.set_artifact_hash(ContentHash("kernel"));
    task.mutable_options()->set_protocol_version(kMeasureProtocolVersion);
    task.set_reference_hash(ContentHash("kernel"));
  }
  EXPECT_TRUE(absl::IsResourceExhausted(small.Submit(request)));
}

TEST_F(TrackerTest, ASilentAgentsWorkGoesToAnother) {
  FakeAgent first(tracker_, "box-1");
  ASSERT_TRUE(Submit({"t1", "t2"}).ok());
  ASSERT_TRUE(first.Sync().ok());
  EXPECT_THAT(first.held(), ElementsAre("t1", "t2"));
  FakeAgent second(tracker_, "box-2");
  clock_.Advance(absl::Seconds(9));
  ASSERT_TRUE(second.Sync().ok());
  EXPECT_THAT(second.held(), IsEmpty());
  clock_.Advance(absl::Seconds(2));
  ASSERT_TRUE(second.Sync().ok());
  EXPECT_THAT(second.held(), ElementsAre("t1", "t2"));
  EXPECT_EQ(StatusOfDevice("box-1").state(), v1::DEVICE_STATE_OFFLINE);

  // The first one was only slow: its result comes under a stale token.
  first.Finish();
  ASSERT_TRUE(first.Sync().ok());
  EXPECT_THAT(first.unacknowledged(), IsEmpty()) << "void results are acknowledged";
  EXPECT_THAT(first.held(), IsEmpty()) << "and what it still holds is cancelled";
  EXPECT_THAT(CollectIds(), IsEmpty());
  second.Finish();
  ASSERT_TRUE(second.Sync().ok());
  EXPECT_THAT(CollectIds(), ElementsAre("t1"));
}

TEST_F(TrackerTest, EverySyncRenewsTheLeases) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_TRUE(Submit({"t1"}).ok());
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(agent.Sync().ok());
    clock_.Advance(absl::Seconds(9));
  }
  agent.Finish();
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(CollectIds(), ElementsAre("t1"));
}

TEST_F(TrackerTest, ARestartedAgentStartsWithNothing) {
  FakeAgent before(tracker_, "box-1", "s1");
  ASSERT_TRUE(Submit({"t1", "t2"}).ok());
  ASSERT_TRUE(before.Sync().ok());
  const int64_t old_token = before.assignments()[0].lease().fencing_token();
  FakeAgent after(tracker_, "box-1", "s2");
  ASSERT_TRUE(after.Sync().ok());
  EXPECT_THAT(after.held(), ElementsAre("t1", "t2"));
  EXPECT_GT(after.assignments()[0].lease().fencing_token(), old_token);
  EXPECT_TRUE(absl::IsFailedPrecondition(before.Sync()));
}

TEST_F(TrackerTest, ThreeLostDevicesGiveATrialUp) {
  ASSERT_TRUE(Submit({"t1"}).ok());
  for (int i = 1; i <= 3; ++i) {
    FakeAgent agent(tracker_, "box-1", "s" + std::to_string(i));
    ASSERT_TRUE(agent.Sync().ok());
    EXPECT_THAT(agent.held(), ElementsAre("t1"));
  }
  FakeAgent last(tracker_, "box-1", "s4");
  ASSERT_TRUE(last.Sync().ok());
  EXPECT_THAT(last.held(), IsEmpty());
  const std::vector<v1::MeasureResult> results = Collect();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].outcome().kind(), v1::OUTCOME_KIND_DEVICE_LOST);
  EXPECT_THAT(results[0].outcome().message(), HasSubstr("3 attempts"));
}

TEST_F(TrackerTest, OnlyTheTrialAtHandIsBlamed) {
  ASSERT_TRUE(Submit({"t1", "t2"}).ok());
  for (int i = 1; i <= 3; ++i) {
    FakeAgent agent(tracker_, "box-1", "s" + std::to_string(i));
    ASSERT_TRUE(agent.Sync().ok());
  }
  FakeAgent last(tracker_, "box-1", "s4");
  ASSERT_TRUE(last.Sync().ok());
  EXPECT_THAT(last.held(), ElementsAre("t2")) << "it never came to its turn";
  EXPECT_THAT(CollectIds(), ElementsAre("t1"));
}

TEST_F(TrackerTest, InfrastructureFailuresAreRetriedElsewhereFirst) {
  FakeAgent first(tracker_, "box-1");
  ASSERT_TRUE(Submit({"t1"}).ok());
  ASSERT_TRUE(first.Sync().ok());
  FakeAgent second(tracker_, "box-2");
  ASSERT_TRUE(second.Sync().ok());
  first.Finish(v1::OUTCOME_KIND_THROTTLED);
  ASSERT_TRUE(first.Sync().ok());
  EXPECT_THAT(first.held(), IsEmpty());
  EXPECT_THAT(first.unacknowledged(), IsEmpty());
  EXPECT_THAT(CollectIds(), IsEmpty());
  ASSERT_TRUE(second.Sync().ok());
  EXPECT_THAT(second.held(), ElementsAre("t1"));
}

TEST_F(TrackerTest, AFailingCandidateIsNotRetried) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_TRUE(Submit({"t1"}).ok());
  ASSERT_TRUE(agent.Sync().ok());
  agent.Finish(v1::OUTCOME_KIND_CRASHED);
  ASSERT_TRUE(agent.Sync().ok());
  const std::vector<v1::MeasureResult> results = Collect();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].outcome().kind(), v1::OUTCOME_KIND_CRASHED);
  EXPECT_EQ(StatusOfDevice("box-1").health(), v1::DEVICE_HEALTH_GOOD);
}

TEST_F(TrackerTest, ThreeFailuresQuarantineTheDeviceAndFreeItsWork) {
  FakeAgent bad(tracker_, "box-1", "s1", 4);
  FakeAgent good(tracker_, "box-2", "s1", 9);
  ASSERT_TRUE(good.Sync().ok());
  ASSERT_TRUE(Submit({"t1", "t2", "t3", "t4"}).ok());
  ASSERT_TRUE(bad.Sync().ok());
  ASSERT_EQ(bad.held().size(), 4u);
  for (int i = 0; i < 3; ++i) {
    bad.Finish(v1::OUTCOME_KIND_THROTTLED);
    ASSERT_TRUE(bad.Sync().ok());
  }
  const v1::DeviceStatus status = StatusOfDevice("box-1");
  EXPECT_EQ(status.health(), v1::DEVICE_HEALTH_COOLING);
  EXPECT_THAT(status.health_reason(), HasSubstr("3 failures in a row, the last: throttled"));
  EXPECT_EQ(status.next_check_in_us(), 10'000'000);
  EXPECT_EQ(status.health_since_unix_us(), absl::ToUnixMicros(clock_.Now()));
  EXPECT_THAT(bad.held(), IsEmpty());
  ASSERT_TRUE(good.Sync().ok());
  EXPECT_THAT(good.held(), ElementsAre("t1", "t2", "t3", "t4"));
  ASSERT_TRUE(Submit({"t5"}).ok());
  ASSERT_TRUE(bad.Sync().ok());
  EXPECT_THAT(bad.held(), IsEmpty());
}

// Nobody restarts anything: it rests, is checked, gets one trial, and is as before.
TEST_F(TrackerTest, AHotBoardCoolsDownAndComesBack) {
  FakeAgent board(tracker_, "box-1", "s1", 4);
  ASSERT_TRUE(Submit({"t1", "t2", "t3", "t4"}).ok());
  ASSERT_TRUE(board.Sync().ok());
  ThrottleThreeTimes(board);
  ASSERT_TRUE(board.Sync().ok());
  EXPECT_EQ(board.last().health_check_id(), 0) << "it needs time without load first";
  clock_.Advance(absl::Seconds(9));
  ASSERT_TRUE(board.Sync().ok());
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(board.Sync().ok());
  ASSERT_NE(board.last().health_check_id(), 0);
  EXPECT_THAT(board.held(), IsEmpty());
  board.Check(v1::OUTCOME_KIND_THROTTLED);
  ASSERT_TRUE(board.Sync().ok());
  EXPECT_EQ(StatusOfDevice("box-1").next_check_in_us(), 20'000'000) << "still hot: twice the time";
  for (int i = 0; i < 4; ++i) {
    clock_.Advance(absl::Seconds(5));
    ASSERT_TRUE(board.Sync().ok());
  }
  ASSERT_NE(board.last().health_check_id(), 0);
  board.Check(v1::OUTCOME_KIND_OK);
  ASSERT_TRUE(board.Sync().ok());
  EXPECT_EQ(board.held().size(), 1u) << "one at a time until one succeeds";
  board.Finish();
  ASSERT_TRUE(board.Sync().ok());
  EXPECT_EQ(StatusOfDevice("box-1").health(), v1::DEVICE_HEALTH_GOOD);
  EXPECT_GT(board.held().size(), 1u);
}

TEST_F(TrackerTest, AnOperatorReleasesABoard) {
  v1::ReleaseDeviceRequest request;
  request.set_device_id("box-1");
  EXPECT_TRUE(absl::IsNotFound(tracker_.ReleaseDevice(request).status()));
  FakeAgent board(tracker_, "box-1", "s1", 4);
  ASSERT_TRUE(Submit({"t1", "t2", "t3", "t4"}).ok());
  ASSERT_TRUE(board.Sync().ok());
  EXPECT_THAT(tracker_.ReleaseDevice(request)->message(), HasSubstr("nothing to release"));
  ThrottleThreeTimes(board);
  EXPECT_THAT(tracker_.ReleaseDevice(request)->message(), HasSubstr("is checked now"));
  ASSERT_TRUE(board.Sync().ok());
  ASSERT_NE(board.last().health_check_id(), 0);
  board.Check(v1::OUTCOME_KIND_OK);
  ASSERT_TRUE(board.Sync().ok());
  EXPECT_EQ(board.held().size(), 1u);
}

TEST_F(TrackerTest, AnUnfitAgentHandsItsWorkBack) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_TRUE(Submit({"t1", "t2"}).ok());
  ASSERT_TRUE(agent.Sync().ok());
  agent.request().set_unfit_reason("the runner does not end");
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(agent.held(), IsEmpty());
  EXPECT_EQ(StatusOfDevice("box-1").health(), v1::DEVICE_HEALTH_UNFIT);
  EXPECT_EQ(StatusOfDevice("box-1").health_reason(), "the runner does not end");
  FakeAgent other(tracker_, "box-2");
  ASSERT_TRUE(other.Sync().ok());
  EXPECT_THAT(other.held(), ElementsAre("t1", "t2"));
  agent.request().clear_unfit_reason();
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_NE(agent.last().health_check_id(), 0);
}

// Its agent calls and calls, so its lease never ends.
TEST_F(TrackerTest, ADeviceThatComesToNoEndLosesTheTrial) {
  FakeAgent stuck(tracker_, "box-1", "s1", 1);
  ASSERT_TRUE(Submit({"t1"}).ok());
  ASSERT_TRUE(stuck.Sync().ok());
  ASSERT_THAT(stuck.held(), ElementsAre("t1"));
  FakeAgent other(tracker_, "box-2", "s1", 1);
  const absl::Duration deadline = HoldDeadline(stuck.assignments()[0].task());
  for (absl::Duration held; held < deadline + absl::Seconds(10); held += absl::Seconds(5)) {
    ASSERT_TRUE(stuck.Sync().ok());
    clock_.Advance(absl::Seconds(5));
  }
  EXPECT_THAT(stuck.held(), IsEmpty()) << "it is told to stop";
  EXPECT_EQ(StatusOfDevice("box-1").health(), v1::DEVICE_HEALTH_SUSPECT);
  EXPECT_THAT(StatusOfDevice("box-1").health_reason(), HasSubstr("hold deadline"));
  ASSERT_TRUE(other.Sync().ok());
  EXPECT_THAT(other.held(), ElementsAre("t1"));
}

TEST_F(TrackerTest, ADeviceThatIsSlowButGoesOnKeepsItsTrials) {
  FakeAgent agent(tracker_, "box-1", "s1", 4);
  ASSERT_TRUE(Submit({"t1", "t2", "t3", "t4"}).ok());
  ASSERT_TRUE(agent.Sync().ok());
  const absl::Duration almost = HoldDeadline(agent.assignments()[0].task()) - absl::Seconds(10);
  for (int i = 0; i < 4; ++i) {
    for (absl::Duration held; held < almost; held += absl::Seconds(5)) {
      ASSERT_TRUE(agent.Sync().ok());
      clock_.Advance(absl::Seconds(5));
      Collect();
    }
    ASSERT_EQ(agent.held().size(), static_cast<size_t>(4 - i));
    agent.Finish();
  }
  EXPECT_EQ(StatusOfDevice("box-1").health(), v1::DEVICE_HEALTH_GOOD);
}

TEST_F(TrackerTest, ATrialThatNoDeviceTakesHasAnOutcome) {
  ASSERT_TRUE(Submit({"t1"}, "tuner", 0, "box-7").ok());
  FakeAgent agent(tracker_, "box-1");
  for (int minutes = 0; minutes < 19; ++minutes) {
    clock_.Advance(absl::Minutes(1));
    EXPECT_THAT(CollectIds(), IsEmpty());
  }
  clock_.Advance(absl::Minutes(1));
  const std::vector<v1::MeasureResult> results = Collect();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].outcome().kind(), v1::OUTCOME_KIND_DEVICE_LOST);
  EXPECT_THAT(results[0].outcome().message(), HasSubstr("no-device deadline"));
}

TEST_F(TrackerTest, ATrialThatAlwaysComesLastHasAnOutcome) {
  ASSERT_TRUE(Submit({"patient"}).ok());
  FakeAgent agent(tracker_, "box-1", "s1", 1);
  absl::Duration waited;
  for (int i = 0; CollectIds().empty() && i < 1000; ++i, waited += absl::Minutes(1)) {
    ASSERT_TRUE(Submit({"urgent" + std::to_string(i)}, "other", 10).ok());
    ASSERT_TRUE(agent.Sync().ok());
    agent.Finish();
    for (int k = 0; k < 10; ++k) {
      clock_.Advance(absl::Seconds(6));
      ASSERT_TRUE(agent.Sync().ok());
      if (!agent.held().empty()) break;
    }
    for (const std::string& id : CollectIds({}, "other")) CollectIds({id}, "other");
  }
  const std::vector<v1::MeasureResult> results = Collect();
  ASSERT_EQ(results.size(), 1u);
  if (results[0].outcome().kind() != v1::OUTCOME_KIND_OK) {
    EXPECT_THAT(results[0].outcome().message(), HasSubstr("queue deadline"));
    EXPECT_GE(waited, TrackerOptions().queue_deadline - absl::Minutes(2));
  }
}

TEST_F(TrackerTest, AFailingReferenceIsTriedElsewhereAndBlamesNobody) {
  FakeAgent first(tracker_, "box-1");
  FakeAgent second(tracker_, "box-2");
  ASSERT_TRUE(second.Sync().ok());
  ASSERT_TRUE(Submit({"t1"}).ok());
  ASSERT_TRUE(first.Sync().ok());
  first.Finish(v1::OUTCOME_KIND_REFERENCE_FAILED);
  ASSERT_TRUE(first.Sync().ok());
  EXPECT_THAT(CollectIds(), IsEmpty());
  ASSERT_TRUE(second.Sync().ok());
  ASSERT_THAT(second.held(), ElementsAre("t1"));
  second.Finish(v1::OUTCOME_KIND_REFERENCE_FAILED);
  ASSERT_TRUE(second.Sync().ok());
  const std::vector<v1::MeasureResult> results = Collect();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].outcome().kind(), v1::OUTCOME_KIND_REFERENCE_FAILED);
  EXPECT_EQ(StatusOfDevice("box-1").health(), v1::DEVICE_HEALTH_GOOD);
  EXPECT_EQ(StatusOfDevice("box-2").health(), v1::DEVICE_HEALTH_GOOD);
}

// An agent's CANCELLED of a trial that is wanted: it raced with a new lease. Nobody is to blame, and it is measured.
TEST_F(TrackerTest, AWantedTrialThatCameBackCancelledIsMeasured) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_TRUE(Submit({"t1"}).ok());
  ASSERT_TRUE(agent.Sync().ok());
  agent.Finish(v1::OUTCOME_KIND_CANCELLED);
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(CollectIds(), IsEmpty());
  ASSERT_THAT(agent.held(), ElementsAre("t1"));
  EXPECT_EQ(StatusOfDevice("box-1").health(), v1::DEVICE_HEALTH_GOOD);
}

TEST_F(TrackerTest, ResultsComeInBatchesThatFitAMessage) {
  FakeAgent agent(tracker_, "box-1", "s1", 4);
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) ids.push_back("t" + std::to_string(100 + i));
  ASSERT_TRUE(Submit(ids).ok());
  for (size_t done = 0; done < ids.size(); ++done) {
    ASSERT_TRUE(agent.Sync().ok());
    agent.Finish();
    v1::Measurement& measurement = *agent.request()
                                        .mutable_results(agent.request().results_size() - 1)
                                        ->mutable_result()
                                        ->mutable_measurement();
    for (int i = 0; i < 40'000; ++i) measurement.add_samples_us(i);
  }
  ASSERT_TRUE(agent.Sync().ok());
  std::set<std::string> seen;
  std::vector<std::string> stored;
  for (int call = 0; call < 20 && seen.size() < ids.size(); ++call) {
    v1::CollectResultsRequest request;
    request.set_client_id("tuner");
    // The first batch cannot be stored: the others come to their turn all the same.
    if (call > 5) request.mutable_acknowledged_trial_ids()->Assign(stored.begin(), stored.end());
    const v1::CollectResultsResponse response = tracker_.Collect(request, kNotAbandoned);
    EXPECT_LE(response.ByteSizeLong(), kMaxBatchBytes);
    stored.clear();
    for (const v1::MeasureResult& result : response.results()) {
      seen.insert(result.trial_id());
      stored.push_back(result.trial_id());
    }
  }
  EXPECT_EQ(seen.size(), ids.size());
}

TEST_F(TrackerTest, AnotherMachineDoesNotGetTheName) {
  FakeAgent first(tracker_, "raspberrypi");
  ASSERT_TRUE(Submit({"t1"}).ok());
  ASSERT_TRUE(first.Sync().ok());
  FakeAgent second(tracker_, "raspberrypi", "s2");
  second.request().mutable_device()->set_hardware_id("another machine");
  for (int i = 0; i < 3; ++i) {
    const absl::Status refused = second.Sync();
    EXPECT_TRUE(absl::IsFailedPrecondition(refused));
    EXPECT_THAT(std::string(refused.message()), HasSubstr("--name"));
    ASSERT_TRUE(first.Sync().ok()) << "the first is not disturbed";
  }
  EXPECT_THAT(first.held(), ElementsAre("t1"));
  // Also while the first is away for a moment; a new process on it has the name again at once.
  clock_.Advance(absl::Minutes(5));
  EXPECT_TRUE(absl::IsFailedPrecondition(second.Sync()));
  FakeAgent restarted(tracker_, "raspberrypi", "s3");
  ASSERT_TRUE(restarted.Sync().ok());
  // A machine that is gone for good is released, or forgotten after an hour.
  clock_.Advance(absl::Minutes(5));
  v1::ReleaseDeviceRequest request;
  request.set_device_id("raspberrypi");
  EXPECT_THAT(tracker_.ReleaseDevice(request)->message(), HasSubstr("its name is free"));
  EXPECT_TRUE(second.Sync().ok());
}

// Two containers of one board that were given one name.
TEST_F(TrackerTest, TwoAgentsOfOneMachineDoNotTakeTheNameInTurns) {
  FakeAgent first(tracker_, "box-1", "s1");
  ASSERT_TRUE(first.Sync().ok());
  FakeAgent second(tracker_, "box-1", "s2");
  ASSERT_TRUE(second.Sync().ok()) << "it may be the first one's successor";
  const absl::Status refused = first.Sync();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("--name"));
  for (int i = 0; i < 5; ++i) {  // its supervisor starts the first one again and again
    FakeAgent again(tracker_, "box-1", "s1-" + std::to_string(i));
    EXPECT_TRUE(absl::IsFailedPrecondition(again.Sync()));
    EXPECT_TRUE(second.Sync().ok());
  }
  clock_.Advance(absl::Seconds(11));  // the second is gone
  FakeAgent third(tracker_, "box-1", "s3");
  EXPECT_TRUE(third.Sync().ok());
}

TEST_F(TrackerTest, AnAgentOfAnotherReleaseIsToldWhatToInstall) {
  FakeAgent agent(tracker_, "box-1");
  agent.request().mutable_device()->set_kernel_abi_version(kKernelAbiVersion + 1);
  agent.request().mutable_device()->set_release("9.9.9");
  absl::Status status = agent.Sync();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("9.9.9"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("install"));
  agent.request().mutable_device()->set_kernel_abi_version(kKernelAbiVersion);
  agent.request().mutable_device()->clear_measure_protocol_versions();
  status = agent.Sync();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("measures by protocol versions none"));
  // One that also speaks older versions goes with this tracker.
  agent.request().mutable_device()->add_measure_protocol_versions(kMeasureProtocolVersion + 1);
  agent.request().mutable_device()->add_measure_protocol_versions(kMeasureProtocolVersion);
  agent.request().set_protocol_version(kAgentProtocolVersion + 3);
  agent.request().set_oldest_protocol_version(kAgentProtocolVersion);
  EXPECT_TRUE(agent.Sync().ok());
}

TEST_F(TrackerTest, ATrialOfAnotherMeasuringProtocolIsRefused) {
  v1::SubmitTrialsRequest request;
  request.set_client_id("tuner");
  v1::MeasureTask& task = *request.add_trials()->mutable_task();
  task.set_trial_id("t1");
  task.mutable_options()->set_protocol_version(kMeasureProtocolVersion + 1);
  absl::Status status = tracker_.Submit(request);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("install"));
  task.mutable_options()->set_protocol_version(kMeasureProtocolVersion);
  task.mutable_options()->set_kernel_abi_version(kKernelAbiVersion + 1);
  status = tracker_.Submit(request);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("kernels of ABI version"));
}

TEST_F(TrackerTest, AnAssignmentThatWasLostIsSaidAgain) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_TRUE(Submit({"t1"}).ok());
  ASSERT_TRUE(agent.Sync().ok());
  const int64_t token = agent.assignments()[0].lease().fencing_token();
  agent.assignments().clear();  // the answer never arrived
  ASSERT_TRUE(agent.Sync().ok());
  ASSERT_THAT(agent.held(), ElementsAre("t1"));
  EXPECT_EQ(agent.assignments()[0].lease().fencing_token(), token);
}

TEST_F(TrackerTest, CancelledTrialsAreForgottenAndStopped) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_TRUE(Submit({"t1", "t2", "t3"}).ok());
  ASSERT_TRUE(Submit({"other"}, "other-tuner").ok());
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(agent.held(), ElementsAre("t1", "other"));
  v1::CancelTrialsRequest request;
  request.set_client_id("tuner");
  request.add_trial_ids("t1");
  request.add_trial_ids("other");  // not this client's
  tracker_.Cancel(request);
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(agent.held(), ElementsAre("other"));
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(agent.held(), ElementsAre("other", "t2")) << "a place is free now";
  request.clear_trial_ids();
  tracker_.Cancel(request);
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(agent.held(), ElementsAre("other"));
  EXPECT_THAT(CollectIds(), IsEmpty());
}

TEST_F(TrackerTest, ClientsShareFairlyAndPrioritiesComeFirst) {
  ASSERT_TRUE(Submit({"a1", "a2", "a3", "a4"}, "a").ok());
  ASSERT_TRUE(Submit({"b1", "b2"}, "b").ok());
  ASSERT_TRUE(Submit({"urgent"}, "a", 10).ok());
  FakeAgent agent(tracker_, "box-1", "s1", 1);
  std::vector<std::string> order;
  for (int i = 0; i < 7; ++i) {
    ASSERT_TRUE(agent.Sync().ok());
    ASSERT_EQ(agent.held().size(), 1u);
    order.push_back(agent.held()[0]);
    agent.Finish();
  }
  EXPECT_THAT(order, ElementsAre("urgent", "b1", "a1", "b2", "a2", "a3", "a4"));
}

TEST_F(TrackerTest, ADeviceQueueIsShort) {
  ASSERT_TRUE(Submit({"t1", "t2", "t3", "t4", "t5", "t6"}).ok());
  FakeAgent greedy(tracker_, "box-1", "s1", 100);
  ASSERT_TRUE(greedy.Sync().ok());
  EXPECT_EQ(greedy.held().size(), 4u);
}

TEST_F(TrackerTest, ALeavingAgentHandsItsWorkBackAtOnce) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_TRUE(Submit({"t1", "t2"}).ok());
  ASSERT_TRUE(agent.Sync().ok());
  agent.Finish();
  agent.assignments().clear();
  agent.request().set_leaving(true);
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(agent.held(), IsEmpty());
  EXPECT_EQ(StatusOfDevice("box-1").state(), v1::DEVICE_STATE_OFFLINE);
  EXPECT_THAT(CollectIds(), ElementsAre("t1")) << "what it had done counts";
  FakeAgent other(tracker_, "box-2");
  ASSERT_TRUE(other.Sync().ok());
  EXPECT_THAT(other.held(), ElementsAre("t2"));
}

TEST_F(TrackerTest, AnotherProtocolVersionIsRefused) {
  FakeAgent agent(tracker_, "box-1");
  agent.request().set_protocol_version(kAgentProtocolVersion + 1);
  const absl::Status status = agent.Sync();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::to_string(kAgentProtocolVersion + 1)));
}

TEST_F(TrackerTest, ATunerThatRestartsTakesItsTrialsOver) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_TRUE(Submit({"t1"}, "tuner-before").ok());
  ASSERT_TRUE(agent.Sync().ok());
  agent.Finish();
  ASSERT_TRUE(agent.Sync().ok());
  ASSERT_TRUE(Submit({"t1"}, "tuner-after").ok());
  EXPECT_THAT(CollectIds({}, "tuner-before"), IsEmpty());
  EXPECT_THAT(CollectIds({}, "tuner-after"), ElementsAre("t1"));
}

TEST_F(TrackerTest, ASilentClientsTrialsAreDropped) {
  ASSERT_TRUE(Submit({"t1", "t2", "t3"}).ok());
  FakeAgent agent(tracker_, "box-1");
  ASSERT_TRUE(agent.Sync().ok());
  for (int i = 0; i < 100; ++i) {
    clock_.Advance(absl::Seconds(9));
    ASSERT_TRUE(agent.Sync().ok());
  }
  EXPECT_THAT(agent.held(), IsEmpty());
}

TEST_F(TrackerTest, ATrackerThatRestartsVoidsOldResults) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_TRUE(Submit({"t1"}).ok());
  ASSERT_TRUE(agent.Sync().ok());
  const int64_t old_token = agent.assignments()[0].lease().fencing_token();
  clock_.Advance(absl::Seconds(1));
  Tracker next(clock_);
  ASSERT_TRUE(next.artifacts().Put(ContentHash("kernel"), "kernel").ok());
  v1::SubmitTrialsRequest submission;
  submission.set_client_id("tuner");
  v1::MeasureTask& task = *submission.add_trials()->mutable_task();
  task.set_trial_id("t1");
  task.set_artifact_hash(ContentHash("kernel"));
  task.mutable_options()->set_protocol_version(kMeasureProtocolVersion);
  task.set_reference_hash(ContentHash("kernel"));
  ASSERT_TRUE(next.Submit(submission).ok());
  FakeAgent same(next, "box-1");
  *same.request().add_results() = [&] {
    v1::LeasedResult leased;
    leased.mutable_result()->set_trial_id("t1");
    leased.mutable_result()->mutable_outcome()->set_kind(v1::OUTCOME_KIND_OK);
    leased.mutable_lease()->set_fencing_token(old_token);
    return leased;
  }();
  ASSERT_TRUE(same.Sync().ok());
  EXPECT_THAT(same.unacknowledged(), IsEmpty());
  ASSERT_THAT(same.held(), ElementsAre("t1")) << "it is measured again";
  EXPECT_GT(same.assignments()[0].lease().fencing_token(), old_token);
}

// Long polls, with the machine's clock.

TEST(TrackerLongPollTest, AnAgentHearsOfWorkAtOnce) {
  const SystemClock clock;
  Tracker tracker(clock);
  ASSERT_TRUE(tracker.artifacts().Put(ContentHash("kernel"), "kernel").ok());
  FakeAgent agent(tracker, "box-1");
  ASSERT_TRUE(agent.Sync().ok());
  agent.request().set_wait_us(3'000'000);
  const absl::Duration begin = clock.Monotonic();
  std::thread poll([&] { EXPECT_TRUE(agent.Sync().ok()); });
  v1::SubmitTrialsRequest submission;
  submission.set_client_id("tuner");
  v1::MeasureTask& task = *submission.add_trials()->mutable_task();
  task.set_trial_id("t1");
  task.set_artifact_hash(ContentHash("kernel"));
  task.mutable_options()->set_protocol_version(kMeasureProtocolVersion);
  task.set_reference_hash(ContentHash("kernel"));
  EXPECT_TRUE(tracker.Submit(submission).ok());
  poll.join();
  EXPECT_THAT(agent.held(), ElementsAre("t1"));
  EXPECT_LT(clock.Monotonic() - begin, absl::Seconds(2));
}

TEST(TrackerLongPollTest, ALaterCallEndsTheEarlierOne) {
  const SystemClock clock;
  Tracker tracker(clock);
  FakeAgent early(tracker, "box-1");
  ASSERT_TRUE(early.Sync().ok());
  early.request().set_wait_us(3'000'000);
  const absl::Duration begin = clock.Monotonic();
  std::thread poll([&] { EXPECT_TRUE(early.Sync().ok()); });
  FakeAgent late(tracker, "box-1");
  while (clock.Monotonic() - begin < absl::Milliseconds(100)) ASSERT_TRUE(late.Sync().ok());
  poll.join();
  EXPECT_LT(clock.Monotonic() - begin, absl::Seconds(2));
}

// Agents that work, agents that die, clients that submit and collect, all at once and without a network between them:
// every trial counts exactly once.
TEST(TrackerStressTest, EveryTrialCountsOnce) {
  constexpr int kTrials = 200;
  const SystemClock clock;
  TrackerOptions options;
  options.max_attempts = 1000;
  Tracker tracker(clock, options);
  ASSERT_TRUE(tracker.artifacts().Put(ContentHash("kernel"), "kernel").ok());
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int a = 0; a < 4; ++a) {
    threads.emplace_back([&tracker, &done, a] {
      for (int session = 0; !done; ++session) {  // a new session: the agent died and was started again
        FakeAgent agent(tracker, "box-" + std::to_string(a), std::to_string(session));
        for (int i = 0; i < 50 && !done; ++i) {
          agent.request().set_wait_us(1000);
          ASSERT_TRUE(agent.Sync().ok());
          if (!agent.held().empty())
            agent.Finish(i % 7 == 6 ? v1::OUTCOME_KIND_CRASHED : v1::OUTCOME_KIND_OK);
        }
      }
    });
  }
  const auto run_client = [&tracker](const std::string& client) {
    v1::SubmitTrialsRequest submission;
    submission.set_client_id(client);
    for (int i = 0; i < kTrials; ++i) {
      v1::MeasureTask& task = *submission.add_trials()->mutable_task();
      task.set_trial_id(client + std::to_string(i));
      task.set_artifact_hash(ContentHash("kernel"));
      task.mutable_options()->set_protocol_version(kMeasureProtocolVersion);
      task.set_reference_hash(ContentHash("kernel"));
    }
    ASSERT_TRUE(tracker.Submit(submission).ok());
    std::set<std::string> counted;
    v1::CollectResultsRequest request;
    request.set_client_id(client);
    request.set_wait_us(100'000);
    while (counted.size() < kTrials) {
      const v1::CollectResultsResponse response = tracker.Collect(request, kNotAbandoned);
      request.clear_acknowledged_trial_ids();
      for (const v1::MeasureResult& result : response.results()) {
        EXPECT_TRUE(counted.insert(result.trial_id()).second) << result.trial_id();
        request.add_acknowledged_trial_ids(result.trial_id());
      }
    }
  };
  std::thread other([&run_client] { run_client("other"); });
  run_client("tuner");
  other.join();
  done = true;
  for (std::thread& thread : threads) thread.join();
}

TEST(TrackerLongPollTest, ShutdownEndsEveryWait) {
  const SystemClock clock;
  Tracker tracker(clock);
  FakeAgent agent(tracker, "box-1");
  agent.request().set_wait_us(60'000'000);
  const absl::Duration begin = clock.Monotonic();
  std::thread poll([&] { EXPECT_TRUE(agent.Sync().ok()); });
  std::thread collect([&] {
    v1::CollectResultsRequest request;
    request.set_client_id("tuner");
    request.set_wait_us(60'000'000);
    EXPECT_EQ(tracker.Collect(request, kNotAbandoned).results_size(), 0);
  });
  tracker.Shutdown();
  poll.join();
  collect.join();
  EXPECT_LT(clock.Monotonic() - begin, absl::Seconds(2));
}

class ClientLeaseTest : public TrackerTest {
 protected:
  ClientLeaseTest() : TrackerTest(TrackerOptions()) {}
};

TEST_F(ClientLeaseTest, AVanishedClientsTrialsLeaveTheBoardsSoonAndItsResultsStay) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_TRUE(agent.Sync().ok());
  ASSERT_TRUE(Submit({"t1", "t2", "t3", "t4"}, "dead").ok());
  ASSERT_TRUE(agent.Sync().ok());
  agent.Finish();
  ASSERT_TRUE(agent.Sync().ok());
  for (int i = 0; i < 4; ++i) {
    clock_.Advance(absl::Seconds(9));
    ASSERT_TRUE(agent.Sync().ok());
  }
  EXPECT_THAT(agent.held(), IsEmpty()) << "nobody waits for these any more";
  ASSERT_TRUE(Submit({"t9"}, "alive").ok());
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(agent.held(), ElementsAre("t9"));
  // It was only suspended: it finds its result, and is told to submit again, once.
  v1::CollectResultsRequest request;
  request.set_client_id("dead");
  v1::CollectResultsResponse response = tracker_.Collect(request, kNotAbandoned);
  EXPECT_EQ(response.results_size(), 1);
  EXPECT_TRUE(response.submit_again());
  response = tracker_.Collect(request, kNotAbandoned);
  EXPECT_FALSE(response.submit_again());
}

TEST_F(ClientLeaseTest, AClientThatIsNotKnownIsToldToSubmitAgain) {
  v1::CollectResultsRequest request;
  request.set_client_id("before the restart");
  EXPECT_TRUE(tracker_.Collect(request, kNotAbandoned).submit_again());
  ASSERT_TRUE(Submit({"t1"}, "new").ok());
  request.set_client_id("new");
  EXPECT_FALSE(tracker_.Collect(request, kNotAbandoned).submit_again());
}

// A tuner-server that was restarted takes its job up under a new client id.
TEST_F(ClientLeaseTest, AJobsTrialsCanBeDroppedWhoeverSubmittedThem) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_TRUE(agent.Sync().ok());
  ASSERT_TRUE(Submit({"a1", "b1", "c1"}, "dead", 0, "", "job1").ok());
  ASSERT_TRUE(Submit({"a10"}, "dead", 0, "", "job10").ok());
  ASSERT_TRUE(agent.Sync().ok());
  agent.Finish();
  ASSERT_TRUE(agent.Sync().ok());
  v1::CancelTrialsRequest cancel;
  cancel.set_client_id("restarted");
  cancel.add_job_ids("job1");
  tracker_.Cancel(cancel);
  ASSERT_TRUE(agent.Sync().ok());
  ASSERT_TRUE(agent.Sync().ok());
  EXPECT_THAT(agent.held(), ElementsAre("a10"));
  // A finished one is found by whoever submits it again.
  ASSERT_TRUE(Submit({"a1"}, "restarted", 0, "", "job1").ok());
  EXPECT_THAT(CollectIds({}, "restarted"), ElementsAre("a1"));
}

}  // namespace
}  // namespace diapason::tracker
