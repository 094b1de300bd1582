// What every policy promises, on a space without a compiler; then what those with a cost model promise besides.
#include "tuner/search/search_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>

#include "absl/container/flat_hash_set.h"
#include "tests/testing/synthetic_space.h"
#include "tuner/search/policy_factory.h"

namespace diapason::tuner {
namespace {

using compiler::Point;
using diapason::testing::SyntheticSpace;

constexpr double kFailed = std::numeric_limits<double>::infinity();

using Maker = std::function<std::unique_ptr<SearchPolicy>(const SearchSpace&, SearchOptions)>;

std::unique_ptr<SearchPolicy> MakeRanked(const SearchSpace& space, SearchOptions options) {
  options.enumeration_limit = std::numeric_limits<int64_t>::max() - 1;
  return NewSearchPolicy(space, costmodel::NewXgboostCostModel({.seed = options.seed}), options);
}

std::unique_ptr<SearchPolicy> MakeEvolutionary(const SearchSpace& space, SearchOptions options) {
  options.enumeration_limit = 0;
  return NewSearchPolicy(space, costmodel::NewXgboostCostModel({.seed = options.seed}), options);
}

using Timer = std::function<double(const Point&)>;

// Runs a policy for `trials` trials and returns what it proposed, in order.
std::vector<Point> Search(SearchPolicy& policy, int trials, int batch, const Timer& time_us) {
  std::vector<Point> proposed;
  while (static_cast<int>(proposed.size()) < trials) {
    const std::vector<Point> points =
        policy.Suggest(std::min<int>(batch, trials - static_cast<int>(proposed.size())));
    if (points.empty()) break;
    std::vector<Observation> observations;
    for (const Point& point : points) observations.push_back({point, time_us(point)});
    policy.Observe(observations);
    proposed.insert(proposed.end(), points.begin(), points.end());
  }
  return proposed;
}

struct PolicyCase {
  const char* name;
  Maker make;
};

class EveryPolicyTest : public ::testing::TestWithParam<PolicyCase> {
 protected:
  std::unique_ptr<SearchPolicy> Make(SearchOptions options = {.seed = 1}) {
    return GetParam().make(space_, std::move(options));
  }
  Timer Real() {
    return [this](const Point& point) { return space_.TimeUs(point); };
  }

