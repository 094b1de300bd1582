#include "tuner/job/device_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proto/domain/target_fingerprint.h"
#include "tests/testing/status_matchers.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

v1::Target Arm(const std::string& cpu, const std::vector<std::string>& features, int cores = 4) {
  v1::Target target;
  target.set_name(cpu);
  target.set_triple("aarch64-unknown-linux-gnu");
  target.set_cpu(cpu);
  target.mutable_features()->Add(features.begin(), features.end());
  target.set_vector_bits(128);
  target.set_vector_registers(32);
  target.set_cores(cores);
  return target;
}

v1::DeviceStatus Board(const std::string& id, const v1::Target& target) {
  v1::DeviceStatus status;
  status.mutable_device()->set_device_id(id);
  *status.mutable_device()->mutable_target() = target;
  status.mutable_device()->mutable_target()->set_name("host");
  status.set_target_fingerprint(TargetFingerprint(target));
  status.set_state(v1::DEVICE_STATE_IDLE);
  return status;
}

v1::SubmitJobRequest JobFor(const v1::Target& target, const std::string& device = "") {
  v1::SubmitJobRequest request;
  *request.mutable_target() = target;
  request.mutable_selector()->set_device_id(device);
  return request;
}

const v1::Target& Pi5() {
  static const auto* target = new v1::Target(Arm("cortex-a76", {"dotprod", "fullfp16", "lse"}));
  return *target;
}
const v1::Target& Orin() {
  static const auto* target = new v1::Target(Arm("cortex-a78ae", {"dotprod", "fullfp16", "lse"}, 12));
  return *target;
}

TEST(DeviceChoiceTest, BoardsOfAFamilyAreChosenAlthoughTheyReportMoreFeatures) {
  const v1::Target family = Arm("cortex-a76", {});
  const auto chosen = ChooseDevices(JobFor(family), {Board("orin", Orin()), Board("pi", Pi5())});
  ASSERT_TRUE(chosen.ok()) << chosen.status();
  EXPECT_EQ(chosen->target_fingerprint(), TargetFingerprint(Pi5()));
  EXPECT_EQ(chosen->device_id(), "");
}

TEST(DeviceChoiceTest, DifferentBoardsAreNotMixed) {
  const v1::Target family = Arm("generic", {});
  const auto most =
      ChooseDevices(JobFor(family), {Board("orin", Orin()), Board("pi-1", Pi5()), Board("pi-2", Pi5())});
  ASSERT_TRUE(most.ok()) << most.status();
  EXPECT_EQ(most->target_fingerprint(), TargetFingerprint(Pi5()));  // its number of cores is closer
  v1::DeviceStatus emulator = Board("qemu", Arm("", {}));
  emulator.mutable_device()->set_emulated(true);
  EXPECT_EQ(ChooseDevices(JobFor(family), {emulator, Board("orin", Orin())})->target_fingerprint(),
            TargetFingerprint(Orin()));
  EXPECT_EQ(ChooseDevices(JobFor(family), {emulator})->target_fingerprint(), emulator.target_fingerprint());
}

// The number of cores does not make two boards different machines, so both work for the job.
TEST(DeviceChoiceTest, BoardsThatDifferInCoresAreOneKind) {
  v1::Target large = Pi5();
  large.set_cores(16);
  for (const auto& boards : {std::vector{Board("pi", Pi5()), Board("large", large)},
                             std::vector{Board("large", large), Board("pi", Pi5())}}) {
    const auto chosen = ChooseDevices(JobFor(Pi5()), boards);
    ASSERT_TRUE(chosen.ok()) << chosen.status();
    EXPECT_EQ(chosen->target_fingerprint(), boards[0].target_fingerprint());
    EXPECT_EQ(chosen->target_fingerprint(), boards[1].target_fingerprint());
  }
}

TEST(DeviceChoiceTest, ADeviceThatIsNamedIsChosen) {
  const auto chosen = ChooseDevices(JobFor(Pi5(), "pi"), {Board("orin", Orin()), Board("pi", Pi5())});
  ASSERT_TRUE(chosen.ok()) << chosen.status();
  EXPECT_EQ(chosen->device_id(), "pi");
  const auto wrong = ChooseDevices(JobFor(Pi5(), "orin"), {Board("orin", Orin())});
  EXPECT_EQ(wrong.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(wrong.status().message()), HasSubstr("has the core cortex-a78ae, not cortex-a76"));
}

TEST(DeviceChoiceTest, TheErrorListsConnectedDevicesAndWhyTheyDoNotFit) {
  v1::DeviceStatus away = Board("pi", Pi5());
  away.set_state(v1::DEVICE_STATE_OFFLINE);
  const auto none = ChooseDevices(JobFor(Arm("cortex-a76", {})), {away, Board("orin", Orin())});
  EXPECT_EQ(none.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(
      std::string(none.status().message()),
      HasSubstr("no device of target cortex-a76 is connected (connected: orin (has the core cortex-a78ae"));
  EXPECT_THAT(std::string(ChooseDevices(JobFor(Pi5(), "pi"), {}).status().message()),
              HasSubstr("no device pi is connected (connected: none)"));
}

v1::DeviceStatus DeviceWithCores(const std::string& id, int cores, double gflops) {
  v1::DeviceStatus device;
  device.mutable_device()->set_device_id(id);
  device.mutable_device()->mutable_target()->set_cores(cores);
  if (gflops > 0) device.mutable_device()->mutable_speed()->set_fma_gflops(gflops);
  device.set_target_fingerprint("f");
  return device;
}

TEST(DeviceFactsTest, TheSmallestDeviceAndTheFirstSpeedCount) {
  std::vector<v1::DeviceStatus> devices = {DeviceWithCores("a", 8, 0), DeviceWithCores("b", 4, 50),
                                           DeviceWithCores("c", 2, 60)};
  devices[2].set_state(v1::DEVICE_STATE_OFFLINE);
  v1::DeviceSelector selector;
  selector.set_target_fingerprint("f");
  const DeviceFacts facts = FactsOf(devices, selector);
  EXPECT_EQ(facts.cores, 4);
  ASSERT_TRUE(facts.speed);
  EXPECT_EQ(facts.speed->fma_gflops(), 50);
  selector.set_device_id("a");
  EXPECT_EQ(FactsOf(devices, selector).cores, 8);
  EXPECT_FALSE(FactsOf(devices, selector).speed);
  EXPECT_EQ(FactsOf({}, selector).cores, 1);
}

TEST(ChooseThreadsTest, OneAndAllCoresUnlessNumbersAreGiven) {
  const auto choose = [](std::vector<int32_t> wanted, int cores) { return ChooseThreads(wanted, cores); };
  EXPECT_EQ(*choose({}, 4), (std::vector<int>{1, 4}));
  EXPECT_EQ(*choose({}, 1), (std::vector<int>{1}));
  EXPECT_EQ(*choose({4, 2, 4}, 4), (std::vector<int>{2, 4}));
  for (const auto& wanted : std::vector<std::vector<int32_t>>{{5}, {1, 5}, {0}, {-1, 2}}) {
    EXPECT_THAT(choose(wanted, 4).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("4 cores; ask for 1 to 4")));
  }
}

}  // namespace
}  // namespace diapason::tuner
