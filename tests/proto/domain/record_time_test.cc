#include "proto/domain/record_time.h"

#include "gtest/gtest.h"

namespace diapason {
namespace {

v1::Measurement Measured(double median_us, double canary_us) {
  v1::Measurement measurement;
  measurement.set_median_us(median_us);
  if (canary_us > 0) measurement.add_canary_us(canary_us);
  return measurement;
}

TEST(RecordTimeTest, FailuresAndEmulatorsHaveNoTime) {
  v1::Record record;
  record.mutable_outcome()->set_kind(v1::OUTCOME_KIND_OK);
  EXPECT_EQ(RecordTimeUs(record), std::nullopt) << "the trial was not measured";
  *record.mutable_measurement() = Measured(7, 0);
  EXPECT_EQ(RecordTimeUs(record), 7);
  record.mutable_measurement()->mutable_conditions()->set_emulated(true);
  EXPECT_EQ(RecordTimeUs(record), std::nullopt);
  record.mutable_measurement()->clear_conditions();
  record.mutable_outcome()->set_kind(v1::OUTCOME_KIND_CRASHED);
  EXPECT_EQ(RecordTimeUs(record), std::nullopt);
}

TEST(RecordTimeTest, TheFastestTenthCounts) {
  v1::Measurement measurement = Measured(8, 0);
  EXPECT_EQ(CallTimeUs(measurement), 8) << "there is no quantile";
  measurement.set_p10_us(7);
  EXPECT_EQ(CallTimeUs(measurement), 7);
  EXPECT_EQ(SpeedReference().TimeUs(measurement), 7);
}

TEST(SpeedReferenceTest, TimesAreThoseAtTheSpeedOfTheFirstCanary) {
  SpeedReference speed;
  EXPECT_EQ(speed.TimeUs(Measured(50, 0)), 50) << "a time without a canary is not scaled";
  EXPECT_EQ(speed.TimeUs(Measured(100, 10)), 100);
  EXPECT_EQ(speed.TimeUs(Measured(200, 20)), 100) << "the core ran at half the speed";
  EXPECT_EQ(speed.TimeUs(Measured(50, 0)), 50);
}

}  // namespace
}  // namespace diapason
