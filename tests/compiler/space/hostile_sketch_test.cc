// Sketches that are damaged, wrong or malicious must be refused, or be searched like others.
#include <cstdlib>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "compiler/space/anchor.h"
#include "compiler/space/rehearsal.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/script.h"
#include "compiler/space/sketch_library.h"
#include "compiler/transform/registration.h"
#include "compiler/workload/diagnostics.h"
#include "compiler/workload/parse_module.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mlir/IR/MLIRContext.h"
#include "proto/processes/try_in_child.h"
#include "tests/compiler/space/rows_sketch.h"
#include "tests/testing/mutations.h"
#include "tests/testing/product_sketch.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/workloads.h"

namespace diapason::compiler::space {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// A sketch with each step that the trace follows.
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
    %unit, %stage = transform.structured.fuse %root tile_sizes [%t, 1, 0] {apply_cleanup, use_forall}
      : (!op, !p) -> (!op, !op)
    %slow = transform.param.constant [1, 0] -> !transform.any_param
    transform.annotate %stage "diapason.order" = %slow : !op, !transform.any_param
    %s = transform.structured.split %unit after 1 {dimension = 0} : !op
    %a, %b = transform.split_handle %s : (!op) -> (!op, !op)
    %fused, %l:2 = transform.structured.fuse %a tile_sizes [1, 1, 0] interchange [%order, %other]
      : (!op, !p, !p) -> (!op, !op, !op)
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

TEST(HostileSketchTest, DamagedSketchesAreRefusedOrRead) {
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

// Returns whether MLIR itself crashes while it parses the sketch or interprets its matcher. It does so for
// some texts, and such a crash is not a defect of this project.
bool MlirCrashes(const std::string& text, const std::string& workload) {
  const auto read = [&] {
    mlir::DialectRegistry registry;
    transform::RegisterDialects(registry);
    mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
    workload::DiagnosticCollector diagnostics(&context);
    const auto payload = workload::ParseModule(workload, "workload", &context);
    const auto script = Script::Parse(&context, "sketch", text);
    if (!script.ok() || !(*script)->main()) return script.status();
    return FindAnchor(**script, *payload).status();
  };
  return absl::IsAborted(TryInChild(read, absl::Seconds(60)));
}

// Damages sketches as a person would. Most of the results can be parsed, so that they reach the constraint
// reader, the trace and the template.
TEST(HostileSketchTest, RestructuredSketchesAreRefusedOrSearched) {
  const std::string folder = absl::StrCat(std::getenv("DIAPASON_SOURCE_DIR"), "/compiler/sketches");
  const std::vector<v1::Sketch> sketches = *LoadSketches(folder);
  const std::vector<std::string> workloads = {
      Elementwise(), testing::GemmWorkload({.m = 12, .n = 32, .k = 8}), testing::BatchGemmWorkload({}),
      testing::ConvWorkload({}), testing::DepthwiseWorkload({})};
  std::vector<std::string> texts = {RowsSketch(kTileByT).text(), RowsSketch(kEveryStep).text()};
  for (const v1::Sketch& sketch : sketches) texts.push_back(sketch.text());
  // Returns always the same workload for the same text.
  const auto workload = [&](const std::string& text) -> const std::string& {
    return workloads[std::hash<std::string>()(text) % workloads.size()];
  };
  testing::ExpectMutationsAreRefusedOrRead(
      texts, 150,
      [&](const std::string& text) {
        return RehearseSpace(workload(text), {MakeSketch("restructured", text)}, TestTarget());
      },
      {absl::StatusCode::kInvalidArgument, absl::StatusCode::kNotFound,
       absl::StatusCode::kFailedPrecondition},
      testing::Restructured, [&](const std::string& text) { return MlirCrashes(text, workload(text)); });
}

// Steps that name loops, results or operands that their operations do not have.
TEST(HostileSketchTest, StepsBeyondTheOperationAreNotTraced) {
  for (const char* step : {
           "%t, %l:4 = transform.structured.tile_using_for %root tile_sizes [1, 1, 8, 8]"
           " : (!op) -> (!op, !op, !op, !op, !op)",
           "%t, %l:3 = transform.structured.fuse %root tile_sizes [1, 1, 8] : (!op) -> (!op, !op, !op, !op)",
           "%t, %l = transform.structured.tile_using_forall %root tile_sizes [1, 1, 8] : (!op) -> (!op, !op)",
           "%s = transform.structured.split %root after 4 {dimension = 1000000} : !op",
           "%s = transform.structured.split %root after 4 {dimension = -1} : !op",
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

// MLIR's interpreter sometimes crashes at such a matcher.
TEST(HostileSketchTest, MatchersOfOtherOperationsAreRefusedWithTheirLine) {
  std::string sketch = testing::ProductSketch("");
  const size_t begin = sketch.find("    transform.match.structured");
  ASSERT_NE(begin, std::string::npos);
  sketch.insert(begin, "    %knob = transform.tune.knob<\"k\"> options = [1, 2] -> !p\n");
  EXPECT_THAT(ScheduleSpace::Create(testing::GemmWorkload({}), {MakeSketch("product", sketch)}, TestTarget()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("product.mlir:"), HasSubstr("cannot be used in a matcher"))));
}

// Units of work that add to the same sum at the same time.
TEST(HostileSketchTest, ReductionsOverUnitsAreRefusedWithTheirLine) {
  const std::string gemm = testing::GemmWorkload({.m = 16, .n = 32, .k = 24});
  const auto status = [&](const std::string& step) {
    return ScheduleSpace::Create(gemm, {MakeSketch("product", testing::ProductSketch(step))}, TestTarget())
        .status();
  };
  for (const char* step : {
           "%t, %l = transform.structured.tile_using_forall %product tile_sizes [4, 0, 8] : (!op) -> (!op, "
           "!op)",
           "%t, %l = transform.structured.fuse %product tile_sizes [0, 0, 8] {use_forall} : (!op) -> (!op, "
           "!op)",
       }) {
    SCOPED_TRACE(step);
    EXPECT_EQ(status(step).code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(status(step).message(),
                AllOf(HasSubstr("product.mlir:"), HasSubstr("loop 2 of the operation is a reduction")));
  }
  EXPECT_TRUE(status("%t, %l = transform.structured.tile_using_forall %product tile_sizes [4, 8, 0] : (!op) "
                     "-> (!op, !op)")
                  .ok());
  EXPECT_TRUE(status("%t, %l = transform.structured.tile_using_forall %product tile_sizes [4, 0, 24] : (!op) "
                     "-> (!op, !op)")
                  .ok());
}

TEST(HostileSketchTest, TextsThatMlirCannotParseAreRefused) {
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

// Constraints on many knobs that no assignment satisfies.
TEST(HostileSketchTest, UnsatisfiableConstraintsEnd) {
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

// Each sequence includes the next one twice, which makes 2^30 includes.
TEST(HostileSketchTest, NestedIncludesEnd) {
  std::string sequences;
  for (int i = 0; i < 30; ++i) {
    absl::StrAppend(&sequences, "transform.named_sequence @c", i, "(%x: !p {transform.readonly}) {\n");
    for (int k = 0; k < 2; ++k)
      absl::StrAppend(&sequences, "transform.include @c", i + 1, " failures(propagate) (%x) : (!p) -> ()\n");
    absl::StrAppend(&sequences, "transform.yield\n}\n");
  }
  absl::StrAppend(&sequences, R"mlir(
  transform.named_sequence @c30(%x: !p {transform.readonly}) {
    transform.smt.constrain_params(%x) : (!p) -> () {
    ^bb0(%y: !smt.int):
      smt.yield
    }
    transform.yield
  }
)mlir");
  const std::string body = "transform.include @c0 failures(propagate) (%M) : (!p) -> ()";
  EXPECT_THAT(
      CreateError(Elementwise(), {RowsSketch(body, "", sequences)}, absl::StatusCode::kInvalidArgument),
      HasSubstr("includes constraints more than"));
}

}  // namespace
}  // namespace diapason::compiler::space
