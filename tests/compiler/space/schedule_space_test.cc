#include "compiler/space/schedule_space.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "compiler/space/rehearsal.h"
#include "compiler/space/sketch_library.h"
#include "compiler/transform/registration.h"
#include "compiler/workload/diagnostics.h"
#include "compiler/workload/parse_module.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mlir/IR/MLIRContext.h"
#include "proto/base/content_hash.h"
#include "proto/processes/try_in_child.h"
#include "tests/testing/mutations.h"
#include "tests/testing/workloads.h"

namespace diapason::compiler {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

v1::Target TestTarget() {
  v1::Target target;
  target.set_vector_bits(256);
  target.set_vector_registers(16);
  target.set_cores(4);
  for (auto [level, bytes] : {std::pair{1, 32 << 10}, {2, 1 << 20}, {3, 8 << 20}}) {
    v1::Cache& cache = *target.add_caches();
    cache.set_level(level);
    cache.set_size_bytes(bytes);
  }
  return target;
}

v1::Sketch MakeSketch(const std::string& name, const std::string& text) {
  v1::Sketch sketch;
  sketch.set_name(name);
  sketch.set_text(text);
  sketch.set_hash(ContentHash(text));
  return sketch;
}

// `body`: of the main sequence. Binds %root, %M and %N of a 2-D elementwise workload.
v1::Sketch RowsSketch(const std::string& body, const std::string& attributes = "") {
  return MakeSketch("rows", absl::StrReplaceAll(R"mlir(
!op = !transform.any_op
!p = !transform.param<i64>
module attributes {transform.with_named_sequence ATTRIBUTES} {
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> (!op, !p, !p) {
    %d:2 = transform.match.structured failures(propagate) %op : (!op) -> (!p, !p) {
    ^bb0(%c: !op):
      %rank = transform.match.structured.rank %c : (!op) -> !p
      %two = transform.param.constant 2 : i64 -> !p
      transform.match.param.cmpi eq %rank, %two : !p
      %m = transform.match.structured.dim %c[0] : (!op) -> !p
      %n = transform.match.structured.dim %c[1] : (!op) -> !p
      transform.match.structured.yield %m, %n : !p, !p
    }
    transform.yield %op, %d#0, %d#1 : !op, !p, !p
  }
  transform.named_sequence @__transform_main(%module: !op {transform.consumed}) {
    %root, %M, %N = transform.collect_matching @fits in %module : (!op) -> (!op, !p, !p)
BODY
    transform.yield
  }
}
)mlir",
                                                {{"BODY", body}, {"ATTRIBUTES", attributes}}));
}

const char kTileByT[] = R"mlir(
    // rows a tile
    %t = transform.tune.knob<"t"> options = {lower_bound = 1, upper_bound = 16} -> !p  // at most 16
    %rest, %half = transform.smt.constrain_params(%t, %M) : (!p, !p) -> (!p, !p) {
    ^bb0(%x: !smt.int, %m: !smt.int):
      %c0 = smt.int.constant 0
      %c2 = smt.int.constant 2
      %r = smt.int.mod %m, %x
      %even = smt.eq %r, %c0 : !smt.int
      smt.assert %even
      %h = smt.int.div %m, %c2
      smt.yield %r, %h : !smt.int, !smt.int
    }
    %tiled, %loop = transform.structured.tile_using_for %root tile_sizes [%t, 0] : (!op, !p) -> (!op, !op)
)mlir";

