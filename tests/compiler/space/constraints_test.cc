// Tests the constraints of sketches: which schedules are legal, which values derived parameters have, and
// which schedule is the default.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "compiler/space/schedule_space.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/compiler/space/rows_sketch.h"

namespace diapason::compiler::space {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ConstraintsTest, TargetKnobsAreFilledFromTheTarget) {
  auto space = CreateOrDie(Elementwise(), {RowsSketch(R"mlir(
    %lanes = transform.tune.knob<"target.lanes"> options = [4, 8, 16] -> !p
    %l2 = transform.tune.knob<"target.l2"> options = {lower_bound = 1} -> !p
    %l1 = transform.tune.knob<"target.l1"> options = [16384, 49152] -> !p
    %t = transform.tune.knob<"t"> options = [4, 8, 16] -> !p
    transform.smt.constrain_params(%t, %lanes) : (!p, !p) -> () {
    ^bb0(%x: !smt.int, %l: !smt.int):
      %a = smt.int.cmp le %x, %l
      smt.assert %a
      smt.yield
    }
)mlir")});
  EXPECT_EQ(space->Count(100), 2);
  EXPECT_THAT(
      *space->Render(space->Default()),
      AllOf(HasSubstr(R"("target.lanes"> = 8 : i64)"), HasSubstr(R"("target.l2"> = 1048576 : i64)"),
            HasSubstr(R"("target.l1"> = 16384 : i64)")));  // the largest option up to the target's value
  EXPECT_EQ(space->ToSchedule(space->Default()).knobs_size(), 1);
}

// The sketch says that its error factor is its knob. A workload that asks for strict accuracy has only the
// schedules with the factor 1.
TEST(ConstraintsTest, StrictAccuracyAllowsOnlyAnErrorFactorOfOne) {
  const v1::Sketch sketch = RowsSketch(R"mlir(
    %t = transform.tune.knob<"t"> options = [1, 2, 4] -> !p
    %error = transform.smt.constrain_params(%t) {diapason.error} : (!p) -> (!p) {
    ^bb0(%x: !smt.int):
      smt.yield %x : !smt.int
    }
)mlir");
  auto any = CreateOrDie(Elementwise(), {sketch});
  EXPECT_EQ(any->Count(100), 3);
  const v1::Schedule four = any->ToSchedule({0, {4}});
  EXPECT_EQ(four.error_factor(), 4);

  const std::string strict_text =
      absl::StrReplaceAll(Elementwise(), {{"iterator_types", "diapason.strict, iterator_types"}});
  auto strict = CreateOrDie(strict_text, {sketch});
  EXPECT_EQ(strict->Count(100), 1);
  EXPECT_THAT(strict->Default().values, ElementsAre(1));
  EXPECT_THAT(strict->FromSchedule(four).status().message(),
              HasSubstr("the workload asks for strict accuracy (diapason.strict)"));
}

TEST(ConstraintsTest, DefaultIsWhatTheSketchPrefers) {
  const std::string prefer = R"mlir(
    %cost = transform.smt.constrain_params(%t) {diapason.cost} : (!p) -> (!p) {
    ^bb0(%x: !smt.int):
      %c5 = smt.int.constant 5
      %d = smt.int.sub %x, %c5
      %a = smt.int.abs %d
      smt.yield %a : !smt.int
    }
)mlir";
  auto space = CreateOrDie(Elementwise(12), {RowsSketch(kTileByT + prefer)});
  EXPECT_THAT(space->Default().values, ElementsAre(4));  // 4 and 6 cost the same
  EXPECT_THAT(*space->Render(space->Default()), Not(HasSubstr("diapason.cost")));

  auto selected = CreateOrDie(
      Elementwise(12),
      {RowsSketch(absl::StrReplaceAll(kTileByT, {{R"("t"> options)", R"("t"> = 6 : i64 from options)"}}))});
  EXPECT_THAT(selected->Default().values, ElementsAre(6));
  auto neither = CreateOrDie(Elementwise(12), {RowsSketch(kTileByT)});
  EXPECT_THAT(neither->Default().values, ElementsAre(1));
}

TEST(ConstraintsTest, ConstraintsInARegionHoldOnlyWhereItRuns) {
  auto space = CreateOrDie(Elementwise(), {RowsSketch(R"mlir(
    %t = transform.tune.knob<"t"> options = [1, 2, 3] -> !p
    transform.tune.alternatives<"choice"> {
      transform.smt.constrain_params(%t) : (!p) -> () {
      ^bb0(%x: !smt.int):
        %c2 = smt.int.constant 2
        %a = smt.eq %x, %c2 : !smt.int
        smt.assert %a
        smt.yield
      }
      transform.yield
    }, {
      transform.yield
    }
)mlir")});
  EXPECT_EQ(space->Enumerate(10),
            (std::vector<ScheduleConfig>{{0, {1, 1}}, {0, {2, 0}}, {0, {2, 1}}, {0, {3, 1}}}));
}

// A sequence that has only parameters, and one that includes it.
const char kSplit[] = R"mlir(
  // What is left of %extent.
  transform.named_sequence @rest(%tile: !p {transform.readonly}, %extent: !p {transform.readonly}) -> !p {
    %r = transform.smt.constrain_params(%tile, %extent) : (!p, !p) -> (!p) {
    ^bb0(%t: !smt.int, %e: !smt.int):
      %left = smt.int.mod %e, %t
      smt.yield %left : !smt.int
    }
    transform.yield %r : !p
  }

  transform.named_sequence @rest_of_most_five(%tile: !p {transform.readonly},
    %extent: !p {transform.readonly}) -> !p {
    %five = transform.param.constant 5 : i64 -> !p
    %r = transform.include @rest failures(propagate) (%tile, %extent) : (!p, !p) -> !p
    transform.smt.constrain_params(%tile, %five) : (!p, !p) -> () {
    ^bb0(%t: !smt.int, %m: !smt.int):
      %few = smt.int.cmp le %t, %m
      smt.assert %few
      smt.yield
    }
    transform.yield %r : !p
  }
)mlir";

const char kTwoIncludes[] = R"mlir(
    %t = transform.tune.knob<"t"> options = [4, 5, 6] -> !p
    %rows = transform.include @rest_of_most_five failures(propagate) (%t, %M) : (!p, !p) -> !p  // of the rows
    %columns = transform.include @rest failures(propagate) (%t, %N) : (!p, !p) -> !p
    %tiled, %l:2 = transform.structured.tile_using_for %root tile_sizes [%rows, %columns]
      : (!op, !p, !p) -> (!op, !op, !op)
)mlir";

TEST(ConstraintsTest, EachIncludeOfAConstraintHasSeparateValues) {
  auto space = CreateOrDie(Elementwise(12, 32), {RowsSketch(kTwoIncludes, "", kSplit)});
  EXPECT_EQ(space->Enumerate(10), (std::vector<ScheduleConfig>{{0, {4}}, {0, {5}}}));
  EXPECT_EQ(space->LoopNest({0, {5}}), "for d0 in 12 by 2\n for d1 in 32 by 2\n  tile 2 2\n");
  const std::string text = *space->Render({0, {5}});
  EXPECT_THAT(
      text,
      AllOf(HasSubstr("%rows = transform.param.constant 2 : i64 -> !transform.param<i64>  // of the rows"),
            HasSubstr("%columns = transform.param.constant 2 : i64"), Not(HasSubstr("constrain_params")),
            Not(HasSubstr("@rest")), Not(HasSubstr("What is left")), Not(HasSubstr("\n\n\n"))));
  auto again = CreateOrDie(Elementwise(12, 32), {MakeSketch("again", text)});
  EXPECT_EQ(*again->Render(again->Default()), text);
}

TEST(ConstraintsTest, MessagesSayWhereAConstraintIsIncluded) {
  auto space = CreateOrDie(Elementwise(), {RowsSketch(kTwoIncludes, "", kSplit)});
  v1::Schedule schedule = space->ToSchedule({0, {5}});
  schedule.mutable_knobs(0)->set_value(6);
  EXPECT_THAT(
      std::string(space->FromSchedule(schedule).status().message()),
      AllOf(HasSubstr("violate the constraint at rows.mlir:"), HasSubstr(", included at rows.mlir:")));
}

TEST(ConstraintsTest, ConstraintsOfStepsAreRefused) {
  const std::string steps = R"mlir(
  transform.named_sequence @step(%op: !op {transform.readonly}, %t: !p {transform.readonly}) {
    CONSTRAINT
    transform.annotate %op "done" : !op
    transform.yield
  }
)mlir";
  const std::string body = "transform.include @step failures(propagate) (%root, %M) : (!op, !p) -> ()";
  for (const char* constraint :
       {"transform.smt.constrain_params(%t) : (!p) -> () {\n^bb0(%x: !smt.int):\nsmt.yield\n}",
        "%r = transform.include @rest failures(propagate) (%t, %t) : (!p, !p) -> !p"}) {
    EXPECT_THAT(
        CreateError(
            Elementwise(),
            {RowsSketch(body, "",
                        absl::StrCat(kSplit, absl::StrReplaceAll(steps, {{"CONSTRAINT", constraint}})))},
            absl::StatusCode::kInvalidArgument),
        HasSubstr("a sequence that has steps cannot have constraints"));
  }
}

