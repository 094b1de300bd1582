// Tests which agent gets a device's name, and what happens to the trials of an agent that stops calling,
// restarts, leaves or is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/domain/protocol_version.h"
#include "tests/testing/status_matchers.h"
#include "tests/tracker/tracker_fixture.h"

namespace diapason::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(TrackerTest, ASilentAgentsWorkGoesToAnother) {
  FakeAgent first(tracker_, "box-1");
  ASSERT_THAT(Submit({"t1", "t2"}), IsOk());
  ASSERT_THAT(first.Sync(), IsOk());
  EXPECT_THAT(first.held(), ElementsAre("t1", "t2"));
  FakeAgent second(tracker_, "box-2");
  clock_.Advance(absl::Seconds(9));
  ASSERT_THAT(second.Sync(), IsOk());
  EXPECT_THAT(second.held(), IsEmpty());
  clock_.Advance(absl::Seconds(2));
  ASSERT_THAT(second.Sync(), IsOk());
  EXPECT_THAT(second.held(), ElementsAre("t1", "t2"));
  EXPECT_EQ(StatusOfDevice("box-1").state(), v1::DEVICE_STATE_OFFLINE);

  // The first agent was only slow. Its result arrives with a token that is not valid any more.
  first.Finish();
  ASSERT_THAT(first.Sync(), IsOk());
  EXPECT_THAT(first.unacknowledged(), IsEmpty()) << "results that do not count are acknowledged";
  EXPECT_THAT(first.held(), IsEmpty()) << "the trials that it still holds are cancelled";
  EXPECT_THAT(CollectIds(), IsEmpty());
  second.Finish();
  ASSERT_THAT(second.Sync(), IsOk());
  EXPECT_THAT(CollectIds(), ElementsAre("t1"));
}

TEST_F(TrackerTest, EverySyncRenewsTheLeases) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_THAT(Submit({"t1"}), IsOk());
  for (int i = 0; i < 10; ++i) {
    ASSERT_THAT(agent.Sync(), IsOk());
    clock_.Advance(absl::Seconds(9));
  }
  agent.Finish();
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(CollectIds(), ElementsAre("t1"));
}

TEST_F(TrackerTest, ARestartedAgentStartsWithNothing) {
  FakeAgent before(tracker_, "box-1", "s1");
  ASSERT_THAT(Submit({"t1", "t2"}), IsOk());
  ASSERT_THAT(before.Sync(), IsOk());
  const int64_t old_token = before.assignments()[0].lease().fencing_token();
  FakeAgent after(tracker_, "box-1", "s2");
  ASSERT_THAT(after.Sync(), IsOk());
  EXPECT_THAT(after.held(), ElementsAre("t1", "t2"));
  EXPECT_GT(after.assignments()[0].lease().fencing_token(), old_token);
  EXPECT_THAT(before.Sync(), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(TrackerTest, ThreeLostDevicesGiveATrialUp) {
  ASSERT_THAT(Submit({"t1"}), IsOk());
  for (int i = 1; i <= 3; ++i) {
    FakeAgent agent(tracker_, "box-1", "s" + std::to_string(i));
    ASSERT_THAT(agent.Sync(), IsOk());
    EXPECT_THAT(agent.held(), ElementsAre("t1"));
  }
  FakeAgent last(tracker_, "box-1", "s4");
  ASSERT_THAT(last.Sync(), IsOk());
  EXPECT_THAT(last.held(), IsEmpty());
  const std::vector<v1::MeasureResult> results = Collect();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].outcome().kind(), v1::OUTCOME_KIND_DEVICE_LOST);
  EXPECT_THAT(results[0].outcome().message(), HasSubstr("3 attempts"));
}

TEST_F(TrackerTest, OnlyTheTrialBeingMeasuredIsBlamed) {
  ASSERT_THAT(Submit({"t1", "t2"}), IsOk());
  for (int i = 1; i <= 3; ++i) {
    FakeAgent agent(tracker_, "box-1", "s" + std::to_string(i));
    ASSERT_THAT(agent.Sync(), IsOk());
  }
  FakeAgent last(tracker_, "box-1", "s4");
  ASSERT_THAT(last.Sync(), IsOk());
  EXPECT_THAT(last.held(), ElementsAre("t2")) << "it was never measured";
  EXPECT_THAT(CollectIds(), ElementsAre("t1"));
}

