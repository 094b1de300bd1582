// Tests what a failure of a device, a candidate or a reference means for the trial and for the device.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"
#include "tests/tracker/tracker_fixture.h"

namespace diapason::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(TrackerTest, InfrastructureFailuresAreRetriedElsewhereFirst) {
  FakeAgent first(tracker_, "box-1");
  ASSERT_THAT(Submit({"t1"}), IsOk());
  ASSERT_THAT(first.Sync(), IsOk());
  FakeAgent second(tracker_, "box-2");
  ASSERT_THAT(second.Sync(), IsOk());
  first.Finish(v1::OUTCOME_KIND_THROTTLED);
  ASSERT_THAT(first.Sync(), IsOk());
  EXPECT_THAT(first.held(), IsEmpty());
  EXPECT_THAT(first.unacknowledged(), IsEmpty());
  EXPECT_THAT(CollectIds(), IsEmpty());
  ASSERT_THAT(second.Sync(), IsOk());
  EXPECT_THAT(second.held(), ElementsAre("t1"));
}

TEST_F(TrackerTest, ThreeFailuresQuarantineTheDeviceAndFreeItsWork) {
  FakeAgent bad(tracker_, "box-1", "s1", 4);
  FakeAgent good(tracker_, "box-2", "s1", 9);
  ASSERT_THAT(good.Sync(), IsOk());
  ASSERT_THAT(Submit({"t1", "t2", "t3", "t4"}), IsOk());
  ASSERT_THAT(bad.Sync(), IsOk());
  ASSERT_EQ(bad.held().size(), 4u);
  for (int i = 0; i < 3; ++i) {
    bad.Finish(v1::OUTCOME_KIND_THROTTLED);
    ASSERT_THAT(bad.Sync(), IsOk());
  }
  const v1::DeviceStatus status = StatusOfDevice("box-1");
  EXPECT_EQ(status.health(), v1::DEVICE_HEALTH_COOLING);
  EXPECT_THAT(status.health_reason(), HasSubstr("3 failures in a row, the last: throttled"));
  EXPECT_EQ(status.next_check_in_us(), 10'000'000);
  EXPECT_EQ(status.health_since_unix_us(), absl::ToUnixMicros(clock_.Now()));
  EXPECT_THAT(bad.held(), IsEmpty());
  ASSERT_THAT(good.Sync(), IsOk());
  EXPECT_THAT(good.held(), ElementsAre("t1", "t2", "t3", "t4"));
  ASSERT_THAT(Submit({"t5"}), IsOk());
  ASSERT_THAT(bad.Sync(), IsOk());
  EXPECT_THAT(bad.held(), IsEmpty());
}

// The device rests, is checked, gets one trial, and is then as before. Nobody has to restart anything.
TEST_F(TrackerTest, AHotBoardCoolsDownAndComesBack) {
  FakeAgent board(tracker_, "box-1", "s1", 4);
  ASSERT_THAT(Submit({"t1", "t2", "t3", "t4"}), IsOk());
  ASSERT_THAT(board.Sync(), IsOk());
  ThrottleThreeTimes(board);
  ASSERT_THAT(board.Sync(), IsOk());
  EXPECT_EQ(board.last().health_check_id(), 0) << "the device first needs time without load";
  clock_.Advance(absl::Seconds(9));
  ASSERT_THAT(board.Sync(), IsOk());
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT(board.Sync(), IsOk());
  ASSERT_NE(board.last().health_check_id(), 0);
  EXPECT_THAT(board.held(), IsEmpty());
  board.Check(v1::OUTCOME_KIND_THROTTLED);
  ASSERT_THAT(board.Sync(), IsOk());
  EXPECT_EQ(StatusOfDevice("box-1").next_check_in_us(), 20'000'000)
      << "it is still hot, so the next rest is twice as long";
  for (int i = 0; i < 4; ++i) {
    clock_.Advance(absl::Seconds(5));
    ASSERT_THAT(board.Sync(), IsOk());
  }
  ASSERT_NE(board.last().health_check_id(), 0);
  board.Check(v1::OUTCOME_KIND_OK);
  ASSERT_THAT(board.Sync(), IsOk());
  EXPECT_EQ(board.held().size(), 1u) << "it gets one trial at a time until one succeeds";
  board.Finish();
  ASSERT_THAT(board.Sync(), IsOk());
  EXPECT_EQ(StatusOfDevice("box-1").health(), v1::DEVICE_HEALTH_GOOD);
  EXPECT_GT(board.held().size(), 1u);
}

