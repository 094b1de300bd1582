#include "compiler/space/config_space.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "absl/random/distributions.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace diapason::compiler::space {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Knob MakeKnob(const std::string& name, std::vector<int64_t> options, std::optional<int64_t> selected = {}) {
  return {name, std::move(options), selected, {}};
}

// A random program, and the same constraints in plain C++.
struct RandomProgram {
  explicit RandomProgram(uint64_t seed) {
    std::mt19937_64 random(seed);
    auto pick = [&](int64_t low, int64_t high) {
      return absl::Uniform<int64_t>(absl::IntervalClosed, random, low, high);
    };
    const int knobs = static_cast<int>(pick(1, 5));
    for (int k = 0; k < knobs; ++k) {
      std::vector<int64_t> options;
      for (int64_t n = pick(1, 6), v = pick(-2, 3); n > 0; --n, v += pick(1, 3)) options.push_back(v);
      slots.push_back(program.AddKnob(MakeKnob(absl::StrCat("k", k), options)));
    }
    for (int64_t c = pick(0, 4); c > 0; --c) {
      const int a = static_cast<int>(pick(0, knobs - 1)), b = static_cast<int>(pick(0, knobs - 1));
      const int64_t limit = pick(-2, 8);
      const int bound = program.Constant(limit);
      switch (pick(0, 3)) {
        case 0:
          program.Assert(
              program.Emit(Opcode::kLessEqual, program.Emit(Opcode::kMul, slots[a], slots[b]), bound),
              "product");
          constraints.push_back([=](const KnobValues& v) { return v[a] * v[b] <= limit; });
          break;
        case 1:
          program.Assert(
              program.Emit(Opcode::kNot, program.Emit(Opcode::kEqual,
                                                      program.Emit(Opcode::kAdd, slots[a], slots[b]), bound)),
              "sum");
          constraints.push_back([=](const KnobValues& v) { return v[a] + v[b] != limit; });
          break;
        case 2:
          program.Assert(program.Emit(Opcode::kOr, program.Emit(Opcode::kLess, slots[a], slots[b]),
                                      program.Emit(Opcode::kLessEqual, bound, slots[b])),
                         "or");
          constraints.push_back([=](const KnobValues& v) { return v[a] < v[b] || limit <= v[b]; });
          break;
        case 3: {
          const int chosen = program.Emit(Opcode::kIfThenElse, program.Emit(Opcode::kLess, bound, slots[a]),
                                          slots[b], slots[a]);
          program.Assert(program.Emit(Opcode::kLess, chosen, program.Constant(5)), "ite");
          constraints.push_back([=](const KnobValues& v) { return (limit < v[a] ? v[b] : v[a]) < 5; });
          break;
        }
      }
    }
    program.Finish();
  }

  std::vector<KnobValues> BruteForce() const {
    std::vector<KnobValues> all = {{}};
    for (const Knob& knob : program.knobs()) {
      std::vector<KnobValues> longer;
      for (const KnobValues& v : all) {
        for (int64_t option : knob.options) {
          longer.push_back(v);
          longer.back().push_back(option);
        }
      }
      all = std::move(longer);
    }
    std::vector<KnobValues> legal;
    for (const KnobValues& v : all) {
      if (std::all_of(constraints.begin(), constraints.end(), [&](const auto& c) { return c(v); }))
        legal.push_back(v);
    }
    return legal;
  }

  ConstraintProgram program;
  std::vector<int> slots;
  std::vector<std::function<bool(const KnobValues&)>> constraints;
};

std::vector<KnobValues> List(const ConfigSpace& legal) {
  std::vector<KnobValues> all;
  legal.ForEach([&](const KnobValues& v) {
    all.push_back(v);
    return true;
  });
  return all;
}

TEST(IntegerProgramTest, DivisionFollowsSmtLib) {
  for (int64_t a = -7; a <= 7; ++a) {
    for (int64_t b = -3; b <= 3; ++b) {
      const int64_t q = EuclideanDiv(a, b), r = EuclideanMod(a, b);
      if (b == 0) {
        EXPECT_EQ(q, 0);
        EXPECT_EQ(r, 0);
        continue;
      }
      EXPECT_EQ(q * b + r, a) << a << " / " << b;
      EXPECT_TRUE(r >= 0 && r < std::abs(b)) << a << " / " << b;
    }
  }
  EXPECT_EQ(EuclideanMod(INT64_MIN, -1), 0);
  EXPECT_EQ(EuclideanDiv(INT64_MIN, -1), INT64_MIN);  // wraps around
}

