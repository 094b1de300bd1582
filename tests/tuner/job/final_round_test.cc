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

// Returns a measurement of each finalist: `times_us` with 5 % of noise for each finalist and 30 % of noise
// that all finalists share at one moment. The canaries are short and reflect neither.
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

TEST(Decide, TheFastestRivalWinsWhateverTheCanariesSay) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const RoundDecision decided = Decide(Round(4), Measured({100, 96, 90, 98}, seed), JobConfig());
    EXPECT_EQ(decided.decision.verdict(), v1::VERDICT_FASTER) << "seed " << seed;
    EXPECT_EQ(decided.winner, 2u) << "seed " << seed;
    EXPECT_NEAR(decided.decision.speed_up(), 100. / 90, 0.05) << "seed " << seed;
  }
}

TEST(Decide, EqualSchedulesAreRarelyCalledFaster) {
  int faster = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    const RoundDecision decided = Decide(Round(4), Measured({100, 100, 100, 100}, seed), JobConfig());
    faster += decided.decision.verdict() == v1::VERDICT_FASTER;
  }
  EXPECT_LE(faster, 8);  // 2 of 200 are expected; 9 or more occur in one of 4,000 runs
}

TEST(Decide, AGainBelowTheMinimumIsNone) {
  JobConfig options;
  options.min_gain = 0.2;
  const RoundDecision decided = Decide(Round(2), Measured({100, 90}, 1), options);
  EXPECT_EQ(decided.decision.verdict(), v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE);
  EXPECT_EQ(decided.winner, 0u);
}

TEST(Decide, WithoutADefaultTheFastestMedianWins) {
  const RoundDecision decided =
      Decide(Round(3, /*has_default=*/false), Measured({100, 90, 95}, 1), JobConfig());
  EXPECT_EQ(decided.decision.verdict(), v1::VERDICT_FASTER);
  EXPECT_EQ(decided.winner, 1u);
  EXPECT_EQ(decided.decision.speed_up(), 0);
}

FinalRound WithIncumbent(int finalists, size_t incumbent, bool has_default = true) {
  FinalRound round = Round(finalists, has_default);
  round.trial_id = "job.0.final.1";
  round.incumbent = incumbent;
  round.incumbent_trial_id = "earlier";
  return round;
}

TEST(Decide, TheIncumbentStaysUnlessSomethingIsFasterThanIt) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const FinalRound round = WithIncumbent(4, 1);
    const RoundDecision decided = Decide(round, Measured({100, 80, 79.9, 85}, seed), JobConfig());
    EXPECT_EQ(decided.winner, 1u) << "seed " << seed;
    EXPECT_TRUE(decided.decision.keeps_incumbent());
    EXPECT_EQ(decided.decision.verdict(), v1::VERDICT_FASTER);
    EXPECT_NEAR(decided.decision.speed_up(), 1.25, 0.06);
    const v1::Decision& decision = decided.decision;
    EXPECT_EQ(decision.incumbent_trial_id(), "earlier");
    EXPECT_TRUE(decision.keeps_incumbent());
    EXPECT_EQ(decision.trial_id(), "job.0.final.1.1");
    EXPECT_EQ(decision.default_trial_id(), "job.0.final.1.0");
  }
}

TEST(Decide, WhatIsFasterThanTheIncumbentReplacesIt) {
  const RoundDecision decided = Decide(WithIncumbent(4, 1), Measured({100, 80, 60, 85}, 1), JobConfig());
  EXPECT_EQ(decided.winner, 2u);
  EXPECT_FALSE(decided.decision.keeps_incumbent());
  EXPECT_NEAR(decided.decision.speed_up(), 100. / 60, 0.1);
}

TEST(Decide, ADefaultThatIsFasterThanTheIncumbentReplacesItToo) {
  const RoundDecision decided = Decide(WithIncumbent(3, 1), Measured({70, 100, 99}, 1), JobConfig());
  EXPECT_EQ(decided.winner, 0u);
  EXPECT_FALSE(decided.decision.keeps_incumbent());
  EXPECT_EQ(decided.decision.verdict(), v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE);
}

