#include "device-agent/runner/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "proto/statistics/quantile.h"

namespace diapason::device_agent {
namespace {

TEST(StatisticsTest, TooFewSamplesGiveNoInterval) {
  EXPECT_TRUE(std::isinf(MedianRelativeWidth({1, 1, 1, 1, 1})));
  EXPECT_EQ(MedianRelativeWidth({1, 1, 1, 1, 1, 1}), 0);
}

TEST(StatisticsTest, SixSamplesTakeTheWholeRange) {
  EXPECT_DOUBLE_EQ(MedianRelativeWidth({9, 10, 10, 10, 10, 12}), 0.3);
}

TEST(StatisticsTest, SlowSamplesDoNotMatterForTheLowerQuartile) {
  EXPECT_TRUE(std::isinf(LowerQuartileWidth({1, 1, 1, 1, 1})));
  EXPECT_DOUBLE_EQ(LowerQuartileWidth({10, 10, 11, 12, 90}), std::numeric_limits<double>::infinity());
  EXPECT_NEAR(LowerQuartileWidth({10, 11, 11, 12, 20, 30, 40, 50, 60}), 0.1, 1e-9);
}

// The interval must contain the true median in about 95 % of all experiments.
TEST(StatisticsTest, TheIntervalCovers) {
  const uint64_t seed = 1;
  RecordProperty("seed", static_cast<int>(seed));
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> distribution(0, 0.3);  // true median: 1
  int covered = 0;
  constexpr int kExperiments = 2000;
  for (int i = 0; i < kExperiments; ++i) {
    std::vector<double> samples;
    for (int k = 0; k < 25; ++k) samples.push_back(distribution(random));
    std::sort(samples.begin(), samples.end());
    // The interval is not exactly symmetric, but nearly so, because it is built around the median.
    const double half = MedianRelativeWidth(samples) * Median(samples) / 2;
    covered += std::abs(Median(samples) - 1) <= half;
  }
  EXPECT_GT(covered, kExperiments * 0.90);
  EXPECT_LT(covered, kExperiments * 0.999);
}

}  // namespace
}  // namespace diapason::device_agent
