#include "tuner/job/device_wait.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

v1::DeviceStatus Device(const std::string& id, v1::DeviceState state, v1::DeviceHealth health) {
  v1::DeviceStatus device;
  device.mutable_device()->set_device_id(id);
  device.set_target_fingerprint("target");
  device.set_state(state);
  device.set_health(health);
  device.set_last_seen_ago_us(300'000'000);
  if (health != v1::DEVICE_HEALTH_GOOD) {
    device.set_health_reason("3 failures in a row, the last: throttled: hot");
    device.set_health_since_unix_us(absl::ToUnixMicros(kNow - absl::Minutes(3)));
    device.set_next_check_in_us(40'000'000);
  }
  return device;
}

v1::DeviceSelector Named(const std::string& id) {
  v1::DeviceSelector selector;
  selector.set_device_id(id);
  return selector;
}

TEST(DeviceWaitTest, SaysWhyNoDeviceWorksAndWhenItIsCheckedAgain) {
  const std::vector<v1::DeviceStatus> devices = {
      Device("hot", v1::DEVICE_STATE_IDLE, v1::DEVICE_HEALTH_COOLING),
      Device("away", v1::DEVICE_STATE_OFFLINE, v1::DEVICE_HEALTH_GOOD),
      Device("good", v1::DEVICE_STATE_LEASED, v1::DEVICE_HEALTH_GOOD),
      Device("suspect", v1::DEVICE_STATE_IDLE, v1::DEVICE_HEALTH_SUSPECT),
  };
  EXPECT_EQ(WaitReason(devices, {}, kNow), "");
  EXPECT_EQ(WaitReason(devices, Named("suspect"), kNow), "") << "it is checked and then works again";
  EXPECT_EQ(WaitReason(devices, Named("hot"), kNow),
            "hot is cooling for 3m: 3 failures in a row, the last: throttled: hot; checked again in 40s");
  EXPECT_EQ(WaitReason(devices, Named("away"), kNow), "away is offline for 5m");
  EXPECT_EQ(WaitReason(devices, Named("unknown"), kNow), "no matching device is connected");
  EXPECT_EQ(CountConnected(devices, {}), 3);
}

TEST(DeviceWaitTest, ManyDevicesFitInOneShortLine) {
  std::vector<v1::DeviceStatus> devices;
  for (int i = 0; i < 50; ++i) {
    devices.push_back(Device("box-" + std::to_string(i), v1::DEVICE_STATE_OFFLINE, v1::DEVICE_HEALTH_GOOD));
  }
  const std::string reason = WaitReason(devices, {}, kNow);
  EXPECT_THAT(reason, HasSubstr("and 47 more"));
  EXPECT_LT(reason.size(), 200u);
}

}  // namespace
}  // namespace diapason::tuner
