// What every policy guarantees, and then what policies with a cost model guarantee in addition. The space
// is synthetic, so no compiler is needed.
#include "tuner/search/search_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "tests/testing/synthetic_space.h"
#include "tuner/search/policy_factory.h"

namespace diapason::tuner {
namespace {

using compiler::space::ScheduleConfig;
using compiler::space::SearchSpace;
using diapason::testing::SyntheticSpace;

constexpr double kFailed = std::numeric_limits<double>::infinity();

using Maker = std::function<std::unique_ptr<SearchPolicy>(const SearchSpace&, SearchOptions)>;

using Timer = std::function<double(const ScheduleConfig&)>;

// Runs a policy for `trials` trials and returns what it proposed, in order.
std::vector<ScheduleConfig> Search(SearchPolicy& policy, int trials, int batch, const Timer& time_us) {
  std::vector<ScheduleConfig> proposed;
  while (static_cast<int>(proposed.size()) < trials) {
    const std::vector<Proposal> proposals =
        policy.Suggest(std::min<int>(batch, trials - static_cast<int>(proposed.size())));
    if (proposals.empty()) break;
    std::vector<Observation> observations;
    for (const Proposal& proposal : proposals) {
      observations.push_back({proposal.config, proposal.feature_row, time_us(proposal.config)});
      proposed.push_back(proposal.config);
    }
    policy.Observe(observations);
  }
  return proposed;
}

struct PolicyCase {
  const char* name;
  Maker make;
};

class EveryPolicyTest : public ::testing::TestWithParam<PolicyCase> {
 protected:
  std::unique_ptr<SearchPolicy> Make(SearchOptions options = {.rng_seed = 1}) {
    return GetParam().make(space_, std::move(options));
  }
  Timer Real() {
    return [this](const ScheduleConfig& config) { return space_.TimeUs(config); };
  }
  Observation Observed(const ScheduleConfig& config) {
    return {config, space_.FeatureRow(config), space_.TimeUs(config)};
  }

