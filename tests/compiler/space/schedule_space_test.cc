#include "compiler/space/schedule_space.h"

#include <cmath>
#include <map>
#include <random>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/compiler/space/rows_sketch.h"
#include "tests/testing/workloads.h"

namespace diapason::compiler::space {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ScheduleSpaceTest, DimsComeFromTheSketchsMatcher) {
  auto space = CreateOrDie(Elementwise(12), {RowsSketch(kTileByT)});
  std::vector<int64_t> values;
  for (const ScheduleConfig& config : space->Enumerate(100)) values.push_back(config.values[0]);
  EXPECT_THAT(values, ElementsAre(1, 2, 3, 4, 6, 12));
  EXPECT_EQ(space->Count(100), 6);
  EXPECT_EQ(space->Count(4), 4);
  EXPECT_FALSE(space->IsLegal({0, {5}}));
  EXPECT_FALSE(space->IsLegal({1, {4}}));
  EXPECT_FALSE(space->IsLegal({0, {}}));
}

TEST(ScheduleSpaceTest, RenderingKeepsTheAuthorsText) {
  auto space = CreateOrDie(Elementwise(), {RowsSketch(std::string(kTileByT) + R"mlir(
    transform.tune.alternatives<"choice"> {
      transform.apply_cse to %module : !op
      transform.yield
    }, {
      transform.yield
    }
    %used, %u = transform.structured.tile_using_for %tiled tile_sizes [0, %half] : (!op, !p) -> (!op, !op)
)mlir")});
  const std::string text = *space->Render({0, {4, 1}});
  EXPECT_THAT(
      text, AllOf(HasSubstr(R"(%t = transform.tune.knob<"t"> = 4 : i64)"
                            R"( from options = {lower_bound = 1, upper_bound = 16} -> !p  // at most 16)"),
                  HasSubstr("%half = transform.param.constant 6 : i64 -> !transform.param<i64>"),
                  HasSubstr(R"(transform.tune.alternatives<"choice"> selected_region = 1 {)"),
                  HasSubstr("// rows a tile"), Not(HasSubstr("constrain_params")), Not(HasSubstr("%rest"))));
  // A rendered schedule is itself a sketch. It prefers the values that it was rendered with.
  auto again = CreateOrDie(Elementwise(), {MakeSketch("again", text)});
  EXPECT_THAT(again->Default().values, ElementsAre(4, 1));
  EXPECT_EQ(*again->Render(again->Default()), text);
  EXPECT_EQ(space->Render({0, {5, 0}}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ScheduleSpaceTest, ResultsOfOneNameAreRenderedSeparately) {
  std::string body = absl::StrReplaceAll(kTileByT, {{"%rest, %half =", "%r:2 ="}});
  auto space = CreateOrDie(Elementwise(), {RowsSketch(body + R"mlir(
    %u, %l = transform.structured.tile_using_for %tiled tile_sizes [0, %r#1] : (!op, !p) -> (!op, !op)
)mlir")});
  const std::string text = *space->Render({0, {4}});
  EXPECT_THAT(text,
              AllOf(HasSubstr("%r_1 = transform.param.constant 6 : i64"), HasSubstr("tile_sizes [0, %r_1]")));
  CreateOrDie(Elementwise(), {MakeSketch("again", text)});
}

// A sketch without matcher and constraints, whose knobs are in any place.
TEST(ScheduleSpaceTest, PlainStockScript) {
  auto space = CreateOrDie(Elementwise(), {MakeSketch("plain", R"mlir(
module attributes {transform.with_named_sequence} {
  transform.named_sequence @step(%f: !transform.any_op {transform.readonly}) {
    %s = transform.tune.knob<"size"> options = [8, 16] -> !transform.any_param
    %op = transform.structured.match ops{["linalg.generic"]} in %f : (!transform.any_op) -> !transform.any_op
    %t, %l:2 = transform.structured.tile_using_for %op tile_sizes [4, %s]
      : (!transform.any_op, !transform.any_param) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %unroll = transform.tune.knob<"unroll"> options = [true, false, true] -> !transform.any_param
    %f = transform.structured.match ops{["func.func"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.include @step failures(propagate) (%f) : (!transform.any_op) -> ()
    transform.yield
  }
}
)mlir")});
  EXPECT_EQ(space->Count(100), 4);
  // Knobs have the order of the text.
  EXPECT_THAT(*space->Render({0, {16, 0}}),
              AllOf(HasSubstr(R"("unroll"> = false from)"), HasSubstr(R"("size"> = 16 : i64 from)")));
  EXPECT_EQ(space->LoopNest({0, {16, 0}}), "for d0 in 12 by 4\n for d1 in 32 by 16\n  tile 4 16\n");
}

TEST(ScheduleSpaceTest, SketchWithoutKnobsHasOneSchedule) {
  auto space = CreateOrDie(Elementwise(), {RowsSketch("")});
  EXPECT_EQ(space->Count(100), 1);
  std::mt19937_64 random(1);
  const ScheduleConfig only = space->Sample(random);
  EXPECT_EQ(only, space->Default());
  EXPECT_EQ(space->Mutate(only, random), only);
  EXPECT_EQ(space->FeatureRow(only).size(), ScheduleSpace::FeatureNames().size());
}

TEST(ScheduleSpaceTest, AnUnknownStepLeavesOnlyKnobsAsFeatures) {
  auto space = CreateOrDie(Elementwise(), {RowsSketch(R"mlir(
    %t = transform.tune.knob<"t"> options = [1, 2] -> !p
    %r = transform.structured.interchange %root iterator_interchange = [1, 0] : (!op) -> !op
)mlir")});
  EXPECT_THAT(space->LoopNest(space->Default()),
              AllOf(HasSubstr("not traced"), HasSubstr("structured.interchange"), HasSubstr("rows.mlir:")));
  const std::vector<float> one = space->FeatureRow({0, {1}}), two = space->FeatureRow({0, {2}});
  int differ = 0, numbers = 0;
  for (size_t i = 0; i < one.size(); ++i) {
    numbers += !std::isnan(one[i]);
    differ += !std::isnan(one[i]) && one[i] != two[i];
  }
  EXPECT_EQ(numbers, 1);
  EXPECT_EQ(differ, 1);
}

TEST(ScheduleSpaceTest, FeaturesShowKnobsOnceOnly) {
  auto space = CreateOrDie(Elementwise(), {RowsSketch(std::string(kTileByT) + R"mlir(
    %hidden = transform.tune.knob<"hidden"> options = [3, 7] -> !p
)mlir")});
  EXPECT_EQ(ScheduleSpace::FeatureNames().size(), space->FeatureRow(space->Default()).size());
  auto knob_features = [&](const ScheduleConfig& config) {
    std::vector<float> values;
    const std::vector<float> row = space->FeatureRow(config);
    for (size_t i = 0; i < row.size(); ++i) {
      if (absl::StartsWith(ScheduleSpace::FeatureNames()[i], "knob") && !std::isnan(row[i]))
        values.push_back(row[i]);
    }
    return values;
  };
  EXPECT_THAT(knob_features({0, {4, 7}}), ElementsAre(7));  // t is left out, because it changes the loops
  EXPECT_NE(space->FeatureRow({0, {4, 7}}), space->FeatureRow({0, {6, 7}}));
  const std::set<std::string> names = [] {
    const auto all = ScheduleSpace::FeatureNames();
    return std::set<std::string>(all.begin(), all.end());
  }();
  EXPECT_EQ(names.size(), ScheduleSpace::FeatureNames().size());
  EXPECT_EQ(ScheduleSpace::FeatureSchema().size(), 16u);
}

TEST(ScheduleSpaceTest, FallbackIsUsedWhereNothingElseFits) {
  const v1::Sketch fallback = MakeSketch("any", R"mlir(
module attributes {transform.with_named_sequence, diapason.fallback} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    transform.yield
  }
})mlir");
  const v1::Sketch rows = RowsSketch(kTileByT);
  auto both = CreateOrDie(Elementwise(), {fallback, rows});
  EXPECT_EQ(both->ToSchedule(both->Default()).sketch_name(), "rows");
  EXPECT_EQ(both->Count(100), 6);
  auto one = CreateOrDie(testing::BatchGemmWorkload({}), {fallback, rows});
  EXPECT_EQ(one->ToSchedule(one->Default()).sketch_name(), "any");
}

// Costs in half cycles are comparable: the cheapest sketch gives the default, and all costs are relative to
// its.
TEST(ScheduleSpaceTest, CheapestOfComparableSketchesGivesTheDefault) {
  const auto sketch = [](const std::string& name, const std::string& unit, int cost) {
    v1::Sketch made = RowsSketch(absl::StrCat(R"(
    %t = transform.tune.knob<"t"> options = [1, 2] -> !p
    %cost = transform.smt.constrain_params(%t) {diapason.cost)",
                                              unit, R"(} : (!p) -> (!p) {
    ^bb0(%k: !smt.int):
      %c = smt.int.constant )",
                                              cost, R"(
      %sum = smt.int.mul %k, %c
      smt.yield %sum : !smt.int
    })"));
    made.set_name(name);
    return made;
  };
  const std::string unit = " = \"half_cycles\"";
  const auto both = CreateOrDie(Elementwise(), {sketch("a", unit, 4), sketch("b", unit, 1)});
  ASSERT_NE(both, nullptr);
  EXPECT_EQ(both->ToSchedule(both->Default()).sketch_name(), "b");
  std::map<std::string, float> costs;
  for (const ScheduleConfig& config : both->Defaults())
    costs[both->ToSchedule(config).sketch_name()] = both->AnalyticCost(config);
  EXPECT_THAT(costs, ElementsAre(::testing::Pair("a", 2), ::testing::Pair("b", 0)));

  EXPECT_EQ(both->Cost().reference, 1);
  EXPECT_EQ(both->Cost().least_products, 0);

  // A cost without a unit says nothing about other sketches: the first sketch keeps its place.
  const auto mixed = CreateOrDie(Elementwise(), {sketch("a", "", 4), sketch("b", unit, 1)});
  ASSERT_NE(mixed, nullptr);
  EXPECT_EQ(mixed->ToSchedule(mixed->Default()).sketch_name(), "a");
  EXPECT_EQ(mixed->AnalyticCost(mixed->Default()), 0);

  EXPECT_THAT(
      CreateError(Elementwise(), {sketch("a", " = \"seconds\"", 1)}, absl::StatusCode::kInvalidArgument),
      HasSubstr("diapason.cost has no value, or the value \"half_cycles\""));
}

// On several threads, a schedule takes as long as the thread with the most units.
TEST(ScheduleSpaceTest, TheDefaultHasEnoughUnitsForTheThreads) {
  const auto sketch = [](absl::string_view results, absl::string_view types, absl::string_view yielded) {
    return RowsSketch(absl::StrCat(R"(
    %t = transform.tune.knob<"t"> options = [1, 5, 6] -> !p
    )",
                                   results,
                                   R"( = transform.smt.constrain_params(%t) {diapason.cost = "half_cycles"}
      : (!p) -> )",
                                   types, R"( {
    ^bb0(%units: !smt.int):
      %c1000 = smt.int.constant 1000
      %c20 = smt.int.constant 20
      %c600 = smt.int.constant 600
      %overhead = smt.int.mul %units, %c20
      %sum = smt.int.add %c1000, %overhead
      smt.yield )",
                                   yielded, R"(
    })"));
  };
  const auto create = [](const v1::Sketch& made, int threads) {
    return ScheduleSpace::Create(Elementwise(), {made}, TestTarget(), threads);
  };
  const v1::Sketch stated = sketch("%cost, %u", "(!p, !p)", "%sum, %units : !smt.int, !smt.int");
  const std::map<int, std::pair<int64_t, double>> expected = {
      {1, {1, 1020}}, {2, {6, 560}}, {4, {6, 373}}, {5, {5, 220}}, {6, {6, 186}}};
  for (const auto& [threads, best] : expected) {
    const auto space = create(stated, threads);
    ASSERT_TRUE(space.ok()) << space.status();
    EXPECT_EQ((*space)->Default().values[0], best.first) << threads << " threads";
    EXPECT_EQ((*space)->Cost().reference, best.second) << threads << " threads";
  }
  const v1::Sketch slow =
      sketch("%cost, %u, %m", "(!p, !p, !p)", "%sum, %units, %c600 : !smt.int, !smt.int, !smt.int");
  for (const auto& [threads, cost] : std::map<int, double>{{1, 1170}, {2, 660}, {6, 446}}) {
    const auto space = create(slow, threads);
    ASSERT_TRUE(space.ok()) << space.status();
    EXPECT_EQ((*space)->Cost().reference, cost) << "the memory is shared by " << threads << " threads";
  }
  const auto silent = create(sketch("%cost", "(!p)", "%sum : !smt.int"), 2);
  ASSERT_TRUE(silent.ok()) << silent.status();
  EXPECT_EQ((*silent)->Cost().reference, 510) << "the work is divided evenly";
}

// A cost may know the number of threads, so that one order of units is the default on one thread and another
// one on several.
TEST(ScheduleSpaceTest, TheCostKnowsTheNumberOfThreads) {
  const v1::Sketch sketch = RowsSketch(R"(
    %t = transform.tune.knob<"t"> options = [0, 1] -> !p
    %n = transform.tune.knob<"target.threads"> options = {lower_bound = 1, upper_bound = 8} -> !p
    %cost = transform.smt.constrain_params(%t, %n) {diapason.cost} : (!p, !p) -> (!p) {
    ^bb0(%order: !smt.int, %threads: !smt.int):
      %c1 = smt.int.constant 1
      %c2 = smt.int.constant 2
      %c100 = smt.int.constant 100
      %c1000 = smt.int.constant 1000
      %others = smt.int.sub %threads, %c1
      %alone = smt.int.mul %order, %c100
      %gain = smt.int.mul %alone, %others, %c2
      %slower = smt.int.add %c1000, %alone
      %sum = smt.int.sub %slower, %gain
      smt.yield %sum : !smt.int
    })");
  for (const auto& [threads, best] : std::map<int, int64_t>{{1, 0}, {2, 1}, {3, 1}}) {
    const auto space = ScheduleSpace::Create(Elementwise(), {sketch}, TestTarget(), threads);
    ASSERT_TRUE(space.ok()) << space.status();
    EXPECT_EQ((*space)->Default().values[0], best) << threads << " threads";
    EXPECT_EQ((*space)->Count(10), 2) << threads << " threads";
  }
}

TEST(ScheduleSpaceTest, ASketchStatesTheProductsOfItsAlgorithm) {
  v1::Sketch sketch = RowsSketch(R"(
    %t = transform.tune.knob<"t"> options = [1, 2] -> !p
    %cost = transform.smt.constrain_params(%t) {diapason.cost = "half_cycles"} : (!p) -> (!p) {
    ^bb0(%k: !smt.int):
      %c = smt.int.constant 500
      %sum = smt.int.mul %k, %c
      smt.yield %sum : !smt.int
    }
    %products = transform.smt.constrain_params(%t) {diapason.products} : (!p) -> (!p) {
    ^bb0(%k: !smt.int):
      %c = smt.int.constant 600
      %least = smt.int.div %c, %k
      smt.yield %least : !smt.int
    })");
  const auto space = CreateOrDie(Elementwise(), {sketch});
  ASSERT_NE(space, nullptr);
  EXPECT_EQ(space->Cost().reference, 500);
  EXPECT_EQ(space->Cost().least_products, 300) << "of the schedule with t = 2";
}

TEST(ScheduleSpaceTest, SchedulesAreConvertedBackAndForth) {
  auto space = CreateOrDie(Elementwise(), {RowsSketch(kTileByT)});
  const v1::Schedule schedule = space->ToSchedule({0, {6}});
  EXPECT_EQ(*space->FromSchedule(schedule), (ScheduleConfig{0, {6}}));
  auto error = [&](auto change, absl::StatusCode code) {
    v1::Schedule changed = schedule;
    change(changed);
    const auto config = space->FromSchedule(changed);
    EXPECT_EQ(config.status().code(), code);
    return std::string(config.status().message());
  };
  using absl::StatusCode;
  EXPECT_THAT(error([](v1::Schedule& s) { s.set_sketch_hash("other"); }, StatusCode::kNotFound),
              HasSubstr("rows"));
  EXPECT_THAT(error([](v1::Schedule& s) { s.clear_knobs(); }, StatusCode::kInvalidArgument),
              HasSubstr("no value for knob t"));
  EXPECT_THAT(error([](v1::Schedule& s) { s.add_knobs()->set_name("x"); }, StatusCode::kInvalidArgument),
              HasSubstr("the sketch has no knob x"));
  EXPECT_THAT(error([](v1::Schedule& s) { s.mutable_knobs(0)->set_value(99); }, StatusCode::kInvalidArgument),
              HasSubstr("knob t has no option 99"));
  EXPECT_THAT(error([](v1::Schedule& s) { s.mutable_knobs(0)->set_value(5); }, StatusCode::kInvalidArgument),
              HasSubstr("the constraint at rows.mlir:"));
}

TEST(ScheduleSpaceTest, ErrorsNameFileLineAndReason) {
  using absl::StatusCode;
  EXPECT_THAT(CreateError(Elementwise(), {MakeSketch("bad", "module {\n  transform.nonsense\n}")},
                          StatusCode::kInvalidArgument),
              HasSubstr("bad.mlir:2"));
  EXPECT_THAT(CreateError(Elementwise(), {MakeSketch("bad", "module {}")}, StatusCode::kInvalidArgument),
              HasSubstr("@__transform_main"));
  EXPECT_THAT(CreateError("nonsense", {RowsSketch("")}, StatusCode::kInvalidArgument),
              HasSubstr("workload.mlir:1"));
  EXPECT_THAT(CreateError(testing::BatchGemmWorkload({}), {RowsSketch("")}, StatusCode::kNotFound),
              HasSubstr("tried rows"));
  EXPECT_THAT(
      CreateError(Elementwise(), {RowsSketch(R"(%t = transform.tune.knob<"t"> options = ["a"] -> !p)")},
                  StatusCode::kInvalidArgument),
      HasSubstr("options must be integers"));
  EXPECT_THAT(
      CreateError(Elementwise(), {RowsSketch(R"(%t = transform.tune.knob<"t"> options = {upper = 3} -> !p)")},
                  StatusCode::kInvalidArgument),
      HasSubstr("unknown key upper"));
  EXPECT_THAT(CreateError(Elementwise(),
                          {RowsSketch(R"(%t = transform.tune.knob<"target.foo"> options = [1] -> !p)")},
                          StatusCode::kInvalidArgument),
              HasSubstr("target.lanes"));
  EXPECT_THAT(
      CreateError(
          Elementwise(),
          {RowsSketch(absl::StrCat(kTileByT, R"(%x = transform.tune.knob<"t"> options = [1] -> !p)"))},
          StatusCode::kInvalidArgument),
      HasSubstr("already a knob"));
  EXPECT_THAT(CreateError(Elementwise(), {RowsSketch(R"mlir(
    %n = transform.num_associations %root : (!op) -> !p
    transform.smt.constrain_params(%n) : (!p) -> () {
    ^bb0(%x: !smt.int):
      smt.yield
    })mlir")},
                          StatusCode::kInvalidArgument),
              HasSubstr("known only when the interpreter runs"));
  EXPECT_THAT(CreateError(Elementwise(), {RowsSketch(R"mlir(
    transform.smt.constrain_params(%M) : (!p) -> () {
    ^bb0(%x: !smt.int):
      %f = smt.declare_fun : !smt.int
      smt.yield
    })mlir")},
                          StatusCode::kInvalidArgument),
              HasSubstr("smt.declare_fun is not supported"));
  // No tile of 2 to 12 rows divides 13 rows.
  const std::string none = absl::StrReplaceAll(
      kTileByT, {{"lower_bound = 1, upper_bound = 16", "lower_bound = 2, upper_bound = 12"}});
  EXPECT_THAT(CreateError(Elementwise(13), {RowsSketch(none)}, StatusCode::kFailedPrecondition),
              AllOf(HasSubstr("sketch rows"), HasSubstr("knob t")));
}

}  // namespace
}  // namespace diapason::compiler::space