// Each step that the trace follows, once.
const char kEveryStep[] = R"mlir(
    %t = transform.tune.knob<"t"> options = [2, 4] -> !p
    %n = transform.tune.knob<"n"> options = [8, 16] -> !p
    %order = transform.tune.knob<"order"> options = [0, 1] -> !p
    %other = transform.smt.constrain_params(%order) : (!p) -> (!p) {
    ^bb0(%o: !smt.int):
      %c1 = smt.int.constant 1
      %x = smt.int.sub %c1, %o
      smt.yield %x : !smt.int
    }
    transform.annotate %root "anchor" : !op
    transform.diapason.split_dim %root dimension 1 by %n : !op, !p
    %packing = transform.diapason.pack_operand %root operand 0 loops [1, 0, 2] : (!op) -> !op
    %unit, %stage = transform.structured.fuse %root tile_sizes [%t, 1, 0] {apply_cleanup, use_forall} : (!op, !p) -> (!op, !op)
    %slow = transform.param.constant [1, 0] -> !transform.any_param
    transform.annotate %stage "diapason.order" = %slow : !op, !transform.any_param
    %s = transform.structured.split %unit after 1 {dimension = 0} : !op
    %a, %b = transform.split_handle %s : (!op) -> (!op, !op)
    %fused, %l:2 = transform.structured.fuse %a tile_sizes [1, 1, 0] interchange [%order, %other] : (!op, !p, !p) -> (!op, !op, !op)
    transform.tune.alternatives<"tile"> {
      %rows, %r = transform.structured.tile_using_for %b tile_sizes [0, 0, 4] : (!op) -> (!op, !op)
      transform.diapason.unroll_full %r : !op
      transform.yield
    }, {
      transform.yield
    }
    %both = transform.merge_handles %fused, %b : !op
    %users = transform.get_consumers_of_result %root[0] : (!op) -> !op
    %maker = transform.get_producer_of_operand %root[0] : (!op) -> !op
)mlir";

// `step`: on %mm, a product with loops m, n, k.
v1::Sketch MatmulSketch(const std::string& step) {
  return MakeSketch("matmul", absl::StrReplaceAll(R"mlir(
!op = !transform.any_op
module attributes {transform.with_named_sequence} {
  transform.named_sequence @fits(%op: !op {transform.readonly}) -> !op {
    transform.match.structured failures(propagate) %op : !op {
    ^bb0(%c: !op):
      transform.match.structured.body %c { contraction = ["arith.mulf", "arith.addf"] } : !op
      transform.match.structured.yield
    }
    transform.yield %op : !op
  }
  transform.named_sequence @__transform_main(%module: !op {transform.consumed}) {
    %mm = transform.collect_matching @fits in %module : (!op) -> !op
    STEP
    transform.yield
  }
}
)mlir",
                                                  {{"STEP", step}}));
}

std::string Elementwise(int64_t rows = 12, int64_t columns = 32) {
  return testing::ElementwiseWorkload({rows, columns});
}

std::unique_ptr<ScheduleSpace> CreateOrDie(const std::string& workload, std::vector<v1::Sketch> sketches) {
  auto space = ScheduleSpace::Create(workload, sketches, TestTarget());
  EXPECT_TRUE(space.ok()) << space.status();
  return space.ok() ? *std::move(space) : nullptr;
}

std::string CreateError(const std::string& workload, std::vector<v1::Sketch> sketches,
                        absl::StatusCode code) {
  auto space = ScheduleSpace::Create(workload, sketches, TestTarget());
  EXPECT_EQ(space.status().code(), code) << space.status();
  return std::string(space.status().message());
}