  SyntheticSpace space_{8};
};

TEST_P(EveryPolicyTest, TheDefaultComesFirst) { EXPECT_EQ(Make()->Suggest(5).front(), space_.Default()); }

TEST_P(EveryPolicyTest, LegalSeedsFollowInTheirOrder) {
  const Point first = {.sketch = 0, .values = {1, 2, 3, 4, 5}};
  const Point second = {.sketch = 0, .values = {5, 2, 1, 0, 0}};
  const Point not_legal = {.sketch = 0, .values = {7, 7, 0, 0, 0}};
  const Point of_another_space = {.sketch = 3, .values = {1}};
  const auto policy =
      Make({.seed = 1, .seeds = {first, not_legal, space_.Default(), of_another_space, second, first}});
  const std::vector<Point> points = policy->Suggest(6);
  ASSERT_EQ(points.size(), 6u);
  EXPECT_EQ(points[0], space_.Default());
  EXPECT_EQ(points[1], first);
  EXPECT_EQ(points[2], second);
}

TEST_P(EveryPolicyTest, ProposesLegalPointsAndNoneTwice) {
  const auto policy = Make();
  const std::vector<Point> points = Search(*policy, 300, 7, Real());
  ASSERT_EQ(points.size(), 300u);
  absl::flat_hash_set<Point> distinct;
  for (const Point& point : points) {
    EXPECT_TRUE(space_.IsLegal(point));
    EXPECT_TRUE(distinct.insert(point).second);
  }
}

TEST_P(EveryPolicyTest, ProposesNothingThatWasObserved) {
  const auto policy = Make();
  std::vector<Observation> earlier = {{space_.Default(), 300}};
  absl::flat_hash_set<Point> known = {space_.Default()};
  for (const Point& point : space_.Enumerate(2'000)) {
    if (known.insert(point).second) earlier.push_back({point, space_.TimeUs(point)});
  }
  policy->Observe(earlier);
  for (const Point& point : Search(*policy, 200, 10, Real())) EXPECT_FALSE(known.contains(point));
}

TEST_P(EveryPolicyTest, SuggestionsMayRunAheadOfObservations) {
  const auto policy = Make();
  absl::flat_hash_set<Point> distinct;
  std::vector<Point> pending;
  for (int i = 0; i < 30; ++i) {
    for (const Point& point : policy->Suggest(4)) {
      EXPECT_TRUE(distinct.insert(point).second);
      pending.push_back(point);
    }
    if (pending.size() < 20) continue;
    const Observation late = {pending[i], space_.TimeUs(pending[i])};
    policy->Observe({&late, 1});
  }
  EXPECT_EQ(distinct.size(), 120u);
}

TEST_P(EveryPolicyTest, TheSameSeedGivesTheSameSearch) {
  EXPECT_EQ(Search(*Make({.seed = 5}), 120, 6, Real()), Search(*Make({.seed = 5}), 120, 6, Real()));
}

TEST_P(EveryPolicyTest, AnotherSeedGivesAnotherSearch) {
  EXPECT_NE(Search(*Make({.seed = 5}), 60, 6, Real()), Search(*Make({.seed = 6}), 60, 6, Real()));
}

TEST_P(EveryPolicyTest, GoesOnWhenEverythingFails) {
  const auto policy = Make();
  EXPECT_EQ(Search(*policy, 200, 8, [](const Point&) { return kFailed; }).size(), 200u);
}

TEST_P(EveryPolicyTest, ExhaustsASmallSpaceAndEnds) {
  const SyntheticSpace small(3);
  const int64_t all = small.Count(1'000'000);
  const auto policy = GetParam().make(small, {.seed = 1});
  EXPECT_EQ(static_cast<int64_t>(
                Search(*policy, 10'000, 8, [&](const Point& point) { return small.TimeUs(point); }).size()),
            all);
  EXPECT_TRUE(policy->Suggest(8).empty());
}

TEST_P(EveryPolicyTest, ASpaceOfOneScheduleHasItsDefault) {
  const SyntheticSpace one(1);
  const auto policy = GetParam().make(one, {.seed = 1});
  EXPECT_THAT(policy->Suggest(4), ::testing::ElementsAre(one.Default()));
  EXPECT_TRUE(policy->Suggest(4).empty());
}

INSTANTIATE_TEST_SUITE_P(Policies, EveryPolicyTest,
                         ::testing::Values(PolicyCase{"Random", NewRandomPolicy},
                                           PolicyCase{"Ranked", MakeRanked},
                                           PolicyCase{"Evolutionary", MakeEvolutionary}),
                         [](const auto& instance) { return std::string(instance.param.name); });

// ---- policies with a cost model

class GuidedPolicyTest : public EveryPolicyTest {
 protected:
  // Trials until within 5 % of the optimum; `trials` + 1 where it is not reached.
  int TrialsToNearBest(SearchPolicy& policy, int trials) {
    for (int trial = 1; trial <= trials; ++trial) {
      const std::vector<Point> points = policy.Suggest(1);
      if (points.empty()) break;
      const Observation observation = {points.front(), space_.TimeUs(points.front())};
      if (observation.time_us <= goal_us_) return trial;
      policy.Observe({&observation, 1});
    }
    return trials + 1;
  }

  int MedianTrials(const Maker& make, SearchOptions options) {
    std::vector<int> trials;
    for (options.seed = 1; options.seed <= 5; ++options.seed) {
      trials.push_back(TrialsToNearBest(*make(space_, options), 600));
    }
    std::sort(trials.begin(), trials.end());
    return trials[trials.size() / 2];
  }

  const double goal_us_ = 1.05 * space_.BestTimeUs();

  // Another task on the same space: what is slow here is slow there, at twenty times the time.
  costmodel::Group RelatedTask() {
    costmodel::Group group;
    const auto policy = NewRandomPolicy(space_, {.seed = 77});
    for (const Point& point : policy->Suggest(200)) {
      group.rows.push_back(space_.FeatureRow(point));
      group.times_us.push_back(20 * space_.TimeUs(point) + 500);
    }
    return group;
  }
};

TEST_P(GuidedPolicyTest, NeedsAtMostHalfOfRandomsTrials) {
  const int random = MedianTrials(NewRandomPolicy, {});
  const int guided = MedianTrials(GetParam().make, {});
  std::printf("median trials to 5 %%: random %d, guided %d\n", random, guided);
  EXPECT_LE(2 * guided, random);
}

TEST_P(GuidedPolicyTest, RelatedTasksHelpFromTheStart) {
  const int alone = MedianTrials(GetParam().make, {});
  const int helped = MedianTrials(GetParam().make, {.related = {RelatedTask()}});
  std::printf("median trials to 5 %%: alone %d, with a related task %d\n", alone, helped);
  EXPECT_LT(helped, alone);
}

TEST_P(GuidedPolicyTest, RelatedRowsOfAnotherSchemaAreLeftOut) {
  costmodel::Group other = RelatedTask();
  for (std::vector<float>& row : other.rows) row.push_back(1);
  EXPECT_EQ(Search(*Make({.seed = 1, .related = {other}}), 60, 4, Real()),
            Search(*Make({.seed = 1}), 60, 4, Real()));
}

TEST_P(GuidedPolicyTest, SuggestsInTime) {
  const SyntheticSpace large(9);  // about 35,000 schedules
  const auto policy = GetParam().make(large, {.seed = 1, .related = {RelatedTask()}});
  std::vector<double> milliseconds;
  for (int i = 0; i < 60; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const std::vector<Point> points = policy->Suggest(4);
    milliseconds.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    std::vector<Observation> observations;
    for (const Point& point : points) observations.push_back({point, large.TimeUs(point)});
    policy->Observe(observations);
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  double sum = 0;
  for (const double value : milliseconds) sum += value;
  std::printf("suggesting 4: mean %.1f ms, median %.1f ms, longest %.0f ms\n", sum / 60, milliseconds[30],
              milliseconds.back());
  // Several times what an idle core needs.
  EXPECT_LT(sum / 60, 400);
}

INSTANTIATE_TEST_SUITE_P(Policies, GuidedPolicyTest,
                         ::testing::Values(PolicyCase{"Ranked", MakeRanked},
                                           PolicyCase{"Evolutionary", MakeEvolutionary}),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(PolicyFactoryTest, RanksSmallSpacesWholeAndEvolvesLargeOnes) {
  // Told apart by what they ask of the space.
  class CountingSpace : public SyntheticSpace {
   public:
    using SyntheticSpace::SyntheticSpace;
    Point Mutate(const Point& point, absl::BitGenRef random) const override {
      ++mutations;
      return SyntheticSpace::Mutate(point, random);
    }
    mutable int mutations = 0;
  };
  for (const bool small : {true, false}) {
    const CountingSpace space(6);
    const int64_t limit = space.Count(100'000) - (small ? 0 : 1);
    const auto policy =
        NewSearchPolicy(space, costmodel::NewXgboostCostModel({}), {.seed = 1, .enumeration_limit = limit});
    Search(*policy, 40, 4, [&](const Point& point) { return space.TimeUs(point); });
    EXPECT_EQ(space.mutations == 0, small);
  }
}

}  // namespace
}  // namespace diapason::tuner
