#include "tracker/device_health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/domain/outcome.h"

namespace diapason::tracker {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kStart = absl::Seconds(1000);

// A device and its agent. The test moves the time.
class DeviceHealthTest : public ::testing::Test {
 protected:
  void Ends(v1::OutcomeKind kind) { health_.RecordOutcome(MakeOutcome(kind, "as told"), now_); }
  // The agent makes the check that the tracker wants.
  void Check(v1::OutcomeKind kind) {
    v1::HealthCheck check;
    check.set_id(health_.WantedCheck(now_));
    ASSERT_NE(check.id(), 0);
    *check.mutable_outcome() = MakeOutcome(kind, "as checked");
    health_.RecordAgentReport("", check, now_);
  }
  void ThrottleThreeTimes() {
    for (int i = 0; i < 3; ++i) Ends(v1::OUTCOME_KIND_THROTTLED);
  }

  absl::Duration now_ = kStart;
  DeviceHealth health_{kStart};
};

TEST_F(DeviceHealthTest, AFailureBringsACheckAndThenOneTrialAtATime) {
  EXPECT_EQ(health_.Room(4), 4);
  EXPECT_EQ(health_.WantedCheck(now_), 0);
  Ends(v1::OUTCOME_KIND_THROTTLED);
  EXPECT_EQ(health_.state(), v1::DEVICE_HEALTH_SUSPECT);
  EXPECT_TRUE(health_.usable());
  EXPECT_EQ(health_.Room(4), 0) << "the check comes first";
  Check(v1::OUTCOME_KIND_OK);
  EXPECT_EQ(health_.Room(4), 1);
  Ends(v1::OUTCOME_KIND_CRASHED);  // this is the candidate's fault, so the device works
  EXPECT_EQ(health_.state(), v1::DEVICE_HEALTH_GOOD);
  EXPECT_EQ(health_.reason(), "");
}

TEST_F(DeviceHealthTest, AHotBoardCoolsAndComesBack) {
  ThrottleThreeTimes();
  EXPECT_EQ(health_.state(), v1::DEVICE_HEALTH_COOLING);
  EXPECT_THAT(health_.reason(), HasSubstr("3 failures in a row, the last: throttled: as told"));
  EXPECT_FALSE(health_.usable());
  EXPECT_EQ(health_.WantedCheck(now_), 0);
  EXPECT_EQ(health_.UntilCheck(now_), absl::Seconds(10));
  now_ += absl::Seconds(10);
  Check(v1::OUTCOME_KIND_OK);
  EXPECT_EQ(health_.state(), v1::DEVICE_HEALTH_SUSPECT);
  EXPECT_EQ(health_.Room(4), 1);
  Ends(v1::OUTCOME_KIND_OK);
  EXPECT_EQ(health_.state(), v1::DEVICE_HEALTH_GOOD);
  ThrottleThreeTimes();
  EXPECT_EQ(health_.UntilCheck(now_), absl::Seconds(10))
      << "after a result, the back-off starts again at ten seconds";
}

TEST_F(DeviceHealthTest, TheBackOffGrowsToABound) {
  ThrottleThreeTimes();
  for (int seconds : {10, 20, 40, 80, 160, 300, 300}) {
    EXPECT_EQ(health_.UntilCheck(now_), absl::Seconds(seconds));
    now_ += absl::Seconds(seconds);
    EXPECT_EQ(health_.state(), v1::DEVICE_HEALTH_COOLING);
    Check(v1::OUTCOME_KIND_THROTTLED);
  }
  EXPECT_THAT(health_.reason(), HasSubstr("health check: as checked"));
}

TEST_F(DeviceHealthTest, AFailureAfterAPassedCheckRestsItAgain) {
  ThrottleThreeTimes();
  now_ += absl::Seconds(10);
  Check(v1::OUTCOME_KIND_OK);
  Ends(v1::OUTCOME_KIND_DEVICE_LOST);
  EXPECT_EQ(health_.state(), v1::DEVICE_HEALTH_QUARANTINED);
  EXPECT_EQ(health_.UntilCheck(now_), absl::Seconds(20));
}

TEST_F(DeviceHealthTest, AResultThatWasOnItsWayEndsNoRest) {
  ThrottleThreeTimes();
  Ends(v1::OUTCOME_KIND_OK);
  EXPECT_EQ(health_.state(), v1::DEVICE_HEALTH_COOLING);
}

TEST_F(DeviceHealthTest, NeitherCancelledNorReferenceSaysAnything) {
  for (int i = 0; i < 5; ++i) {
    Ends(v1::OUTCOME_KIND_CANCELLED);
    Ends(v1::OUTCOME_KIND_REFERENCE_FAILED);
  }
  EXPECT_EQ(health_.state(), v1::DEVICE_HEALTH_GOOD);
  Ends(v1::OUTCOME_KIND_THROTTLED);
  Ends(v1::OUTCOME_KIND_THROTTLED);
  Ends(v1::OUTCOME_KIND_CANCELLED);
  Ends(v1::OUTCOME_KIND_THROTTLED);
  EXPECT_EQ(health_.state(), v1::DEVICE_HEALTH_COOLING)
      << "three in a row, without those that say nothing about the device";
}

TEST_F(DeviceHealthTest, AnUnfitAgentGetsNothingUntilItIsFitAndChecked) {
  health_.RecordAgentReport("the runner does not end", {}, now_);
  EXPECT_EQ(health_.state(), v1::DEVICE_HEALTH_UNFIT);
  EXPECT_EQ(health_.Room(4), 0);
  now_ += absl::Hours(1);
  EXPECT_EQ(health_.WantedCheck(now_), 0);
  health_.RecordAgentReport("", {}, now_);
  EXPECT_EQ(health_.state(), v1::DEVICE_HEALTH_SUSPECT);
  Check(v1::OUTCOME_KIND_OK);
  EXPECT_EQ(health_.Room(4), 1);
}

TEST_F(DeviceHealthTest, AnOperatorReleasesIt) {
  ThrottleThreeTimes();
  health_.Release(now_);
  EXPECT_TRUE(health_.usable());
  Check(v1::OUTCOME_KIND_OK);
  EXPECT_EQ(health_.Room(4), 1);
  ThrottleThreeTimes();
  EXPECT_EQ(health_.UntilCheck(now_), absl::Seconds(10));
}

TEST_F(DeviceHealthTest, ACheckWithoutAnAnswerHasFailed) {
  Ends(v1::OUTCOME_KIND_THROTTLED);
  ASSERT_NE(health_.WantedCheck(now_), 0);
  now_ += absl::Minutes(5);
  EXPECT_EQ(health_.WantedCheck(now_), 0);
  EXPECT_EQ(health_.state(), v1::DEVICE_HEALTH_QUARANTINED);
  EXPECT_THAT(health_.reason(), HasSubstr("check deadline"));
}

TEST_F(DeviceHealthTest, AStaleReportIsIgnored) {
  Ends(v1::OUTCOME_KIND_THROTTLED);
  v1::HealthCheck old;
  old.set_id(health_.WantedCheck(now_));
  *old.mutable_outcome() = MakeOutcome(v1::OUTCOME_KIND_OK);
  Ends(v1::OUTCOME_KIND_THROTTLED);
  health_.RecordAgentReport("", old, now_);
  EXPECT_EQ(health_.Room(4), 0) << "the check was made before the second failure";
}

}  // namespace
}  // namespace diapason::tracker
