#include "proto/domain/target_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace diapason {
namespace {

using ::testing::HasSubstr;

v1::Target Make(const std::string& triple, const std::string& cpu, const std::vector<std::string>& features,
                int vector_bits, int vector_registers) {
  v1::Target target;
  target.set_triple(triple);
  target.set_cpu(cpu);
  target.mutable_features()->Add(features.begin(), features.end());
  target.set_vector_bits(vector_bits);
  target.set_vector_registers(vector_registers);
  target.set_cores(4);
  return target;
}

v1::Target Arm(const std::string& cpu, const std::vector<std::string>& features = {}) {
  return Make("aarch64-unknown-linux-gnu", cpu, features, 128, 32);
}

v1::Target X86(int level, const std::vector<std::string>& features = {}) {
  const std::string cpu = level == 1 ? "x86-64" : "x86-64-v" + std::to_string(level);
  return Make("x86_64-unknown-linux-gnu", cpu, features,
              level >= 4   ? 512
              : level == 3 ? 256
                           : 128,
              level >= 4 ? 32 : 16);
}

void AddCache(int level, int64_t kib, v1::Target& target) {
  v1::Cache& cache = *target.add_caches();
  cache.set_level(level);
  cache.set_size_bytes(kib << 10);
}

TEST(TargetFitTest, ABoardThatReportsMoreIsOfTheFamily) {
  const v1::Target board = Arm("cortex-a76", {"dotprod", "fullfp16", "lse"});
  EXPECT_EQ(WhatIsMissing(Arm("cortex-a76"), board), "");
  EXPECT_EQ(WhatIsMissing(Arm("cortex-a76", {"dotprod"}), board), "");
  EXPECT_EQ(WhatIsMissing(Arm("generic"), board), "");
  EXPECT_EQ(WhatIsMissing(Arm(""), board), "");
  EXPECT_TRUE(Fits(board, board));
}

TEST(TargetFitTest, WhatIsMissingIsNamed) {
  const v1::Target board = Arm("cortex-a76", {"dotprod", "fullfp16", "lse"});
  EXPECT_THAT(WhatIsMissing(Arm("cortex-a72"), board), HasSubstr("has the core cortex-a76, not cortex-a72"));
  EXPECT_THAT(WhatIsMissing(Arm("cortex-a76", {"sve"}), board), HasSubstr("does not have the feature sve"));
  EXPECT_THAT(WhatIsMissing(X86(3), board), HasSubstr("is aarch64-unknown-linux-gnu, not x86_64"));
  EXPECT_THAT(WhatIsMissing(Arm("cortex-a76"), Arm("")), HasSubstr("has the core unknown"));
  v1::Target wide = Arm("generic");
  wide.set_vector_bits(256);
  EXPECT_THAT(WhatIsMissing(wide, board), HasSubstr("128 bits, not 256"));
  v1::Target android = board;
  android.set_triple("aarch64-linux-android");
  EXPECT_TRUE(Fits(Arm("generic"), android));
  android.set_triple("aarch64-apple-darwin");
  EXPECT_FALSE(Fits(Arm("generic"), android));
}

TEST(TargetFitTest, HigherX86LevelsIncludeTheLowerOnes) {
  EXPECT_TRUE(Fits(X86(3), X86(4, {"avx512vnni"})));
  EXPECT_TRUE(Fits(X86(1), X86(2)));
  EXPECT_THAT(WhatIsMissing(X86(4), X86(3)),
              HasSubstr("has the instruction set level x86-64-v3, not x86-64-v4"));
  // A device of a level does not list the features that the level implies.
  EXPECT_TRUE(Fits(X86(2, {"avx", "fma"}), X86(3)));
  EXPECT_TRUE(Fits(X86(3, {"avx512f"}), X86(4)));
  EXPECT_FALSE(Fits(X86(3, {"avx512f"}), X86(3)));
  v1::Target named = X86(4);
  named.set_cpu("znver4");
  v1::Target board = X86(4);
  EXPECT_FALSE(Fits(named, board));
  board.set_microarchitecture("znver4");
  EXPECT_TRUE(Fits(named, board));
}

TEST(TargetFitTest, CoresAndCachesDoNotDecide) {
  v1::Target family = Arm("cortex-a78ae");
  AddCache(1, 64, family);
  AddCache(2, 256, family);
  AddCache(3, 2048, family);
  v1::Target nano = Arm("cortex-a78ae", {"dotprod"});
  nano.set_cores(6);
  AddCache(1, 64, nano);
  EXPECT_TRUE(Fits(family, nano));
}

TEST(TargetFitTest, TheMicroarchitectureIsTheCpuOrTheFieldForIt) {
  EXPECT_EQ(Microarchitecture(Arm("cortex-a72")), "cortex-a72");
  EXPECT_EQ(Microarchitecture(Arm("generic")), "");
  EXPECT_EQ(Microarchitecture(X86(4)), "");
  v1::Target zen = X86(4);
  zen.set_microarchitecture("znver4");
  EXPECT_EQ(Microarchitecture(zen), "znver4");
  EXPECT_TRUE(SameMicroarchitecture(Arm("cortex-a72"), Arm("cortex-a72", {"crc"})));
  EXPECT_FALSE(SameMicroarchitecture(X86(4), X86(4)));  // their designs are unknown
}

TEST(TargetFitTest, TheDistanceGrowsWithWhatDiffers) {
  v1::Target here = Arm("cortex-a76", {"dotprod"});
  AddCache(1, 64, here);
  AddCache(2, 512, here);
  EXPECT_EQ(MachineDistance(here, here), 0);
  v1::Target cores = here;
  cores.set_cores(8);
  v1::Target cache = here;
  cache.mutable_caches(1)->set_size_bytes(1024 << 10);
  v1::Target feature = cache;
  feature.add_features("sve");
  EXPECT_LT(MachineDistance(here, cores), MachineDistance(here, cache));
  EXPECT_LT(MachineDistance(here, cache), MachineDistance(here, feature));
  EXPECT_EQ(MachineDistance(here, feature), MachineDistance(feature, here));
}

TEST(TargetFitTest, ASelectorAllowsWhatMeetsAllOfItsConditions) {
  v1::DeviceSelector selector;
  EXPECT_TRUE(IsSelected(selector, "box-1", "f1"));
  selector.set_target_fingerprint("f1");
  EXPECT_TRUE(IsSelected(selector, "box-1", "f1"));
  EXPECT_FALSE(IsSelected(selector, "box-1", "f2"));
  selector.set_device_id("box-1");
  EXPECT_TRUE(IsSelected(selector, "box-1", "f1"));
  EXPECT_FALSE(IsSelected(selector, "box-1", "f2"));
  EXPECT_FALSE(IsSelected(selector, "box-2", "f1"));
}

}  // namespace
}  // namespace diapason
