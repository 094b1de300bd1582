#include "tracker/device_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace diapason::tracker {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kStart = absl::Seconds(1000);

v1::DeviceInfo Info(const std::string& id) {
  v1::DeviceInfo info;
  info.set_device_id(id);
  info.mutable_target()->set_triple("x86_64-unknown-linux-gnu");
  return info;
}

TEST(DeviceTableTest, ALaterAgentTakesTheName) {
  DeviceTable table;
  EXPECT_THAT(table.RecordHeartbeat(Info("box"), "s1", kStart), IsOkAndHolds(true));
  EXPECT_THAT(table.RecordHeartbeat(Info("box"), "s1", kStart), IsOkAndHolds(false));
  EXPECT_EQ(table.Find("box")->calls, 2);
  EXPECT_THAT(table.RecordHeartbeat(Info("box"), "s2", kStart), IsOkAndHolds(true));
  EXPECT_THAT(table.RecordHeartbeat(Info("box"), "s1", kStart),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("box")));
}

TEST(DeviceTableTest, ForgetsWhatIsLongGone) {
  DeviceTable table;
  ASSERT_THAT(table.RecordHeartbeat(Info("old"), "s1", kStart), IsOk());
  ASSERT_THAT(table.RecordHeartbeat(Info("new"), "s2", kStart + absl::Minutes(50)), IsOk());
  table.Forget(kStart + absl::Minutes(61), absl::Hours(1));
  EXPECT_EQ(table.Find("old"), nullptr);
  EXPECT_NE(table.Find("new"), nullptr);
}

TEST(BusyMeterTest, ShareOfTheLastMinute) {
  BusyMeter meter(kStart);
  EXPECT_EQ(meter.Share(kStart), 0);
  meter.Add(kStart + absl::Seconds(10), absl::Seconds(5));
  EXPECT_DOUBLE_EQ(meter.Share(kStart + absl::Seconds(10)), 0.5);
  EXPECT_DOUBLE_EQ(meter.Share(kStart + absl::Seconds(20)), 0.25);
  EXPECT_DOUBLE_EQ(meter.Share(kStart + absl::Seconds(67)), 3.0 / 60)
      << "two of the five seconds were more than a minute ago";
  EXPECT_DOUBLE_EQ(meter.Share(kStart + absl::Seconds(100)), 0);
}

TEST(BusyMeterTest, NeverMoreThanAllTheTime) {
  BusyMeter meter(kStart);
  meter.Add(kStart + absl::Seconds(1), absl::Seconds(50));  // longer than the device has been known
  meter.Add(kStart + absl::Seconds(2), absl::Seconds(50));  // reported late, so it overlaps the first one
  EXPECT_DOUBLE_EQ(meter.Share(kStart + absl::Seconds(2)), 1);
}

TEST(DeviceStatusTest, StateFollowsFromConnectionAndWork) {
  Device device(kStart);
  device.info = Info("box");
  device.last_seen = kStart;
  EXPECT_EQ(StatusOf(device, 0, kStart, absl::UnixEpoch()).state(), v1::DEVICE_STATE_OFFLINE);
  device.connected = true;
  EXPECT_EQ(StatusOf(device, 0, kStart, absl::UnixEpoch()).state(), v1::DEVICE_STATE_IDLE);
  const v1::DeviceStatus status = StatusOf(device, 3, kStart + absl::Seconds(2), absl::UnixEpoch());
  EXPECT_EQ(status.state(), v1::DEVICE_STATE_LEASED);
  EXPECT_EQ(status.queued(), 3);
  EXPECT_EQ(status.last_seen_ago_us(), 2'000'000);
}

}  // namespace
}  // namespace diapason::tracker
