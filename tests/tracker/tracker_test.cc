// Tests how a trial passes through the tracker. The test moves the clock and plays the agents and the
// clients.
#include "tracker/tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "proto/base/content_hash.h"
#include "proto/domain/message_limits.h"
#include "proto/domain/protocol_version.h"
#include "tests/testing/status_matchers.h"
#include "tests/tracker/tracker_fixture.h"

namespace diapason::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(TrackerTest, ATrialsWholeLife) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_THAT(agent.Sync(), IsOk());
  ASSERT_THAT(Submit({"t1", "t2", "t3"}), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(agent.held(), ElementsAre("t1", "t2"));
  EXPECT_EQ(StatusOfDevice("box-1").queued(), 2);

  agent.Finish();
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(agent.held(), ElementsAre("t2", "t3"));
  EXPECT_THAT(agent.unacknowledged(), ElementsAre("t1")) << "the client has not acknowledged it yet";
  EXPECT_THAT(CollectIds(), ElementsAre("t1"));
  EXPECT_THAT(CollectIds(), ElementsAre("t1")) << "it is repeated until it is acknowledged";
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(agent.unacknowledged(), ElementsAre("t1"));

  EXPECT_THAT(CollectIds({"t1"}), IsEmpty());
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(agent.unacknowledged(), IsEmpty());
  EXPECT_EQ(StatusOfDevice("box-1").completed(), 1);
}

TEST_F(TrackerTest, RepeatedResultsCountOnce) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_THAT(Submit({"t1"}), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  agent.Finish();
  for (int i = 0; i < 3; ++i) ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_EQ(StatusOfDevice("box-1").completed(), 1);
  EXPECT_THAT(CollectIds({}), ElementsAre("t1"));
  EXPECT_THAT(CollectIds({"t1"}), IsEmpty());
}

TEST_F(TrackerTest, SubmissionIsIdempotent) {
  ASSERT_THAT(Submit({"t1"}), IsOk());
  ASSERT_THAT(Submit({"t1"}), IsOk());
  FakeAgent agent(tracker_, "box-1");
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(agent.held(), ElementsAre("t1"));
  ASSERT_THAT(Submit({"t1"}), IsOk());
  agent.Finish();
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(agent.held(), IsEmpty());
  EXPECT_THAT(CollectIds(), ElementsAre("t1"));
}

TEST_F(TrackerTest, AMissingArtifactIsNamed) {
  v1::SubmitTrialsRequest request;
  request.set_client_id("tuner");
  v1::MeasureRequest& measure = *request.add_trials()->mutable_request();
  measure.set_trial_id("t1");
  measure.set_artifact_hash(ContentHash("kernel"));
  measure.mutable_options()->set_protocol_version(kMeasureProtocolVersion);
  measure.set_reference_hash(ContentHash("not uploaded"));
  const absl::Status status = tracker_.Submit(request);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, HasSubstr(ContentHash("not uploaded"))));
}

TEST_F(TrackerTest, AFullQueueRefuses) {
  TrackerOptions options;
  options.max_waiting = 2;
  Tracker small(clock_, options);
  ASSERT_THAT(small.artifacts().Put(ContentHash("kernel"), "kernel"), IsOk());
  EXPECT_THAT(small.Submit(SubmissionOf({"t1", "t2", "t3"})), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(TrackerTest, AFailingCandidateIsNotRetried) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_THAT(Submit({"t1"}), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  agent.Finish(v1::OUTCOME_KIND_CRASHED);
  ASSERT_THAT(agent.Sync(), IsOk());
  const std::vector<v1::MeasureResult> results = Collect();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].outcome().kind(), v1::OUTCOME_KIND_CRASHED);
  EXPECT_EQ(StatusOfDevice("box-1").health(), v1::DEVICE_HEALTH_GOOD);
}

TEST_F(TrackerTest, ResultsComeInBatchesThatFitAMessage) {
  FakeAgent agent(tracker_, "box-1", "s1", 4);
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) ids.push_back("t" + std::to_string(100 + i));
  ASSERT_THAT(Submit(ids), IsOk());
  for (size_t done = 0; done < ids.size(); ++done) {
    ASSERT_THAT(agent.Sync(), IsOk());
    agent.Finish();
    v1::Measurement& measurement = *agent.request()
                                        .mutable_results(agent.request().results_size() - 1)
                                        ->mutable_result()
                                        ->mutable_measurement();
    for (int i = 0; i < 40'000; ++i) measurement.add_samples_us(i);
  }
  ASSERT_THAT(agent.Sync(), IsOk());
  std::set<std::string> seen;
  std::vector<std::string> stored;
  for (int call = 0; call < 20 && seen.size() < ids.size(); ++call) {
    v1::CollectResultsRequest request;
    request.set_client_id("tuner");
    // The client cannot store the first batches. Nevertheless, the other results must be delivered.
    if (call > 5) request.mutable_acknowledged_trial_ids()->Assign(stored.begin(), stored.end());
    const v1::CollectResultsResponse response = *tracker_.Collect(request, kNotCancelled);
    EXPECT_LE(response.ByteSizeLong(), kMaxBatchBytes);
    stored.clear();
    for (const v1::MeasureResult& result : response.results()) {
      seen.insert(result.trial_id());
      stored.push_back(result.trial_id());
    }
  }
  EXPECT_EQ(seen.size(), ids.size());
}