TEST_F(TrackerTest, AnOperatorReleasesABoard) {
  v1::ReleaseDeviceRequest request;
  request.set_device_id("box-1");
  EXPECT_THAT(tracker_.ReleaseDevice(request), StatusIs(absl::StatusCode::kNotFound));
  FakeAgent board(tracker_, "box-1", "s1", 4);
  ASSERT_THAT(Submit({"t1", "t2", "t3", "t4"}), IsOk());
  ASSERT_THAT(board.Sync(), IsOk());
  EXPECT_THAT(tracker_.ReleaseDevice(request)->message(), HasSubstr("nothing to release"));
  ThrottleThreeTimes(board);
  EXPECT_THAT(tracker_.ReleaseDevice(request)->message(), HasSubstr("is checked now"));
  ASSERT_THAT(board.Sync(), IsOk());
  ASSERT_NE(board.last().health_check_id(), 0);
  board.Check(v1::OUTCOME_KIND_OK);
  ASSERT_THAT(board.Sync(), IsOk());
  EXPECT_EQ(board.held().size(), 1u);
}

TEST_F(TrackerTest, AnUnfitAgentHandsItsWorkBack) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_THAT(Submit({"t1", "t2"}), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  agent.request().set_unfit_reason("the runner does not end");
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(agent.held(), IsEmpty());
  EXPECT_EQ(StatusOfDevice("box-1").health(), v1::DEVICE_HEALTH_UNFIT);
  EXPECT_EQ(StatusOfDevice("box-1").health_reason(), "the runner does not end");
  FakeAgent other(tracker_, "box-2");
  ASSERT_THAT(other.Sync(), IsOk());
  EXPECT_THAT(other.held(), ElementsAre("t1", "t2"));
  agent.request().clear_unfit_reason();
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_NE(agent.last().health_check_id(), 0);
}

TEST_F(TrackerTest, AFailingReferenceIsTriedElsewhereAndBlamesNobody) {
  FakeAgent first(tracker_, "box-1");
  FakeAgent second(tracker_, "box-2");
  ASSERT_THAT(second.Sync(), IsOk());
  ASSERT_THAT(Submit({"t1"}), IsOk());
  ASSERT_THAT(first.Sync(), IsOk());
  first.Finish(v1::OUTCOME_KIND_REFERENCE_FAILED);
  ASSERT_THAT(first.Sync(), IsOk());
  EXPECT_THAT(CollectIds(), IsEmpty());
  ASSERT_THAT(second.Sync(), IsOk());
  ASSERT_THAT(second.held(), ElementsAre("t1"));
  second.Finish(v1::OUTCOME_KIND_REFERENCE_FAILED);
  ASSERT_THAT(second.Sync(), IsOk());
  const std::vector<v1::MeasureResult> results = Collect();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].outcome().kind(), v1::OUTCOME_KIND_REFERENCE_FAILED);
  EXPECT_EQ(StatusOfDevice("box-1").health(), v1::DEVICE_HEALTH_GOOD);
  EXPECT_EQ(StatusOfDevice("box-2").health(), v1::DEVICE_HEALTH_GOOD);
}

// The agent answers CANCELLED for a trial that is wanted, because the cancellation came at the same time
// as a new lease. Nobody is to blame, and the trial is measured.
TEST_F(TrackerTest, AWantedTrialThatCameBackCancelledIsMeasured) {
  FakeAgent agent(tracker_, "box-1");
  ASSERT_THAT(Submit({"t1"}), IsOk());
  ASSERT_THAT(agent.Sync(), IsOk());
  agent.Finish(v1::OUTCOME_KIND_CANCELLED);
  ASSERT_THAT(agent.Sync(), IsOk());
  EXPECT_THAT(CollectIds(), IsEmpty());
  ASSERT_THAT(agent.held(), ElementsAre("t1"));
  EXPECT_EQ(StatusOfDevice("box-1").health(), v1::DEVICE_HEALTH_GOOD);
}

}  // namespace
}  // namespace diapason::tracker