TEST_F(TrackerTest, AnotherMachineDoesNotGetTheName) {
  FakeAgent first(tracker_, "raspberrypi");
  ASSERT_THAT(Submit({"t1"}), IsOk());
  ASSERT_THAT(first.Sync(), IsOk());
  FakeAgent second(tracker_, "raspberrypi", "s2");
  second.request().mutable_device()->set_hardware_id("another machine");
  for (int i = 0; i < 3; ++i) {
    const absl::Status refused = second.Sync();
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("--name")));
    ASSERT_THAT(first.Sync(), IsOk()) << "the first agent is not disturbed";
  }
  EXPECT_THAT(first.held(), ElementsAre("t1"));
  // This is so even while the first machine is away for a moment. A new process on it gets the name again
  // at once.
  clock_.Advance(absl::Minutes(5));
  EXPECT_THAT(second.Sync(), StatusIs(absl::StatusCode::kFailedPrecondition));
  FakeAgent restarted(tracker_, "raspberrypi", "s3");
  ASSERT_THAT(restarted.Sync(), IsOk());
  // The name of a machine that is gone for good is freed by an operator, or after an hour.
  clock_.Advance(absl::Minutes(5));
  v1::ReleaseDeviceRequest request;
  request.set_device_id("raspberrypi");
  EXPECT_THAT(tracker_.ReleaseDevice(request)->message(), HasSubstr("its name is free"));
  EXPECT_THAT(second.Sync(), IsOk());
}

// Two containers on one board were given the same name.
TEST_F(TrackerTest, TwoAgentsOfOneMachineDoNotTakeTheNameInTurns) {
  FakeAgent first(tracker_, "box-1", "s1");
  ASSERT_THAT(first.Sync(), IsOk());
  FakeAgent second(tracker_, "box-1", "s2");
  ASSERT_THAT(second.Sync(), IsOk()) << "it may have replaced the first one";
  const absl::Status refused = first.Sync();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("--name")));
  for (int i = 0; i < 5; ++i) {  // a supervisor restarts the first one repeatedly
    FakeAgent again(tracker_, "box-1", "s1-" + std::to_string(i));
    EXPECT_THAT(again.Sync(), StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(second.Sync(), IsOk());
  }
  clock_.Advance(absl::Seconds(11));  // the second agent is gone
  FakeAgent third(tracker_, "box-1", "s3");
  EXPECT_THAT(third.Sync(), IsOk());
}

TEST_F(TrackerTest, AnAgentOfAnotherReleaseIsToldWhatToInstall) {
  FakeAgent agent(tracker_, "box-1");
  agent.request().mutable_device()->set_kernel_abi_version(kKernelAbiVersion + 1);
  agent.request().mutable_device()->set_release("9.9.9");
  absl::Status status = agent.Sync();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("9.9.9")));
  EXPECT_THAT(std::string(status.message()), HasSubstr("install"));
  agent.request().mutable_device()->set_kernel_abi_version(kKernelAbiVersion);
  agent.request().mutable_device()->clear_measure_protocol_versions();
  status = agent.Sync();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("measures by protocol versions none")));
  // An agent that also knows older versions works with this tracker.
  agent.request().mutable_device()->add_measure_protocol_versions(kMeasureProtocolVersion + 1);
  agent.request().mutable_device()->add_measure_protocol_versions(kMeasureProtocolVersion);
  agent.request().set_protocol_version(kAgentProtocolVersion + 3);
  agent.request().set_oldest_protocol_version(kAgentProtocolVersion);
  EXPECT_THAT(agent.Sync(), IsOk());
}

TEST_F(TrackerTest, ALeavingAgentHandsItsWorkBackAtOnce) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_THAT(Submit({"t1", "t2"}), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  agent.Finish();
  agent.assignments().clear();
  agent.request().set_leaving(true);
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(agent.held(), IsEmpty());
  EXPECT_EQ(StatusOfDevice("box-1").state(), v1::DEVICE_STATE_OFFLINE);
  EXPECT_THAT(CollectIds(), ElementsAre("t1")) << "the result of its finished trial counts";
  FakeAgent other(tracker_, "box-2");
  ASSERT_THAT(other.Sync(), IsOk());
  EXPECT_THAT(other.held(), ElementsAre("t2"));
}

TEST_F(TrackerTest, AnotherProtocolVersionIsRefused) {
  FakeAgent agent(tracker_, "box-1");
  agent.request().set_protocol_version(kAgentProtocolVersion + 1);
  const absl::Status status = agent.Sync();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr(std::to_string(kAgentProtocolVersion + 1))));
}

}  // namespace
}  // namespace diapason::tracker