TEST(ConfigSpaceTest, EnumerationEqualsBruteForce) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const RandomProgram random_program(seed);
    const ConfigSpace legal(random_program.program);
    const std::vector<KnobValues> expected = random_program.BruteForce();
    ASSERT_EQ(List(legal), expected);  // also in the same order
    EXPECT_EQ(legal.Count(INT64_MAX), static_cast<int64_t>(expected.size()));
    EXPECT_EQ(legal.Count(3), std::min<int64_t>(3, expected.size()));
    for (const KnobValues& v : expected) EXPECT_TRUE(legal.Contains(v));
    if (expected.empty()) {
      EXPECT_THAT(legal.WhyEmpty(),
                  ::testing::AnyOf(HasSubstr("excludes"), HasSubstr("exclude all"), HasSubstr("hold")));
    }
  }
}

TEST(ConfigSpaceTest, MovesStayLegalAndReachEverything) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    const RandomProgram random_program(seed);
    const ConfigSpace legal(random_program.program);
    const std::vector<KnobValues> all = List(legal);
    if (all.empty()) continue;
    std::mt19937_64 random(seed);
    std::set<KnobValues> reached;
    KnobValues at = all.front();
    for (size_t i = 0; i < 60 * all.size() + 100; ++i) {
      const KnobValues next = legal.Mutate(at, random);
      ASSERT_TRUE(legal.Contains(next));
      if (all.size() > 1 && i == 0) EXPECT_NE(next, at);
      const KnobValues child = legal.Crossover(at, next, random);
      ASSERT_TRUE(legal.Contains(child));
      for (size_t k = 0; k < child.size(); ++k) EXPECT_TRUE(child[k] == at[k] || child[k] == next[k]);
      reached.insert(at = next);
    }
    EXPECT_EQ(reached.size(), all.size());
  }
}

TEST(ConfigSpaceTest, SamplingIsUniform) {
  ConstraintProgram program;
  const int a = program.AddKnob(MakeKnob("a", {1, 2, 3, 4, 5, 6, 7, 8}));
  const int b = program.AddKnob(MakeKnob("b", {1, 2, 3, 4, 5, 6, 7, 8}));
  program.Assert(program.Emit(Opcode::kLessEqual, program.Emit(Opcode::kMul, a, b), program.Constant(12)),
                 "product");
  program.Finish();
  const ConfigSpace legal(program);
  const std::vector<KnobValues> all = List(legal);
  std::map<KnobValues, int> seen;
  std::mt19937_64 random(7);
  constexpr int kPerConfig = 1000;
  for (size_t i = 0; i < all.size() * kPerConfig; ++i) ++seen[legal.Sample(random)];
  double chi_square = 0;
  for (const KnobValues& v : all)
    chi_square += (seen[v] - kPerConfig) * (seen[v] - kPerConfig) / static_cast<double>(kPerConfig);
  const double freedom = static_cast<double>(all.size() - 1);
  EXPECT_LT(chi_square, freedom + 4 * std::sqrt(2 * freedom)) << "seed 7, " << all.size() << " assignments";
}

TEST(ConfigSpaceTest, SamplingEndsIfAlmostNothingIsLegal) {
  ConstraintProgram program;
  std::vector<int64_t> options;
  for (int64_t v = 0; v < 1000; ++v) options.push_back(v);
  const int a = program.AddKnob(MakeKnob("a", options)), b = program.AddKnob(MakeKnob("b", options));
  program.Assert(program.Emit(Opcode::kEqual, program.Emit(Opcode::kAdd, a, b), program.Constant(1)), "sum");
  program.Finish();
  const ConfigSpace legal(program);
  std::mt19937_64 random(1);
  std::set<KnobValues> seen;
  for (int i = 0; i < 100; ++i) seen.insert(legal.Sample(random));
  EXPECT_THAT(seen, ElementsAre(KnobValues{0, 1}, KnobValues{1, 0}));
}

// skip needs tw = 8, and tw = 8 needs th = 1. So no change of a single knob leads to skip.
TEST(ConfigSpaceTest, MutationMovesCoupledKnobsTogether) {
  ConstraintProgram program;
  const int th = program.AddKnob(MakeKnob("th", {1, 2, 3, 4})),
            tw = program.AddKnob(MakeKnob("tw", {1, 2, 4, 8}));
  const int skip = program.AddKnob(MakeKnob("skip", {0, 1}));
  program.AddKnob(MakeKnob("other", {0, 1, 2, 3}));
  program.Assert(program.Emit(Opcode::kLessEqual, program.Emit(Opcode::kMul, th, tw), program.Constant(8)),
                 "registers");
  program.Assert(program.Emit(Opcode::kOr, program.Emit(Opcode::kNot, skip),
                              program.Emit(Opcode::kEqual, tw, program.Constant(8))),
                 "whole row");
  program.Finish();
  const ConfigSpace legal(program);
  std::mt19937_64 random(3);
  const KnobValues start = {4, 2, 0, 3};
  int skipping = 0, others_kept = 0;
  for (int i = 0; i < 1000; ++i) {
    const KnobValues next = legal.Mutate(start, random);
    if (next[2] == 0) continue;
    ++skipping;
    EXPECT_EQ(next[0], 1);
    EXPECT_EQ(next[1], 8);
    others_kept += next[3] == 3;
  }
  EXPECT_GT(skipping, 100);
  EXPECT_EQ(others_kept, skipping) << "a knob moved that no constraint couples";
}