TEST(Decide, BeatingASlowIncumbentIsNotBeatingTheDefault) {
  const RoundDecision decided = Decide(WithIncumbent(3, 1), Measured({70, 100, 69.9}, 1), JobConfig());
  EXPECT_EQ(decided.winner, 0u);
  EXPECT_EQ(decided.decision.verdict(), v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE);
}

TEST(Decide, WithoutADefaultTheIncumbentStays) {
  const RoundDecision decided =
      Decide(WithIncumbent(3, 0, /*has_default=*/false), Measured({100, 99.9, 105}, 1), JobConfig());
  EXPECT_EQ(decided.winner, 0u);
  EXPECT_TRUE(decided.decision.keeps_incumbent());
}

v1::Schedule Named(const std::string& sketch) {
  v1::Schedule schedule;
  schedule.set_sketch_hash(sketch);
  return schedule;
}

std::vector<std::string> Sketches(const FinalRound& round) {
  std::vector<std::string> names;
  for (const Finalist& finalist : round.finalists) names.push_back(finalist.candidate.schedule.sketch_hash());
  return names;
}

absl::StatusOr<Candidate> MakeUnlessLost(const v1::Schedule& schedule) {
  if (schedule.sketch_hash().starts_with("lost")) return absl::NotFoundError("no such sketch");
  return Candidate{.schedule = schedule};
}

TEST(ChooseFinalists, ARivalThatCannotBeMadeIsReplacedByTheNext) {
  FinalistChoice choice;
  choice.default_schedule = Named("default");
  choice.incumbent = {"decision", Named("incumbent")};
  choice.rivals = {Named("lost1"), Named("a"), Named("incumbent"), Named("lost2"), Named("b"), Named("c")};
  choice.rival_count = 2;
  const FinalRound round = ChooseFinalists(choice, MakeUnlessLost);
  EXPECT_EQ(Sketches(round), (std::vector<std::string>{"default", "incumbent", "a", "b"}));
  EXPECT_TRUE(round.has_default);
  EXPECT_EQ(round.incumbent, 1u);
  EXPECT_EQ(round.incumbent_trial_id, "decision");
}

TEST(ChooseFinalists, TheIncumbentMayBeTheDefaultOrLost) {
  FinalistChoice choice;
  choice.default_schedule = Named("default");
  choice.incumbent = {"decision", Named("default")};
  choice.rivals = {Named("a")};
  FinalRound round = ChooseFinalists(choice, MakeUnlessLost);
  EXPECT_EQ(Sketches(round), (std::vector<std::string>{"default", "a"}));
  EXPECT_EQ(round.incumbent, 0u);
  choice.incumbent = {"decision", Named("lost")};
  round = ChooseFinalists(choice, MakeUnlessLost);
  EXPECT_FALSE(round.incumbent.has_value());
  EXPECT_FALSE(round.incumbent_failed) << "nobody tried to build it";
}

TEST(KeepBuilt, TheIncumbentIsFoundAfterDuplicatesAndFailures) {
  FinalRound round = WithIncumbent(4, 2);
  for (size_t i = 0; i < 4; ++i) {
    const std::string code = i == 0 ? "default" : "same";
    round.finalists[i].artifact = std::make_shared<const Artifact>(Artifact{code, code});
  }
  FinalRound failed = round;
  ASSERT_TRUE(KeepBuilt(round));
  EXPECT_EQ(round.finalists.size(), 2u);
  EXPECT_EQ(round.incumbent, 1u) << "its code is that of the first rival";
  failed.finalists[2].artifact = nullptr;
  failed.finalists[2].build.mutable_outcome()->set_kind(v1::OUTCOME_KIND_COMPILE_ERROR);
  ASSERT_TRUE(KeepBuilt(failed));
  EXPECT_FALSE(failed.incumbent.has_value());
  EXPECT_TRUE(failed.incumbent_failed);
  EXPECT_EQ(Decide(failed, Measured({100, 90}, 1), JobConfig()).decision.incumbent_trial_id(), "earlier");
}

}  // namespace
}  // namespace diapason::tuner