std::string LargestDivisor(const std::string& limit) {
  return absl::StrReplaceAll(R"mlir(
    %t = transform.tune.knob<"t"> options = [1, 2, 3, 4, 5, 6, 7, 8, 12] -> !p
    transform.smt.constrain_params(%t, %M) : (!p, !p) -> () {
    ^bb0(%x: !smt.int, %m: !smt.int):
      %limit = LIMIT
      %f = smt.declare_fun "largest_divisor" : !smt.func<(!smt.int, !smt.int) !smt.int>
      %d = smt.apply_func %f(%m, %limit) : !smt.func<(!smt.int, !smt.int) !smt.int>
      %same = smt.eq %x, %d : !smt.int
      smt.assert %same
      smt.yield
    }
)mlir",
                             {{"LIMIT", limit}});
}

TEST(ConstraintsTest, LargestDivisor) {
  const auto legal = [](int64_t rows, int limit) {
    auto space = CreateOrDie(Elementwise(rows),
                             {RowsSketch(LargestDivisor(absl::StrCat("smt.int.constant ", limit)))});
    std::vector<int64_t> values;
    for (const ScheduleConfig& config : space->Enumerate(100)) values.push_back(config.values[0]);
    return values;
  };
  EXPECT_THAT(legal(12, 5), ElementsAre(4));
  EXPECT_THAT(legal(12, 16), ElementsAre(12));
  EXPECT_THAT(legal(17, 16), ElementsAre(1));
  for (const char* limit : {"smt.int.constant 0", "smt.int.constant 4096", "smt.int.abs %x"}) {
    EXPECT_THAT(
        CreateError(Elementwise(), {RowsSketch(LargestDivisor(limit))}, absl::StatusCode::kInvalidArgument),
        HasSubstr("only largest_divisor(of, at_most) can be applied"));
  }
}

// Tuning logs hold sketches that were written before operations and attributes were renamed.
TEST(ConstraintsTest, SketchesOfOldLogsAreRead) {
  auto space = CreateOrDie(Elementwise(12), {RowsSketch(std::string(kTileByT) + R"mlir(
    %cost = transform.smt.constrain_params(%t) {diapason.prefer} : (!p) -> (!p) {
    ^bb0(%x: !smt.int):
      %c0 = smt.int.constant 0
      %less = smt.int.sub %c0, %x
      smt.yield %less : !smt.int
    }
    transform.diapason.vectors_to_rows %module : !op
)mlir")});
  EXPECT_THAT(space->Default().values, ElementsAre(12));
  EXPECT_THAT(*space->Render(space->Default()), HasSubstr("transform.diapason.unroll_vectors_to_1d %module"));
}

}  // namespace
}  // namespace diapason::compiler::space
