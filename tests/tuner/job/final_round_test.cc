#include "tuner/job/final_round.h"

#include <random>

#include "gtest/gtest.h"

namespace diapason::tuner {
namespace {

constexpr int kSamples = 60;

FinalRound Round(int finalists, bool has_default = true) {
  FinalRound round;
  round.has_default = has_default;
  round.finalists.resize(finalists);
  return round;
}

// A measurement of each finalist: `times_us` with 5 % of noise of its own and 30 % that the finalists share at a moment.
// The canaries, which are short, say nothing about either.
v1::MeasureResult Measured(std::initializer_list<double> times_us, unsigned seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> own(0, 0.05), shared(0, 0.3), canary(0, 0.3);
  v1::MeasureResult result;
  std::vector<v1::Measurement*> of;
  for (size_t i = 0; i < times_us.size(); ++i) {
    of.push_back(i == 0 ? result.mutable_measurement() : result.add_rivals());
    of.back()->set_median_us(times_us.begin()[i]);
  }
  for (int sample = 0; sample < kSamples; ++sample) {
    const double moment = std::exp(shared(random));
    for (size_t i = 0; i < of.size(); ++i) {
      of[i]->add_samples_us(times_us.begin()[i] * moment * std::exp(own(random)));
      of[i]->add_canary_us(12 * std::exp(canary(random)));
    }
  }
  return result;
}

TEST(Judge, TheFastestRivalWinsWhateverTheCanariesSay) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Judgement judgement = Judge(Round(4), Measured({100, 96, 90, 98}, seed), JobOptions());
    EXPECT_EQ(judgement.verdict, v1::VERDICT_FASTER) << "seed " << seed;
    EXPECT_EQ(judgement.winner, 2u) << "seed " << seed;
    EXPECT_NEAR(judgement.speed_up, 100. / 90, 0.05) << "seed " << seed;
  }
}

TEST(Judge, EqualSchedulesAreNoWinners) {
  int faster = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    const Judgement judgement = Judge(Round(4), Measured({100, 100, 100, 100}, seed), JobOptions());
    faster += judgement.verdict == v1::VERDICT_FASTER;
  }
  EXPECT_LE(faster, 8);  // 2 expected of 200; 9 or more in one of 4,000 runs
}

TEST(Judge, AGainBelowTheLeastIsNone) {
  JobOptions options;
  options.least_gain = 0.2;
  const Judgement judgement = Judge(Round(2), Measured({100, 90}, 1), options);
  EXPECT_EQ(judgement.verdict, v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE);
  EXPECT_EQ(judgement.winner, 0u);
}

TEST(Judge, WithoutADefaultTheFastestMedianWins) {
  const Judgement judgement =
      Judge(Round(3, /*has_default=*/false), Measured({100, 90, 95}, 1), JobOptions());
  EXPECT_EQ(judgement.verdict, v1::VERDICT_FASTER);
  EXPECT_EQ(judgement.winner, 1u);
  EXPECT_EQ(judgement.speed_up, 0);
}

}  // namespace
}  // namespace diapason::tuner