TEST(ScheduleSpaceTest, DimsComeFromTheSketchsMatcher) {
  auto space = CreateOrDie(Elementwise(12), {RowsSketch(kTileByT)});
  std::vector<int64_t> values;
  for (const Point& point : space->Enumerate(100)) values.push_back(point.values[0]);
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
      text,
      AllOf(
          HasSubstr(
              R"(%t = transform.tune.knob<"t"> = 4 : i64 from options = {lower_bound = 1, upper_bound = 16} -> !p  // at most 16)"),
          HasSubstr("%half = transform.param.constant 6 : i64 -> !transform.param<i64>"),
          HasSubstr(R"(transform.tune.alternatives<"choice"> selected_region = 1 {)"),
          HasSubstr("// rows a tile"), Not(HasSubstr("constrain_params")), Not(HasSubstr("%rest"))));
  // A rendered schedule is a sketch itself: one that prefers what it was rendered with.
  auto again = CreateOrDie(Elementwise(), {MakeSketch("again", text)});
  EXPECT_THAT(again->Default().values, ElementsAre(4, 1));
  EXPECT_EQ(*again->Render(again->Default()), text);
  EXPECT_EQ(space->Render({0, {5, 0}}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ScheduleSpaceTest, ResultsOfOneNameAreRenderedApart) {
  std::string body = absl::StrReplaceAll(kTileByT, {{"%rest, %half =", "%r:2 ="}});
  auto space = CreateOrDie(Elementwise(), {RowsSketch(body + R"mlir(
    %u, %l = transform.structured.tile_using_for %tiled tile_sizes [0, %r#1] : (!op, !p) -> (!op, !op)
)mlir")});
  const std::string text = *space->Render({0, {4}});
  EXPECT_THAT(text,
              AllOf(HasSubstr("%r_1 = transform.param.constant 6 : i64"), HasSubstr("tile_sizes [0, %r_1]")));
  CreateOrDie(Elementwise(), {MakeSketch("again", text)});
}

TEST(ScheduleSpaceTest, TargetKnobsAreFilledFromTheTarget) {
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
            HasSubstr(R"("target.l1"> = 16384 : i64)")));  // the largest listed that the target reaches
  EXPECT_EQ(space->ToSchedule(space->Default()).knobs_size(), 1);
}

TEST(ScheduleSpaceTest, DefaultIsWhatTheSketchPrefers) {
  const std::string prefer = R"mlir(
    %cost = transform.smt.constrain_params(%t) {diapason.prefer} : (!p) -> (!p) {
    ^bb0(%x: !smt.int):
      %c5 = smt.int.constant 5
      %d = smt.int.sub %x, %c5
      %a = smt.int.abs %d
      smt.yield %a : !smt.int
    }
)mlir";
  auto space = CreateOrDie(Elementwise(12), {RowsSketch(kTileByT + prefer)});
  EXPECT_THAT(space->Default().values, ElementsAre(4));  // 4 and 6 cost the same
  EXPECT_THAT(*space->Render(space->Default()), Not(HasSubstr("prefer")));

  auto selected = CreateOrDie(
      Elementwise(12),
      {RowsSketch(absl::StrReplaceAll(kTileByT, {{R"("t"> options)", R"("t"> = 6 : i64 from options)"}}))});
  EXPECT_THAT(selected->Default().values, ElementsAre(6));
  auto neither = CreateOrDie(Elementwise(12), {RowsSketch(kTileByT)});
  EXPECT_THAT(neither->Default().values, ElementsAre(1));
}

TEST(ScheduleSpaceTest, ConstraintsInARegionHoldOnlyWhereItRuns) {
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
  EXPECT_EQ(space->Enumerate(10), (std::vector<Point>{{0, {1, 1}}, {0, {2, 0}}, {0, {2, 1}}, {0, {3, 1}}}));
}

// No matcher, no constraint, knobs wherever their author wrote them.
TEST(ScheduleSpaceTest, PlainStockScript) {
  auto space = CreateOrDie(Elementwise(), {MakeSketch("plain", R"mlir(
module attributes {transform.with_named_sequence} {
  transform.named_sequence @step(%f: !transform.any_op {transform.readonly}) {
    %s = transform.tune.knob<"size"> options = [8, 16] -> !transform.any_param
    %op = transform.structured.match ops{["linalg.generic"]} in %f : (!transform.any_op) -> !transform.any_op
    %t, %l:2 = transform.structured.tile_using_for %op tile_sizes [4, %s] : (!transform.any_op, !transform.any_param) -> (!transform.any_op, !transform.any_op, !transform.any_op)
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
  // Knobs stand in the order of the text.
  EXPECT_THAT(*space->Render({0, {16, 0}}),
              AllOf(HasSubstr(R"("unroll"> = false from)"), HasSubstr(R"("size"> = 16 : i64 from)")));
  EXPECT_EQ(space->LoopNest({0, {16, 0}}), "for d0 in 12 by 4\n for d1 in 32 by 16\n  tile 4 16\n");
}

TEST(ScheduleSpaceTest, SketchWithoutKnobsHasOneSchedule) {
  auto space = CreateOrDie(Elementwise(), {RowsSketch("")});
  EXPECT_EQ(space->Count(100), 1);
  std::mt19937_64 random(1);
  const Point only = space->Sample(random);
  EXPECT_EQ(only, space->Default());
  EXPECT_EQ(space->Mutate(only, random), only);
  EXPECT_EQ(space->FeatureRow(only).size(), ScheduleSpace::FeatureNames().size());
}

TEST(ScheduleSpaceTest, WhatTheTraceDoesNotKnowLeavesKnobsAsFeatures) {
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
  auto knob_features = [&](const Point& point) {
    std::vector<float> values;
    const std::vector<float> row = space->FeatureRow(point);
    for (size_t i = 0; i < row.size(); ++i) {
      if (absl::StartsWith(ScheduleSpace::FeatureNames()[i], "knob") && !std::isnan(row[i]))
        values.push_back(row[i]);
    }
    return values;
  };
  EXPECT_THAT(knob_features({0, {4, 7}}), ElementsAre(7));  // t shapes the loops, which show it
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

TEST(ScheduleSpaceTest, SchedulesGoThereAndBack) {
  auto space = CreateOrDie(Elementwise(), {RowsSketch(kTileByT)});
  const v1::Schedule schedule = space->ToSchedule({0, {6}});
  EXPECT_EQ(*space->FromSchedule(schedule), (Point{0, {6}}));
  auto error = [&](auto change, absl::StatusCode code) {
    v1::Schedule changed = schedule;
    change(changed);
    const auto point = space->FromSchedule(changed);
    EXPECT_EQ(point.status().code(), code);
    return std::string(point.status().message());
  };
  using absl::StatusCode;
  EXPECT_THAT(error([](v1::Schedule& s) { s.set_sketch_hash("other"); }, StatusCode::kNotFound),
              HasSubstr("rows"));
  EXPECT_THAT(error([](v1::Schedule& s) { s.clear_knobs(); }, StatusCode::kInvalidArgument),
              HasSubstr("no value for knob t"));
  EXPECT_THAT(error([](v1::Schedule& s) { s.add_knobs()->set_name("x"); }, StatusCode::kInvalidArgument),
              HasSubstr("there is no knob x"));
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
              HasSubstr("known to the interpreter only"));
  EXPECT_THAT(CreateError(Elementwise(), {RowsSketch(R"mlir(
    transform.smt.constrain_params(%M) : (!p) -> () {
    ^bb0(%x: !smt.int):
      %f = smt.declare_fun : !smt.int
      smt.yield
    })mlir")},
                          StatusCode::kInvalidArgument),
              HasSubstr("smt.declare_fun is not supported"));
  // 13 rows: no tile of 2 to 12 divides them.
  const std::string none = absl::StrReplaceAll(
      kTileByT, {{"lower_bound = 1, upper_bound = 16", "lower_bound = 2, upper_bound = 12"}});
  EXPECT_THAT(CreateError(Elementwise(13), {RowsSketch(none)}, StatusCode::kFailedPrecondition),
              AllOf(HasSubstr("sketch rows"), HasSubstr("knob t")));
}

// ---- the library of shared sequences

class SketchLibraryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              absl::StrCat("sketches_", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "library");
    Write("library/steps.mlir", R"mlir(!f = !transform.any_op
module attributes {transform.with_named_sequence} {
  // Cleans up.
  transform.named_sequence @clean(%m: !f {transform.readonly}) {
    transform.include @inner failures(propagate) (%m) : (!f) -> ()
    transform.yield
  }
  transform.named_sequence @inner(%m: !f {transform.readonly}) {
    transform.apply_cse to %m : !f
    transform.yield
  }
  transform.named_sequence @unused(%m: !f {transform.readonly}) {
    transform.yield
  }
})mlir");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }

  std::filesystem::path folder_;
  const std::string uses_clean_ = R"mlir(// A sketch.
module attributes {transform.with_named_sequence} {
  transform.named_sequence private @clean(!transform.any_op {transform.readonly})
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    transform.include @clean failures(propagate) (%m) : (!transform.any_op) -> ()
    transform.yield
  }
})mlir";
};

TEST_F(SketchLibraryTest, SequencesAreLinkedAsFarAsNeeded) {
  Write("b.mlir", uses_clean_);
  Write("a.mlir",
        absl::StrReplaceAll(
            uses_clean_,
            {{"  transform.named_sequence private @clean(!transform.any_op {transform.readonly})\n", ""}}));
  auto sketches = LoadSketches(folder_.string());
  ASSERT_TRUE(sketches.ok()) << sketches.status();
  ASSERT_EQ(sketches->size(), 2u);
  for (const v1::Sketch& sketch : *sketches) {
    EXPECT_THAT(sketch.text(), AllOf(HasSubstr("// Cleans up."), HasSubstr("@inner(%m"),
                                     Not(HasSubstr("@unused")), Not(HasSubstr("private"))));
    EXPECT_EQ(sketch.hash(), ContentHash(sketch.text()));
    CreateOrDie(Elementwise(), {sketch});
  }
  EXPECT_EQ((*sketches)[0].name(), "a");
  auto completed = CompleteSketch("b", uses_clean_, folder_.string());
  ASSERT_TRUE(completed.ok()) << completed.status();
  EXPECT_EQ(completed->hash(), (*sketches)[1].hash());
}

TEST_F(SketchLibraryTest, ANewFileIsANewSketch) {
  Write("a.mlir", uses_clean_);
  EXPECT_EQ(LoadSketches(folder_.string())->size(), 1u);
  Write("some_new_name.mlir", RowsSketch(kTileByT).text());
  auto sketches = LoadSketches(folder_.string());
  ASSERT_EQ(sketches->size(), 2u);
  auto space = CreateOrDie(Elementwise(), {(*sketches)[1]});
  EXPECT_EQ(space->ToSchedule(space->Default()).sketch_name(), "some_new_name");
}

TEST_F(SketchLibraryTest, Errors) {
  EXPECT_EQ(LoadSketches((folder_ / "nothing").string()).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(LoadSketches(folder_.string()).status().code(), absl::StatusCode::kNotFound);
  Write("a.mlir", "module {\n  oops\n}");
  EXPECT_THAT(std::string(LoadSketches(folder_.string()).status().message()), HasSubstr("a.mlir:2"));
  EXPECT_THAT(std::string(CompleteSketch("u", absl::StrReplaceAll(uses_clean_, {{"@clean", "@missing"}}),
                                         folder_.string())
                              .status()
                              .message()),
              HasSubstr("missing"));
  EXPECT_THAT(std::string(CompleteSketch("u", "module {}", folder_.string()).status().message()),
              HasSubstr("@__transform_main"));
  EXPECT_THAT(
      std::string(CompleteSketch("u", absl::StrCat("!f = !transform.op<\"func.func\">\n", uses_clean_),
                                 folder_.string())
                      .status()
                      .message()),
      HasSubstr("alias !f"));
  Write("library/twice.mlir",
        "module attributes {transform.with_named_sequence} {\n  transform.named_sequence @clean(%m: "
        "!transform.any_op {transform.readonly}) {\n    transform.yield\n  }\n}");
  EXPECT_THAT(std::string(CompleteSketch("u", uses_clean_, folder_.string()).status().message()),
              HasSubstr("already in"));
}

TEST(ScheduleSpaceTest, DamagedSketchesAreRefusedOrRead) {
  testing::ExpectMutationsAreRefusedOrRead({RowsSketch(kTileByT).text()}, 300,
                                           [](const std::string& text) {
                                             const auto space = ScheduleSpace::Create(
                                                 Elementwise(), {MakeSketch("rows", text)}, TestTarget());
                                             if (space.ok())
                                               EXPECT_TRUE((*space)->IsLegal((*space)->Default())) << text;
                                             return space.status();
                                           },
                                           {absl::StatusCode::kInvalidArgument, absl::StatusCode::kNotFound,
                                            absl::StatusCode::kFailedPrecondition});
}

// Whether MLIR's own parser crashes at the text, as it does at some: that is not ours to find.
bool ParserCrashes(const std::string& text) {
  const auto parse = [&] {
    mlir::DialectRegistry registry;
    RegisterDialects(registry);
    mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
    DiagnosticCollector diagnostics(&context);
    return ParseModule(text, "sketch", &context) ? absl::OkStatus()
                                                 : absl::InvalidArgumentError("it does not parse");
  };
  return absl::IsAborted(TryInChild(parse, absl::Seconds(60)));
}

// As damaged as a person would do it. What is left of these sketches parses more often than not, and reaches the
// constraint reader, the trace and the template.
TEST(ScheduleSpaceTest, RestructuredSketchesAreRefusedOrSearched) {
  const std::string folder = absl::StrCat(std::getenv("DIAPASON_SOURCE_DIR"), "/compiler/sketches");
  const std::vector<v1::Sketch> sketches = *LoadSketches(folder);
  const std::vector<std::string> workloads = {
      Elementwise(), testing::GemmWorkload({.m = 12, .n = 32, .k = 8}), testing::BatchGemmWorkload({}),
      testing::ConvWorkload({}), testing::DepthwiseWorkload({})};
  std::vector<std::string> texts = {RowsSketch(kTileByT).text(), RowsSketch(kEveryStep).text()};
  for (const v1::Sketch& sketch : sketches) texts.push_back(sketch.text());
  size_t round = 0;
  testing::ExpectMutationsAreRefusedOrRead(
      texts, 150,
      [&](const std::string& text) {
        const std::string& workload = workloads[round++ / texts.size() % workloads.size()];
        if (ParserCrashes(text)) return absl::InvalidArgumentError("MLIR's parser crashes");
        return RehearseSpace(workload, {MakeSketch("restructured", text)}, TestTarget());
      },
      {absl::StatusCode::kInvalidArgument, absl::StatusCode::kNotFound,
       absl::StatusCode::kFailedPrecondition},
      testing::Restructured);
}

// Steps that name loops, results and operands which their operations do not have.
TEST(ScheduleSpaceTest, StepsBeyondTheOperationAreNotTraced) {
  for (const char* step : {
           "%t, %l:4 = transform.structured.tile_using_for %root tile_sizes [1, 1, 8, 8]"
           " : (!op) -> (!op, !op, !op, !op, !op)",
           "%t, %l:3 = transform.structured.fuse %root tile_sizes [1, 1, 8] : (!op) -> (!op, !op, !op, !op)",
           "%t, %l = transform.structured.tile_using_forall %root tile_sizes [1, 1, 8] : (!op) -> (!op, !op)",
           "%s = transform.structured.split %root after 4 {dimension = 1000000} : !op",
           "%c = transform.get_consumers_of_result %root[7] : (!op) -> !op",
           "%c = transform.get_producer_of_operand %root[7] : (!op) -> !op",
           "%c = transform.diapason.pack_operand %root operand 1 loops [0, 5] : (!op) -> !op",
       }) {
    SCOPED_TRACE(step);
    const auto space = ScheduleSpace::Create(Elementwise(), {RowsSketch(step)}, TestTarget());
    ASSERT_TRUE(space.ok()) << space.status();
    EXPECT_THAT((*space)->LoopNest((*space)->Default()), HasSubstr("not traced: "));
    (void)(*space)->FeatureRow((*space)->Default());
  }
}

// Units of work that add up the same sum at the same time.
TEST(ScheduleSpaceTest, ReductionsOverUnitsAreRefusedWithTheirLine) {
  const std::string gemm = testing::GemmWorkload({.m = 16, .n = 32, .k = 24});
  const auto status = [&](const std::string& step) {
    return ScheduleSpace::Create(gemm, {MatmulSketch(step)}, TestTarget()).status();
  };
  for (const char* step : {
           "%t, %l = transform.structured.tile_using_forall %mm tile_sizes [4, 0, 8] : (!op) -> (!op, !op)",
           "%t, %l = transform.structured.fuse %mm tile_sizes [0, 0, 8] {use_forall} : (!op) -> (!op, !op)",
       }) {
    SCOPED_TRACE(step);
    EXPECT_EQ(status(step).code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(status(step).message(),
                AllOf(HasSubstr("matmul.mlir:"), HasSubstr("loop 2 of the operation is a reduction")));
  }
  EXPECT_TRUE(
      status("%t, %l = transform.structured.tile_using_forall %mm tile_sizes [4, 8, 0] : (!op) -> (!op, !op)")
          .ok());
  EXPECT_TRUE(
      status(
          "%t, %l = transform.structured.tile_using_forall %mm tile_sizes [4, 0, 24] : (!op) -> (!op, !op)")
          .ok());
}

TEST(ScheduleSpaceTest, TextsThatMlirCannotParseAreRefused) {
  std::string sum = "d0", list = "1";
  for (int i = 0; i < 100'000; ++i) sum += " + d0";
  const auto attribute = [](const std::string& value) {
    return absl::StrCat("module attributes {a = ", value, "} { func.func @f() { return } }");
  };
  for (const std::string& text : {attribute("affine_map<(d0) -> (" + sum + ")>"),
                                  attribute("affine_map<(d0) -> (" + std::string(100'000, '-') + "d0)>"),
                                  attribute(std::string(100'000, '9')),
                                  attribute(std::string(100'000, '[') + std::string(100'000, ']'))}) {
    EXPECT_EQ(ScheduleSpace::Create(text, {RowsSketch(kTileByT)}, TestTarget()).status().code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ScheduleSpace::Create(Elementwise(), {MakeSketch("deep", text)}, TestTarget()).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

// Constraints that no assignment of many knobs satisfies.
TEST(ScheduleSpaceTest, HopelessConstraintsComeToAnEnd) {
  std::string knobs, parameters, types, arguments, sum;
  for (int i = 0; i < 12; ++i) {
    absl::StrAppend(&knobs, "%k", i, " = transform.tune.knob<\"k", i,
                    "\"> options = {lower_bound = 1, upper_bound = 64} -> !p\n");
    absl::StrAppend(&parameters, i > 0 ? ", " : "", "%k", i);
    absl::StrAppend(&types, i > 0 ? ", " : "", "!p");
    absl::StrAppend(&arguments, i > 0 ? ", " : "", "%a", i, ": !smt.int");
    absl::StrAppend(&sum, i > 0 ? ", " : "", "%a", i);
  }
  const std::string body =
      absl::StrCat(knobs, "transform.smt.constrain_params(", parameters, ") : (", types, ") -> () {\n^bb0(",
                   arguments, "):\n%s = smt.int.add ", sum,
                   "\n%z = smt.int.constant 0\n%e = smt.eq %s, %z : !smt.int\nsmt.assert %e\nsmt.yield\n}\n");
  EXPECT_EQ(ScheduleSpace::Create(Elementwise(), {RowsSketch(body)}, TestTarget()).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace diapason::compiler