TEST_F(TrackerTest, ATrialOfAnotherMeasuringProtocolIsRefused) {
  v1::SubmitTrialsRequest request;
  request.set_client_id("tuner");
  v1::MeasureRequest& measure = *request.add_trials()->mutable_request();
  measure.set_trial_id("t1");
  measure.mutable_options()->set_protocol_version(kMeasureProtocolVersion + 1);
  absl::Status status = tracker_.Submit(request);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("install")));
  measure.mutable_options()->set_protocol_version(kMeasureProtocolVersion);
  measure.mutable_options()->set_kernel_abi_version(kKernelAbiVersion + 1);
  status = tracker_.Submit(request);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("kernels of ABI version")));
}

TEST_F(TrackerTest, ALostAssignmentIsRepeated) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_THAT(Submit({"t1"}), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  const int64_t token = agent.assignments()[0].lease().fencing_token();
  agent.assignments().clear();  // the answer never arrived
  ASSERT_THAT(agent.Sync(), IsOk());
  ASSERT_THAT(agent.held(), ElementsAre("t1"));
  EXPECT_EQ(agent.assignments()[0].lease().fencing_token(), token);
}

TEST_F(TrackerTest, CancelledTrialsAreForgottenAndStopped) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_THAT(Submit({"t1", "t2", "t3"}), IsOk());
  ASSERT_THAT(Submit({"other"}, "other-tuner"), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(agent.held(), ElementsAre("t1", "other"));
  v1::CancelTrialsRequest request;
  request.set_client_id("tuner");
  request.add_trial_ids("t1");
  request.add_trial_ids("other");  // another client's trial
  EXPECT_THAT(tracker_.Cancel(request), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(agent.held(), ElementsAre("other"));
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(agent.held(), ElementsAre("other", "t2")) << "the device has a free place now";
  request.clear_trial_ids();
  EXPECT_THAT(tracker_.Cancel(request), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(agent.held(), ElementsAre("other"));
  EXPECT_THAT(CollectIds(), IsEmpty());
}

TEST_F(TrackerTest, ClientsShareFairlyAndPrioritiesComeFirst) {
  ASSERT_THAT(Submit({"a1", "a2", "a3", "a4"}, "a"), IsOk());
  ASSERT_THAT(Submit({"b1", "b2"}, "b"), IsOk());
  ASSERT_THAT(Submit({"urgent"}, "a", 10), IsOk());
  FakeAgent agent(tracker_, "box-1", "s1", 1);
  std::vector<std::string> order;
  for (int i = 0; i < 7; ++i) {
    ASSERT_THAT(agent.Sync(), IsOk());
    ASSERT_EQ(agent.held().size(), 1u);
    order.push_back(agent.held()[0]);
    agent.Finish();
  }
  EXPECT_THAT(order, ElementsAre("urgent", "b1", "a1", "b2", "a2", "a3", "a4"));
}

TEST_F(TrackerTest, ADeviceQueueIsShort) {
  ASSERT_THAT(Submit({"t1", "t2", "t3", "t4", "t5", "t6"}), IsOk());
  FakeAgent greedy(tracker_, "box-1", "s1", 100);
  ASSERT_THAT(greedy.Sync(), IsOk());
  EXPECT_EQ(greedy.held().size(), 4u);
}

TEST_F(TrackerTest, ATunerThatRestartsTakesItsTrialsOver) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_THAT(Submit({"t1"}, "tuner-before"), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  agent.Finish();
  ASSERT_THAT(agent.Sync(), IsOk());
  ASSERT_THAT(Submit({"t1"}, "tuner-after"), IsOk());
  EXPECT_THAT(CollectIds({}, "tuner-before"), IsEmpty());
  EXPECT_THAT(CollectIds({}, "tuner-after"), ElementsAre("t1"));
}

TEST_F(TrackerTest, ATrackerThatRestartsVoidsOldResults) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_THAT(Submit({"t1"}), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  const int64_t old_token = agent.assignments()[0].lease().fencing_token();
  clock_.Advance(absl::Seconds(1));
  Tracker next(clock_);
  ASSERT_THAT(next.artifacts().Put(ContentHash("kernel"), "kernel"), IsOk());
  ASSERT_THAT(next.Submit(SubmissionOf({"t1"})), IsOk());
  FakeAgent same(next, "box-1");
  *same.request().add_results() = [&] {
    v1::LeasedResult leased;
    leased.mutable_result()->set_trial_id("t1");
    leased.mutable_result()->mutable_outcome()->set_kind(v1::OUTCOME_KIND_OK);
    leased.mutable_lease()->set_fencing_token(old_token);
    return leased;
  }();
  ASSERT_THAT(same.Sync(), IsOk());
  EXPECT_THAT(same.unacknowledged(), IsEmpty());
  ASSERT_THAT(same.held(), ElementsAre("t1")) << "the trial is measured again";
  EXPECT_GT(same.assignments()[0].lease().fencing_token(), old_token);
}

}  // namespace
}  // namespace diapason::tracker
