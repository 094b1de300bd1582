#include "tuner/job/paired_test.h"

#include <gtest/gtest.h>

#include <random>

namespace diapason::tuner {
namespace {

TEST(PairedTest, AgreesWithPublishedTails) {
  // n = 5, all differences of one sign: 1 / 2^5. n = 10: 1 / 2^10.
  EXPECT_NEAR(ComparePaired({2, 3, 4, 5, 6}, {1, 1, 1, 1, 1}).p_value, 1.0 / 32, 1e-12);
  EXPECT_NEAR(ComparePaired({2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, std::vector<double>(10, 1)).p_value, 1.0 / 1024,
              1e-12);
  EXPECT_NEAR(ComparePaired(std::vector<double>(5, 1), {2, 3, 4, 5, 6}).p_value, 1, 1e-12);
}

TEST(PairedTest, TheRatioIsTheMedianOverPairs) {
  EXPECT_DOUBLE_EQ(ComparePaired({10, 20, 30}, {5, 10, 10}).ratio, 2);
  EXPECT_DOUBLE_EQ(ComparePaired({}, {}).ratio, 1);
  EXPECT_DOUBLE_EQ(ComparePaired({1, 1, 1}, {1, 1, 1}).p_value, 1) << "equal pairs are no evidence";
}

TEST(PairedTest, FalseAlarmsAreAsRareAsStated) {
  constexpr int kSeed = 7, kRounds = 2000;
  std::mt19937 random(kSeed);
  std::lognormal_distribution<double> noise(0, 0.05);
  int alarms = 0, found = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> a, b, faster;
    for (int i = 0; i < 40; ++i) {
      const double moment = noise(random);  // noise that both share
      a.push_back(100 * moment * noise(random));
      b.push_back(100 * moment * noise(random));
      faster.push_back(94 * moment * noise(random));
    }
    alarms += ComparePaired(a, b).p_value < 0.01 ? 1 : 0;
    found += ComparePaired(a, faster).p_value < 0.01 ? 1 : 0;
  }
  EXPECT_LT(alarms, kRounds * 0.02) << "seed " << kSeed;
  EXPECT_GT(found, kRounds * 0.9) << "seed " << kSeed;
}

TEST(PairedTest, ManyPairsAndTiesUseTheNormalApproximation) {
  std::vector<double> a(200, 100), b(200, 100);
  for (int i = 0; i < 200; ++i) b[static_cast<size_t>(i)] = i % 4 == 0 ? 101 : 99;
  EXPECT_LT(ComparePaired(a, b).p_value, 1e-6);
  EXPECT_GT(ComparePaired(b, a).p_value, 0.99);
}

}  // namespace
}  // namespace diapason::tuner