TEST(ConfigSpaceTest, MinimizeIsExactAndTakesTheFirstOfEquals) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    RandomProgram random_program(seed);
    if (random_program.slots.size() < 2) continue;
    ConstraintProgram& program = random_program.program;
    const int cost = program.Emit(
        Opcode::kAbs, program.Emit(Opcode::kSub, random_program.slots[0], random_program.slots[1]));
    const std::vector<KnobValues> all = random_program.BruteForce();
    if (all.empty()) continue;
    auto cost_of = [](const KnobValues& v) { return std::abs(v[0] - v[1]); };
    const auto best = std::min_element(all.begin(), all.end(), [&](const KnobValues& a, const KnobValues& b) {
      return cost_of(a) < cost_of(b);
    });
    EXPECT_EQ(ConfigSpace(program).Minimize(cost), *best) << "seed " << seed;
  }
}

TEST(ConfigSpaceTest, MinimizeOnALargeSpaceIsDeterministicAndGood) {
  ConstraintProgram program;
  int sum = program.Constant(0);
  for (int k = 0; k < 12; ++k) {
    const int knob = program.AddKnob(MakeKnob(absl::StrCat("k", k), {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}));
    sum = program.Emit(Opcode::kAdd, sum, knob);
  }
  program.Assert(program.Emit(Opcode::kLessEqual, program.Constant(5), sum), "at least five");
  program.Finish();
  const ConfigSpace legal(program);
  const KnobValues best = legal.Minimize(sum);
  EXPECT_EQ(std::accumulate(best.begin(), best.end(), int64_t{0}), 5);
  EXPECT_EQ(ConfigSpace(program).Minimize(sum), best);
}

TEST(ConfigSpaceTest, SelectedPrefersTheAuthorsValues) {
  ConstraintProgram program;
  const int a = program.AddKnob(MakeKnob("a", {1, 2, 3}, 3)),
            b = program.AddKnob(MakeKnob("b", {1, 2, 3}, 2));
  program.AddKnob(MakeKnob("c", {5, 6}));
  program.Assert(program.Emit(Opcode::kNot, program.Emit(Opcode::kEqual, program.Emit(Opcode::kAdd, a, b),
                                                         program.Constant(5))),
                 "not 5");
  program.Finish();
  EXPECT_THAT(ConfigSpace(program).Selected(), ElementsAre(3, 1, 5));
}

TEST(ConfigSpaceTest, ManyKnobs) {
  ConstraintProgram program;
  std::vector<int> slots;
  for (int k = 0; k < 200; ++k) slots.push_back(program.AddKnob(MakeKnob(absl::StrCat("k", k), {0, 1})));
  for (int k = 1; k < 200; ++k)
    program.Assert(program.Emit(Opcode::kLessEqual, slots[k - 1], slots[k]), "ascending");
  program.Finish();
  const ConfigSpace legal(program);
  EXPECT_EQ(legal.Count(INT64_MAX), 201);
  std::mt19937_64 random(1);
  const KnobValues sample = legal.Sample(random);
  EXPECT_TRUE(legal.Contains(sample));
  EXPECT_TRUE(legal.Contains(legal.Mutate(sample, random)));
  const KnobValues none = {};
  EXPECT_FALSE(legal.Contains(none));
}

TEST(ConfigSpaceTest, SaysWhatIsWrong) {
  ConstraintProgram program;
  const int a = program.AddKnob(MakeKnob("a", {1, 2})), b = program.AddKnob(MakeKnob("b", {1, 2}));
  program.Assert(program.Emit(Opcode::kEqual, a, b), "the constraint at f.mlir:3");
  program.Finish();
  const ConfigSpace legal(program);
  EXPECT_THAT(legal.WhyNot({1, 2}), HasSubstr("f.mlir:3"));
  EXPECT_THAT(legal.WhyNot({1, 5}), HasSubstr("knob b has no option 5"));
  EXPECT_EQ(legal.WhyNot({2, 2}), "");
}

}  // namespace
}  // namespace diapason::compiler::space
