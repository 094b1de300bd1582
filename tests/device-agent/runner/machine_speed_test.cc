#include "device-agent/runner/machine_speed.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/runtime/host_target.h"

namespace diapason::device_agent {
namespace {

v1::Target TwoCaches() {
  v1::Target target;
  for (const int64_t bytes : {16 << 10, 512 << 10}) {
    v1::Cache& cache = *target.add_caches();
    cache.set_level(target.caches_size());
    cache.set_size_bytes(bytes);
  }
  return target;
}

TEST(MachineSpeedTest, EachLevelIsMeasuredAndThenTheMemory) {
  const SystemClock clock;
  const v1::MachineSpeed speed = MeasureSpeed(TwoCaches(), clock);
  ASSERT_EQ(speed.levels_size(), 3) << speed.DebugString();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(speed.levels(i).level(), i == 2 ? 0 : i + 1);
    // The slowest and the fastest machines that one can imagine.
    EXPECT_GT(speed.levels(i).read_gb_per_s(), 0.05);
    EXPECT_LT(speed.levels(i).read_gb_per_s(), 5000);
    EXPECT_GT(speed.levels(i).write_gb_per_s(), 0.05);
    EXPECT_LT(speed.levels(i).write_gb_per_s(), 5000);
    EXPECT_GT(speed.levels(i).latency_ns(), 0.1);
    EXPECT_LT(speed.levels(i).latency_ns(), 10000);
  }
  EXPECT_LT(speed.levels(0).latency_ns(), speed.levels(2).latency_ns()) << speed.DebugString();
}

// A chain of multiply-adds cannot be faster than independent ones.
TEST(MachineSpeedTest, IndependentMultiplyAddsOverlap) {
  const SystemClock clock;
  const v1::Target host = compiler::runtime::HostTarget();
  v1::Target without_caches = host;
  without_caches.clear_caches();
  const v1::MachineSpeed speed = MeasureSpeed(without_caches, clock);
  ASSERT_EQ(speed.levels_size(), 1);
  const double elements = std::max(host.vector_bits(), 128) / 32.0;
  const double chain_gflops = 2 * elements / speed.fma_latency_ns();
  EXPECT_GT(speed.fma_gflops(), 1.2 * chain_gflops) << speed.DebugString();
  EXPECT_LT(speed.fma_gflops(), 40 * chain_gflops) << speed.DebugString();
}

}  // namespace
}  // namespace diapason::device_agent
