#include "compiler/targets/target_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "compiler/runtime/host_target.h"
#include "proto/domain/target_fit.h"
#include "tests/testing/mutations.h"

namespace diapason::compiler::targets {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

const std::string& Folder() {
  static const auto* folder =
      new std::string(std::string(std::getenv("DIAPASON_SOURCE_DIR")) + "/compiler/targets");
  return *folder;
}

constexpr char kGood[] = R"(kind: cpu
triple: aarch64-unknown-linux-gnu
cpu: cortex-a72
features: [sha2, crc]
vector_bits: 128
vector_registers: 32
cores: 4
caches:
  - {level: 1, size_kib: 32, line_bytes: 64, sharing_cores: 1}
  - {level: 2, size_kib: 1024, line_bytes: 64, sharing_cores: 4}
)";

class TargetFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = ::testing::TempDir() + "/board.yaml";
    std::filesystem::remove(path_);
  }

  absl::StatusOr<v1::Target> Find(const std::string& text) {
    std::ofstream(path_) << text;
    return FindTarget(path_, Folder());
  }

  std::string Replaced(const std::string& from, const std::string& to) {
    std::string text = kGood;
    return text.replace(text.find(from), from.size(), to);
  }

  void ExpectInvalid(const std::string& text, int line, const std::string& message) {
    const auto target = Find(text);
    EXPECT_EQ(target.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(target.status().message()), HasSubstr(path_ + ":" + std::to_string(line) + ": "));
    EXPECT_THAT(std::string(target.status().message()), HasSubstr(message));
  }

  std::string path_;
};

TEST_F(TargetFileTest, DamagedFilesAreRefusedOrRead) {
  testing::ExpectMutationsAreRefusedOrRead({kGood}, 2000,
                                           [&](const std::string& text) { return Find(text).status(); });
}

TEST_F(TargetFileTest, ReadsEveryField) {
  const auto target = Find(kGood);
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->name(), "board");
  EXPECT_EQ(target->kind(), v1::TARGET_KIND_CPU);
  EXPECT_EQ(target->triple(), "aarch64-unknown-linux-gnu");
  EXPECT_EQ(target->cpu(), "cortex-a72");
  EXPECT_THAT(target->features(), ::testing::ElementsAre("crc", "sha2"));
  EXPECT_EQ(target->vector_bits(), 128);
  EXPECT_EQ(target->vector_registers(), 32);
  EXPECT_EQ(target->cores(), 4);
  ASSERT_EQ(target->caches_size(), 2);
  EXPECT_EQ(target->caches(1).level(), 2);
  EXPECT_EQ(target->caches(1).size_bytes(), 1 << 20);
  EXPECT_EQ(target->caches(1).line_bytes(), 64);
  EXPECT_EQ(target->caches(1).sharing_cores(), 4);
}

TEST_F(TargetFileTest, AFileWithoutAKindIsAboutACpu) {
  const auto target = Find(Replaced("kind: cpu\n", ""));
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->kind(), v1::TARGET_KIND_CPU);
}

TEST_F(TargetFileTest, SaysFileLineAndWhatIsWrong) {
  ExpectInvalid(Replaced("cpu: cortex-a72\n", ""), 1, "the field 'cpu' is missing");
  ExpectInvalid(Replaced("cores: 4", "cores: four"), 7, "'cores' must be an integer from 1 to 1024");
  ExpectInvalid(Replaced("cores: 4", "cores: 0"), 7, "'cores' must be an integer from 1 to 1024");
  ExpectInvalid(Replaced("cores: 4", "cores: 4\ncolour: red"), 8,
                "unknown field 'colour'; the known fields are kind, triple, cpu");
  ExpectInvalid(Replaced("[sha2, crc]", "[+sha2]"), 4, "without a sign, not '+sha2'");
  ExpectInvalid(Replaced("[sha2, crc]", "sha2"), 4, "'features' must be a list");
  ExpectInvalid(Replaced("level: 2", "level: 1"), 10, "ascending level");
  ExpectInvalid(Replaced("size_kib: 1024, ", ""), 10, "the field 'size_kib' is missing");
  ExpectInvalid(Replaced("[sha2, crc]", "[sha2, crc"), 5, "");
  ExpectInvalid(Replaced("kind: cpu", "kind: gpu"), 1, "'kind' must be cpu, not 'gpu'");
  ExpectInvalid("just a text\n", 1, "a target file must be a mapping");
}

