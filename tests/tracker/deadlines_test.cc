// Tests that nothing waits for ever: trials that are held or queued for too long, and clients that are
// gone.
#include "tracker/deadlines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/domain/trial_deadlines.h"
#include "tests/testing/status_matchers.h"
#include "tests/tracker/tracker_fixture.h"

namespace diapason::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The device's agent calls all the time, so its lease never ends.
TEST_F(TrackerTest, ADeviceThatNeverFinishesLosesTheTrial) {
  FakeAgent stuck(tracker_, "box-1", "s1", 1);
  ASSERT_THAT(Submit({"t1"}), IsOk());
  ASSERT_THAT(stuck.Sync(), IsOk());
  ASSERT_THAT(stuck.held(), ElementsAre("t1"));
  FakeAgent other(tracker_, "box-2", "s1", 1);
  const absl::Duration deadline = HoldDeadline(stuck.assignments()[0].request());
  for (absl::Duration held; held < deadline + absl::Seconds(10); held += absl::Seconds(5)) {
    ASSERT_THAT(stuck.Sync(), IsOk());
    clock_.Advance(absl::Seconds(5));
  }
  EXPECT_THAT(stuck.held(), IsEmpty()) << "its agent is told to stop";
  EXPECT_EQ(StatusOfDevice("box-1").health(), v1::DEVICE_HEALTH_SUSPECT);
  EXPECT_THAT(StatusOfDevice("box-1").health_reason(), HasSubstr("hold deadline"));
  ASSERT_THAT(other.Sync(), IsOk());
  EXPECT_THAT(other.held(), ElementsAre("t1"));
}

TEST_F(TrackerTest, ADeviceThatIsSlowButGoesOnKeepsItsTrials) {
  FakeAgent agent(tracker_, "box-1", "s1", 4);
  ASSERT_THAT(Submit({"t1", "t2", "t3", "t4"}), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  const absl::Duration almost = HoldDeadline(agent.assignments()[0].request()) - absl::Seconds(10);
  for (int i = 0; i < 4; ++i) {
    for (absl::Duration held; held < almost; held += absl::Seconds(5)) {
      ASSERT_THAT(agent.Sync(), IsOk());
      clock_.Advance(absl::Seconds(5));
      Collect();
    }
    ASSERT_EQ(agent.held().size(), static_cast<size_t>(4 - i));
    agent.Finish();
  }
  EXPECT_EQ(StatusOfDevice("box-1").health(), v1::DEVICE_HEALTH_GOOD);
}

TEST_F(TrackerTest, ATrialThatNoDeviceTakesHasAnOutcome) {
  ASSERT_THAT(Submit({"t1"}, "tuner", 0, "box-7"), IsOk());
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

TEST_F(TrackerTest, ATrialThatAlwaysWaitsHasAnOutcome) {
  ASSERT_THAT(Submit({"patient"}), IsOk());
  FakeAgent agent(tracker_, "box-1", "s1", 1);
  absl::Duration waited;
  for (int i = 0; CollectIds().empty() && i < 1000; ++i, waited += absl::Minutes(1)) {
    ASSERT_THAT(Submit({"urgent" + std::to_string(i)}, "other", 10), IsOk());
    ASSERT_THAT(agent.Sync(), IsOk());
    agent.Finish();
    for (int k = 0; k < 10; ++k) {
      clock_.Advance(absl::Seconds(6));
      ASSERT_THAT(agent.Sync(), IsOk());
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

TEST_F(TrackerTest, ASilentClientsTrialsAreDropped) {
  ASSERT_THAT(Submit({"t1", "t2", "t3"}), IsOk());
  FakeAgent agent(tracker_, "box-1");
  ASSERT_THAT(agent.Sync(), IsOk());
  for (int i = 0; i < 100; ++i) {
    clock_.Advance(absl::Seconds(9));
    ASSERT_THAT(agent.Sync(), IsOk());
  }
  EXPECT_THAT(agent.held(), IsEmpty());
}

class ClientLeaseTest : public TrackerTest {
 protected:
  ClientLeaseTest() : TrackerTest(TrackerOptions()) {}
};

TEST_F(ClientLeaseTest, AVanishedClientsTrialsLeaveTheBoardsSoonAndItsResultsStay) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_THAT(agent.Sync(), IsOk());
  ASSERT_THAT(Submit({"t1", "t2", "t3", "t4"}, "dead"), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  agent.Finish();
  ASSERT_THAT(agent.Sync(), IsOk());
  for (int i = 0; i < 4; ++i) {
    clock_.Advance(absl::Seconds(9));
    ASSERT_THAT(agent.Sync(), IsOk());
  }
  EXPECT_THAT(agent.held(), IsEmpty()) << "no client waits for these trials any more";
  ASSERT_THAT(Submit({"t9"}, "alive"), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(agent.held(), ElementsAre("t9"));
  // The client was only suspended. It gets its result, and is told once to submit the others again.
  v1::CollectResultsRequest request;
  request.set_client_id("dead");
  v1::CollectResultsResponse response = *tracker_.Collect(request, kNotCancelled);
  EXPECT_EQ(response.results_size(), 1);
  EXPECT_TRUE(response.submit_again());
  response = *tracker_.Collect(request, kNotCancelled);
  EXPECT_FALSE(response.submit_again());
}

TEST_F(ClientLeaseTest, AClientThatIsNotKnownIsToldToSubmitAgain) {
  v1::CollectResultsRequest request;
  request.set_client_id("before the restart");
  EXPECT_TRUE(tracker_.Collect(request, kNotCancelled)->submit_again());
  ASSERT_THAT(Submit({"t1"}, "new"), IsOk());
  request.set_client_id("new");
  EXPECT_FALSE(tracker_.Collect(request, kNotCancelled)->submit_again());
}

// A tuner-server that was restarted continues its job under a new client id.
TEST_F(ClientLeaseTest, AJobsTrialsCanBeDroppedWhoeverSubmittedThem) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_THAT(agent.Sync(), IsOk());
  ASSERT_THAT(Submit({"a1", "b1", "c1"}, "dead", 0, "", "job1"), IsOk());
  ASSERT_THAT(Submit({"a10"}, "dead", 0, "", "job10"), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  agent.Finish();
  ASSERT_THAT(agent.Sync(), IsOk());
  v1::CancelTrialsRequest cancel;
  cancel.set_client_id("restarted");
  cancel.add_job_ids("job1");
  ASSERT_THAT(tracker_.Cancel(cancel), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(agent.held(), ElementsAre("a10"));
  // A client that submits a finished trial again gets its result.
  ASSERT_THAT(Submit({"a1"}, "restarted", 0, "", "job1"), IsOk());
  EXPECT_THAT(CollectIds({}, "restarted"), ElementsAre("a1"));
}

}  // namespace
}  // namespace diapason::tracker
