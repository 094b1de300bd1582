#include "device-agent/machine_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace diapason::device_agent {
namespace {

constexpr char kSerial[] = "/proc/device-tree/serial-number";
constexpr char kMachineId[] = "/etc/machine-id";

std::string IdOf(const std::map<std::string, std::string>& files, const std::string& emulated = "") {
  return MachineId(
      [&files](const std::string& path) {
        const auto found = files.find(path);
        return found == files.end() ? "" : found->second;
      },
      emulated);
}

const std::string kId(32, 'a');
const std::string kOtherId(32, 'b');

TEST(MachineIdTest, ASerialNumberTellsCopiesOfOneCardApart) {
  const std::string first =
      IdOf({{kSerial, std::string("10000000abcdef01") + '\0'}, {kMachineId, kId + "\n"}});
  const std::string second =
      IdOf({{kSerial, std::string("10000000abcdef02") + '\0'}, {kMachineId, kId + "\n"}});
  EXPECT_EQ(first.size(), 16u);
  EXPECT_NE(first, second);
  // With a new card, the board is still the same board.
  EXPECT_EQ(first, IdOf({{kSerial, "10000000abcdef01"}, {kMachineId, kOtherId}}));
}

TEST(MachineIdTest, WithoutASerialNumberTheMachineIdCounts) {
  EXPECT_NE(IdOf({{kMachineId, kId}}), IdOf({{kMachineId, kOtherId}}));
  EXPECT_EQ(IdOf({{kMachineId, kId}}), IdOf({{kSerial, "0000000000000000"}, {kMachineId, kId + "\n"}}))
      << "boards without a serial number have zeros there";
  EXPECT_THAT(IdOf({{kMachineId, kId}}), ::testing::Not(::testing::HasSubstr("aaaa")))
      << "the machine-id must not leave its machine";
}

TEST(MachineIdTest, AMachineWithoutAnIdHasNone) {
  EXPECT_EQ(IdOf({}), "");
  EXPECT_EQ(IdOf({{kMachineId, "uninitialized\n"}}), "");
  EXPECT_EQ(IdOf({{kMachineId, std::string(32, '0')}}), "");
}

TEST(MachineIdTest, AnEmulatedAgentIsAnotherDeviceThanItsHost) {
  EXPECT_NE(IdOf({{kMachineId, kId}}), IdOf({{kMachineId, kId}}, "aarch64"));
}

TEST(DefaultDeviceNameTest, MachinesOfOneHostNameHaveDifferentNames) {
  EXPECT_EQ(DefaultDeviceName("raspberrypi", "3f9a2c1122334455"), "raspberrypi-3f9a2c");
  EXPECT_EQ(DefaultDeviceName("box", ""), "box");
}

}  // namespace
}  // namespace diapason::device_agent