TEST(TargetRegistryTest, AnUnknownNameListsTheKnownOnes) {
  const auto target = FindTarget("rpi44", Folder());
  EXPECT_EQ(target.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(target.status().message()),
              HasSubstr("unknown target 'rpi44'; the known targets are host, "));
  EXPECT_THAT(std::string(target.status().message()), HasSubstr("rpi4, rpi5"));
  EXPECT_EQ(FindTarget("./none.yaml", Folder()).status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(TargetNames("/nowhere").empty());
}

TEST(TargetRegistryTest, HostIsThisMachine) {
  const auto target = FindTarget("host", Folder());
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->name(), "host");
  EXPECT_EQ(target->kind(), v1::TARGET_KIND_CPU);
  EXPECT_FALSE(target->triple().empty());
}

// Returns the target of a board, from parts of its real /proc/cpuinfo.
v1::Target Board(const std::string& features, const std::string& part) {
  const std::string cpuinfo = "processor\t: 0\nFeatures\t: " + features +
                              "\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: " + part + "\n";
  return runtime::TargetFromFiles("aarch64", [&](const std::string& path) {
    return path == "/proc/cpuinfo" ? cpuinfo : path == "/sys/devices/system/cpu/online" ? "0-3" : "";
  });
}

TEST(TargetRegistryTest, ARealBoardIsOfItsFamilyAndOfNoOther) {
  const std::string more =
      "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop "
      "asimddp";
  const std::map<std::string, v1::Target> boards = {
      {"rpi4", Board("fp asimd evtstrm crc32 cpuid", "0xd08")},
      {"rpi5", Board(more, "0xd0b")},
      {"jetson-orin", Board(more + " uscat ilrcpc flagm paca pacg", "0xd42")},
  };
  for (const auto& [name, board] : boards) {
    EXPECT_EQ(WhatIsMissing(FindTarget("aarch64", Folder()).value(), board), "") << name;
    for (const auto& [family, ignored] : boards) {
      EXPECT_EQ(Fits(FindTarget(family, Folder()).value(), board), family == name)
          << name << " for " << family;
    }
  }
}

TEST(TargetRegistryTest, LlvmKnowsEveryTarget) {
  llvm::InitializeAllTargetInfos();
  llvm::InitializeAllTargets();
  llvm::InitializeAllTargetMCs();
  const auto names = TargetNames(Folder());
  EXPECT_THAT(names, Contains("rpi4"));
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const auto target = FindTarget(name, Folder());
    ASSERT_TRUE(target.ok()) << target.status();
    const llvm::Triple triple(target->triple());
    std::string error;
    const llvm::Target* llvm_target = llvm::TargetRegistry::lookupTarget(triple, error);
    ASSERT_NE(llvm_target, nullptr) << error;
    const std::unique_ptr<llvm::MCSubtargetInfo> subtarget(
        llvm_target->createMCSubtargetInfo(triple, "", ""));
    EXPECT_TRUE(subtarget->isCPUStringValid(target->cpu())) << target->cpu();
    std::set<std::string> known;
    for (const llvm::SubtargetFeatureKV& feature : subtarget->getAllProcessorFeatures())
      known.insert(feature.Key);
    for (const std::string& feature : target->features()) EXPECT_TRUE(known.contains(feature)) << feature;
  }
}

}  // namespace
}  // namespace diapason::compiler::targets
