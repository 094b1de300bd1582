#include "proto/domain/target_fingerprint.h"

#include <gtest/gtest.h>

#include <functional>

#include "proto/domain/task_key.h"

namespace diapason {
namespace {

v1::Target Machine() {
  v1::Target target;
  target.set_name("box-1");
  target.set_triple("x86_64-unknown-linux-gnu");
  target.set_cpu("x86-64-v4");
  target.add_features("avx512bf16");
  target.set_vector_bits(512);
  target.set_vector_registers(32);
  target.set_cores(2);
  target.set_microarchitecture("sapphirerapids");
  for (const int level : {1, 2}) {
    v1::Cache& cache = *target.add_caches();
    cache.set_level(level);
    cache.set_size_bytes(level * 32768);
    cache.set_line_bytes(64);
    cache.set_sharing_cores(level);
  }
  return target;
}

std::string Changed(const std::function<void(v1::Target&)>& change) {
  v1::Target target = Machine();
  change(target);
  return TargetFingerprint(target);
}

// Every tuning log has a column of fingerprints. If this value changes, the log needs a migration.
TEST(TargetFingerprintTest, IsTheSameForEver) { EXPECT_EQ(TargetFingerprint(Machine()), "00237852d4f6c975"); }

TEST(TargetFingerprintTest, NamesAndNumbersOfCoresAreNoPartOfIt) {
  const std::string same = TargetFingerprint(Machine());
  EXPECT_EQ(Changed([](v1::Target& t) { t.set_name("box-2"); }), same);
  EXPECT_EQ(Changed([](v1::Target& t) { t.set_cores(64); }), same);
  EXPECT_EQ(Changed([](v1::Target& t) { t.mutable_caches(1)->set_sharing_cores(64); }), same);
}

TEST(TargetFingerprintTest, WhatMakesCodeFasterOrSlowerIsPartOfIt) {
  const std::string same = TargetFingerprint(Machine());
  EXPECT_NE(Changed([](v1::Target& t) { t.set_triple("aarch64-unknown-linux-gnu"); }), same);
  EXPECT_NE(Changed([](v1::Target& t) { t.set_cpu("x86-64-v3"); }), same);
  EXPECT_NE(Changed([](v1::Target& t) { t.add_features("gfni"); }), same);
  EXPECT_NE(Changed([](v1::Target& t) { t.set_vector_bits(256); }), same);
  EXPECT_NE(Changed([](v1::Target& t) { t.set_vector_registers(16); }), same);
  EXPECT_NE(Changed([](v1::Target& t) { t.set_microarchitecture("znver5"); }), same);
  EXPECT_NE(Changed([](v1::Target& t) { t.mutable_caches(0)->set_size_bytes(49152); }), same);
  EXPECT_NE(Changed([](v1::Target& t) { t.mutable_caches(0)->set_line_bytes(128); }), same);
  EXPECT_NE(Changed([](v1::Target& t) { t.mutable_caches()->RemoveLast(); }), same);
}

// If the cpu's name is the name of a design, the field microarchitecture adds nothing.
TEST(TargetFingerprintTest, ADesignInTheCpuFieldIsEnough) {
  v1::Target named = Machine();
  named.set_cpu("znver4");
  named.set_microarchitecture("znver4");
  v1::Target without = named;
  without.clear_microarchitecture();
  EXPECT_EQ(TargetFingerprint(named), TargetFingerprint(without));
}

TEST(TaskKeyTest, BeginsWithTheWorkload) {
  EXPECT_EQ(TaskId({"workload", "machine", 4}), "workload-machine-4");
}

}  // namespace
}  // namespace diapason