  SyntheticSpace space_{8};
};

TEST_P(EveryPolicyTest, TheDefaultComesFirst) {
  EXPECT_EQ(Make()->Suggest(5).front().config, space_.Default());
}

TEST_P(EveryPolicyTest, LegalInitialSchedulesFollowInTheirOrder) {
  const ScheduleConfig first = {.sketch = 0, .values = {1, 2, 3, 4, 5}};
  const ScheduleConfig second = {.sketch = 0, .values = {5, 2, 1, 0, 0}};
  const ScheduleConfig not_legal = {.sketch = 0, .values = {7, 7, 0, 0, 0}};
  const ScheduleConfig of_another_space = {.sketch = 3, .values = {1}};
  const auto policy =
      Make({.rng_seed = 1,
            .initial_schedules = {first, not_legal, space_.Default(), of_another_space, second, first}});
  const std::vector<Proposal> proposals = policy->Suggest(6);
  ASSERT_EQ(proposals.size(), 6u);
  EXPECT_EQ(proposals[0].config, space_.Default());
  EXPECT_EQ(proposals[1].config, first);
  EXPECT_EQ(proposals[2].config, second);
}

TEST_P(EveryPolicyTest, AProposalCarriesItsFeatureRow) {
  const auto policy = Make({.rng_seed = 1, .initial_schedules = {{.sketch = 0, .values = {1, 2, 3, 4, 6}}}});
  for (int round = 0; round < 30; ++round) {
    std::vector<Observation> observations;
    for (const Proposal& proposal : policy->Suggest(4)) {
      const std::vector<float> row = space_.FeatureRow(proposal.config);
      ASSERT_EQ(proposal.feature_row.size(), row.size());
      for (size_t i = 0; i < row.size(); ++i) {
        EXPECT_TRUE(proposal.feature_row[i] == row[i] ||
                    (std::isnan(row[i]) && std::isnan(proposal.feature_row[i])));
      }
      observations.push_back(Observed(proposal.config));
    }
    policy->Observe(observations);
  }
}

TEST_P(EveryPolicyTest, ProposesLegalConfigsAndNoneTwice) {
  const auto policy = Make();
  const std::vector<ScheduleConfig> configs = Search(*policy, 300, 7, Real());
  ASSERT_EQ(configs.size(), 300u);
  absl::flat_hash_set<ScheduleConfig> distinct;
  for (const ScheduleConfig& config : configs) {
    EXPECT_TRUE(space_.IsLegal(config));
    EXPECT_TRUE(distinct.insert(config).second);
  }
}

TEST_P(EveryPolicyTest, ProposesNothingThatWasObserved) {
  const auto policy = Make();
  std::vector<Observation> earlier = {Observed(space_.Default())};
  absl::flat_hash_set<ScheduleConfig> known = {space_.Default()};
  for (const ScheduleConfig& config : space_.Enumerate(2'000)) {
    if (known.insert(config).second) earlier.push_back(Observed(config));
  }
  policy->Observe(earlier);
  for (const ScheduleConfig& config : Search(*policy, 200, 10, Real())) EXPECT_FALSE(known.contains(config));
}

TEST_P(EveryPolicyTest, SuggestionsMayRunAheadOfObservations) {
  const auto policy = Make();
  absl::flat_hash_set<ScheduleConfig> distinct;
  std::vector<ScheduleConfig> pending;
  for (int i = 0; i < 30; ++i) {
    for (const Proposal& proposal : policy->Suggest(4)) {
      EXPECT_TRUE(distinct.insert(proposal.config).second);
      pending.push_back(proposal.config);
    }
    if (pending.size() < 20) continue;
    const Observation late = Observed(pending[i]);
    policy->Observe({&late, 1});
  }
  EXPECT_EQ(distinct.size(), 120u);
}

TEST_P(EveryPolicyTest, TheSameSeedGivesTheSameSearch) {
  EXPECT_EQ(Search(*Make({.rng_seed = 5}), 120, 6, Real()), Search(*Make({.rng_seed = 5}), 120, 6, Real()));
}

TEST_P(EveryPolicyTest, AnotherSeedGivesAnotherSearch) {
  EXPECT_NE(Search(*Make({.rng_seed = 5}), 60, 6, Real()), Search(*Make({.rng_seed = 6}), 60, 6, Real()));
}

TEST_P(EveryPolicyTest, ContinuesWhenEverythingFails) {
  const auto policy = Make();
  EXPECT_EQ(Search(*policy, 200, 8, [](const ScheduleConfig&) { return kFailed; }).size(), 200u);
}

TEST_P(EveryPolicyTest, ExhaustsASmallSpaceAndEnds) {
  const SyntheticSpace small(3);
  const int64_t all = small.Count(1'000'000);
  const auto policy = GetParam().make(small, {.rng_seed = 1});
  EXPECT_EQ(static_cast<int64_t>(
                Search(*policy, 10'000, 8, [&](const ScheduleConfig& config) { return small.TimeUs(config); })
                    .size()),
            all);
  EXPECT_TRUE(policy->Suggest(8).empty());
}

TEST_P(EveryPolicyTest, ASpaceOfOneScheduleHasItsDefault) {
  const SyntheticSpace one(1);
  const auto policy = GetParam().make(one, {.rng_seed = 1});
  EXPECT_THAT(policy->Suggest(4), ::testing::ElementsAre(::testing::Field(&Proposal::config, one.Default())));
  EXPECT_TRUE(policy->Suggest(4).empty());
}

INSTANTIATE_TEST_SUITE_P(Policies, EveryPolicyTest,
                         ::testing::Values(PolicyCase{"Random", NewRandomPolicy},
                                           PolicyCase{"Model", NewModelPolicy}),
                         [](const auto& instance) { return std::string(instance.param.name); });

// ---- the policy with a model

class ModelPolicyTest : public EveryPolicyTest {
 protected:
  // Returns the number of trials until one is within 5 % of the optimum, or `trials` + 1 if none is.
  int TrialsToNearBest(SearchPolicy& policy, int trials) {
    for (int trial = 1; trial <= trials; ++trial) {
      const std::vector<Proposal> proposals = policy.Suggest(1);
      if (proposals.empty()) break;
      const Observation observation = Observed(proposals.front().config);
      if (observation.time_us <= goal_us_) return trial;
      policy.Observe({&observation, 1});
    }
    return trials + 1;
  }

  int MedianTrials(const Maker& make, SearchOptions options) {
    std::vector<int> trials;
    for (options.rng_seed = 1; options.rng_seed <= 5; ++options.rng_seed) {
      trials.push_back(TrialsToNearBest(*make(space_, options), 600));
    }
    std::sort(trials.begin(), trials.end());
    return trials[trials.size() / 2];
  }

  const double goal_us_ = 1.05 * space_.BestTimeUs();

  // A model that was trained on another task of the same space. Schedules that are slow here are slow there,
  // and all times are twenty times as long.
  std::shared_ptr<costmodel::CostModel> ModelOfAnotherTask() {
    costmodel::Group group;
    const auto policy = NewRandomPolicy(space_, {.rng_seed = 77});
    for (Proposal& proposal : policy->Suggest(300)) {
      const double time_us = 20 * space_.TimeUs(proposal.config) + 500;
      if (!std::isfinite(time_us)) continue;
      group.residuals.push_back(static_cast<float>(
          std::log(time_us / TaskCost().PredictedUs(space_.AnalyticCost(proposal.config)))));
      group.rows.push_back(std::move(proposal.feature_row));
    }
    std::shared_ptr<costmodel::CostModel> model = costmodel::NewXgboostCostModel({.seed = 1});
    EXPECT_TRUE(model->Fit({group}).ok());
    return model;
  }
};

TEST_P(ModelPolicyTest, NeedsAtMostHalfOfRandomsTrials) {
  const int random = MedianTrials(NewRandomPolicy, {});
  const int guided = MedianTrials(GetParam().make, {});
  std::printf("median trials to 5 %%: random %d, guided %d\n", random, guided);
  EXPECT_LE(2 * guided, random);
}

TEST_P(ModelPolicyTest, OtherTasksHelpFromTheStart) {
  const int alone = MedianTrials(GetParam().make, {});
  const int helped = MedianTrials(GetParam().make, {.model = ModelOfAnotherTask()});
  std::printf("median trials to 5 %%: alone %d, with a model of another task %d\n", alone, helped);
  EXPECT_LT(helped, alone);
}

TEST_P(ModelPolicyTest, AModelOfOtherFeaturesIsNotUsed) {
  std::shared_ptr<costmodel::CostModel> other = costmodel::NewXgboostCostModel({.seed = 1});
  ASSERT_TRUE(other->Fit({{.rows = {{1, 2}, {3, 4}}, .residuals = {0, 1}}}).ok());
  EXPECT_EQ(Search(*Make({.rng_seed = 1, .model = other}), 60, 4, Real()),
            Search(*Make({.rng_seed = 1}), 60, 4, Real()));
}

TEST_P(ModelPolicyTest, EachSketchIsTriedEarly) {
  // Half of the schedules belong to a second sketch, which its cost calls much slower.
  class TwoSketches : public SyntheticSpace {
   public:
    using SyntheticSpace::SyntheticSpace;
    ScheduleConfig Sample(absl::BitGenRef random) const override {
      ScheduleConfig config = SyntheticSpace::Sample(random);
      config.sketch = config.values[4] % 2;
      return config;
    }
    bool IsLegal(const ScheduleConfig& config) const override { return config.sketch < 2; }
    float AnalyticCost(const ScheduleConfig& config) const override {
      return SyntheticSpace::AnalyticCost(config) + 3 * static_cast<float>(config.sketch);
    }
  };
  const TwoSketches space(8);
  const auto policy = GetParam().make(space, {.rng_seed = 1});
  std::vector<int> sketches;
  for (const ScheduleConfig& config : Search(*policy, 12, 1, [](const ScheduleConfig&) { return 100; }))
    sketches.push_back(config.sketch);
  EXPECT_EQ(sketches[0], 0) << "the default";
  EXPECT_EQ(sketches[1], 1);
}

TEST_P(ModelPolicyTest, ItSaysWhenNothingIsLeftToGain) {
  const auto policy = Make();
  EXPECT_EQ(policy->OptimisticUs(), 0) << "nothing is known yet";
  double best_us = kFailed;
  Search(*policy, 4, 1, [&](const ScheduleConfig& config) {
    best_us = std::min(best_us, space_.TimeUs(config));
    return space_.TimeUs(config);
  });
  const double early = policy->OptimisticUs();
  EXPECT_LT(early, 0.98 * best_us);
  Search(*policy, 200, 1, [&](const ScheduleConfig& config) {
    best_us = std::min(best_us, space_.TimeUs(config));
    return space_.TimeUs(config);
  });
  std::printf("optimistic after 4 trials: %.1f us, after 204: %.1f us of %.1f us\n", early,
              policy->OptimisticUs(), best_us);
  EXPECT_LE(best_us, goal_us_);
  EXPECT_GT(policy->OptimisticUs(), 0.9 * best_us);
}

TEST_P(ModelPolicyTest, WhereAllSchedulesAreAlikeAFewTrialsShowIt) {
  const auto policy = Make();
  Search(*policy, 16, 1, [](const ScheduleConfig&) { return 100; });
  EXPECT_GT(policy->OptimisticUs(), 98);
}

TEST_P(ModelPolicyTest, SuggestsInTime) {
  const SyntheticSpace large(9);  // about 35,000 schedules
  const auto policy = GetParam().make(large, {.rng_seed = 1, .model = ModelOfAnotherTask()});
  std::vector<double> milliseconds;
  for (int i = 0; i < 60; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const std::vector<Proposal> proposals = policy->Suggest(4);
    milliseconds.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    std::vector<Observation> observations;
    for (const Proposal& proposal : proposals) {
      observations.push_back({proposal.config, proposal.feature_row, large.TimeUs(proposal.config)});
    }
    policy->Observe(observations);
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  double sum = 0;
  for (const double value : milliseconds) sum += value;
  std::printf("suggesting 4: mean %.1f ms, median %.1f ms, longest %.0f ms\n", sum / 60, milliseconds[30],
              milliseconds.back());
  // The limit is several times what an idle core needs.
  EXPECT_LT(sum / 60, 400);
}

INSTANTIATE_TEST_SUITE_P(Policies, ModelPolicyTest, ::testing::Values(PolicyCase{"Model", NewModelPolicy}),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace diapason::tuner
