// Tests what scripts make from workloads: stages, `prepare`, threads and layouts.
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/compiler/codegen/test_kernel.h"
#include "tests/testing/random_workloads.h"
#include "tests/testing/workloads.h"

namespace diapason::compiler::codegen {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kTolerance = 2e-6;  // error against double precision, relative to the largest output

std::string Script(absl::string_view steps) {
  return absl::StrCat(R"(
!op = !transform.any_op
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {
)",
                      steps, R"(
    transform.yield
  }
})");
}

// Steps that find the last op of the function.
constexpr char kRoot[] = R"(
    %store = transform.structured.match ops{["bufferization.materialize_in_destination"]} in %m : (!op) -> !op
    %root = transform.get_producer_of_operand %store[0] : (!op) -> !op
)";

// Makes one stage: a loop over the rows of the output, with everything else fused into it. LLVM makes the
// vectors.
std::string FusedRows(int64_t rows) {
  return Script(absl::StrCat(kRoot, "    %tile, %loop = transform.structured.fuse %root tile_sizes [", rows,
                             "] {apply_cleanup, use_forall} : (!op) -> (!op, !op)\n"));
}

// Puts only the last op into a parallel loop, so that the ops before it become another stage.
std::string LastOpOnly(int64_t rows) {
  return Script(absl::StrCat(kRoot,
                             "    %tile, %loop = transform.structured.tile_using_forall %root tile_sizes [",
                             rows, "] : (!op) -> (!op, !op)\n"));
}

v1::BuildRequest Request(const v1::Workload& workload, const std::string& script,
                         v1::Optimization optimization = v1::OPTIMIZATION_SEARCH) {
  v1::BuildRequest request;
  *request.mutable_target() = HostForTests();
  request.set_workload_text(workload.text());
  request.set_script(script);
  request.set_optimization(optimization);
  return request;
}

v1::Workload Make(const std::string& text) {
  absl::StatusOr<v1::Workload> workload = workload::MakeWorkload(text);
  EXPECT_TRUE(workload.ok()) << workload.status();
  return *std::move(workload);
}

std::vector<int64_t> Ranges(const diapason_kernel& kernel) {
  std::vector<int64_t> ranges;
  for (int64_t i = 0; i < kernel.num_stages; ++i) ranges.push_back(kernel.stages[i].range);
  return ranges;
}

bool SameBits(const Arguments& a, const Arguments& b) {
  const std::vector<NumberTensor> left = a.Tensors(), right = b.Tensors();
  for (size_t i = 0; i < left.size(); ++i) {
    for (size_t e = 0; e < left[i].elements.size(); ++e) {
      const Number &x = left[i].elements[e], &y = right[i].elements[e];
      if (memcmp(&x, &y, sizeof x) != 0) return false;
    }
  }
  return true;
}

// Builds the kernel, runs it on one and on three threads, and compares the results with the interpreter's.
void Check(KernelBackend& backend, const v1::Workload& workload, const v1::BuildRequest& request,
           absl::BitGenRef random) {
  auto kernel = LoadArtifact(backend.Build(request));
  ASSERT_NE(kernel, nullptr);
  const std::vector<v1::Layout> layouts(request.layouts().begin(), request.layouts().end());
  Arguments one(workload, layouts, random);
  auto expected = Interpret(workload.text(), one.Tensors());
  ASSERT_TRUE(expected.ok()) << expected.status();
  Arguments three = one;
  Call(*kernel, one, 1);
  EXPECT_LT(LargestError(workload, one, *expected), kTolerance);
  EXPECT_TRUE(one.GuardsIntact());
  Call(*kernel, three, 3);
  EXPECT_TRUE(SameBits(one, three));
}

class ScheduleTest : public ::testing::TestWithParam<int> {};

TEST_P(ScheduleTest, EveryKindInOneStageAndInSeveral) {
  const int seed = GetParam();
  std::mt19937_64 random(seed);
  const auto backend = BackendForTests();
  for (const testing::NamedWorkload& named : testing::RandomWorkloads(random)) {
    const v1::Workload workload = Make(named.text);
    for (const std::string& script : {FusedRows(1), FusedRows(3), LastOpOnly(2)}) {
      SCOPED_TRACE(absl::StrCat(named.name, ", seed ", seed, script));
      Check(*backend, workload, Request(workload, script), random);
    }
    SCOPED_TRACE(absl::StrCat(named.name, ", -O3, seed ", seed));
    Check(*backend, workload, Request(workload, FusedRows(2), v1::OPTIMIZATION_FULL), random);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ScheduleTest, ::testing::Values(11, 12));

TEST(StagesTest, WorkOutsideOfParallelLoopsIsAStageOfOneIteration) {
  const auto backend = BackendForTests();
  const v1::Workload workload = Make(testing::SoftmaxWorkload({12, 16}));
  auto kernel = LoadArtifact(backend->Build(Request(workload, LastOpOnly(3))));
  ASSERT_NE(kernel, nullptr);
  EXPECT_THAT(Ranges(kernel->description()), ElementsAre(1, 4));
  EXPECT_GT(kernel->description().workspace_bytes, 0);  // the first stage's result for the second
}

TEST(StagesTest, BuffersInsideOfAStageAreScratch) {
  const auto backend = BackendForTests();
  const v1::Workload workload = Make(testing::SoftmaxWorkload({12, 16}));
  auto kernel = LoadArtifact(backend->Build(Request(workload, FusedRows(2))));
  ASSERT_NE(kernel, nullptr);
  EXPECT_THAT(Ranges(kernel->description()), ElementsAre(6));
  EXPECT_EQ(kernel->description().workspace_bytes, 0);
  EXPECT_GT(kernel->description().scratch_bytes, 0);
  EXPECT_EQ(kernel->description().scratch_bytes % DIAPASON_ALIGNMENT, 0);
}

// Only the second iteration is run, so that the place that it writes to shows the order.
TEST(StagesTest, OrderListsTheSlowestDimensionFirst) {
  const auto backend = BackendForTests();
  const v1::Workload workload = Make(testing::ElementwiseWorkload({6, 8}));
  const auto script = [](absl::string_view order) {
    return Script(absl::StrCat(kRoot, R"(
    %tile, %loop = transform.structured.tile_using_forall %root tile_sizes [2, 4] : (!op) -> (!op, !op)
    %order = transform.param.constant )",
                               order, R"( -> !transform.any_param
    transform.annotate %loop "diapason.order" = %order : !op, !transform.any_param)"));
  };
  const auto first_written_after_one_step = [&](const std::string& text) {
    std::mt19937_64 random(1);
    auto kernel = LoadArtifact(backend->Build(Request(workload, text)));
    EXPECT_THAT(Ranges(kernel->description()), ElementsAre(6));
    Arguments arguments(workload, {}, random);
    std::vector<void*> pointers = arguments.Pointers();
    kernel->description().stages[0].body(pointers.data(), nullptr, nullptr, 1, 2);  // the second iteration
    const NumberTensor out = arguments.ToTensor(3);
    for (size_t i = 0; i < out.elements.size(); ++i) {
      if (!std::isnan(out.elements[i].f)) return static_cast<int64_t>(i);
    }
    return int64_t{-1};
  };
  EXPECT_EQ(first_written_after_one_step(script("[0, 1]")), 4);      // row 0, column 4
  EXPECT_EQ(first_written_after_one_step(script("[1, 0]")), 2 * 8);  // row 2, column 0
  const v1::BuildResponse wrong = backend->Build(Request(workload, script("[1, 1]")));
  EXPECT_EQ(wrong.outcome().kind(), v1::OUTCOME_KIND_COMPILE_ERROR);
  EXPECT_THAT(wrong.outcome().message(), ::testing::HasSubstr("diapason.order must list each"));
}

// B is transposed and then scaled by a constant vector. Both steps belong to `prepare`, which needs memory
// between them. The broadcast of the bias stays in the kernel.
constexpr char kTwoStepConstant[] = R"(
#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (n, k)>
#c = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(d0, d1) -> (d0, d1)>
#t = affine_map<(d0, d1) -> (d1, d0)>
#row = affine_map<(d0, d1) -> (d0)>
#col = affine_map<(d0, d1) -> (d1)>
func.func @workload(%x: tensor<5x24xf32>, %w: tensor<24x16xf32> {diapason.constant},
                    %s: tensor<16xf32> {diapason.constant}, %bias: tensor<16xf32> {diapason.constant},
                    %y: tensor<5x16xf32>) -> tensor<5x16xf32> {
  %e = tensor.empty() : tensor<16x24xf32>
  %wt = linalg.generic {indexing_maps = [#t, #id], iterator_types = ["parallel", "parallel"]}
      ins(%w : tensor<24x16xf32>) outs(%e : tensor<16x24xf32>) {
  ^bb0(%i: f32, %o: f32):
    linalg.yield %i : f32
  } -> tensor<16x24xf32>
  %ws = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%wt, %s : tensor<16x24xf32>, tensor<16xf32>) outs(%e : tensor<16x24xf32>) {
  ^bb0(%i: f32, %j: f32, %o: f32):
    %p = arith.mulf %i, %j : f32
    linalg.yield %p : f32
  } -> tensor<16x24xf32>
  %e2 = tensor.empty() : tensor<5x16xf32>
  %init = linalg.generic {indexing_maps = [#col, #id], iterator_types = ["parallel", "parallel"]}
      ins(%bias : tensor<16xf32>) outs(%e2 : tensor<5x16xf32>) {
  ^bb0(%i: f32, %o: f32):
    linalg.yield %i : f32
  } -> tensor<5x16xf32>
  %acc = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %ws : tensor<5x24xf32>, tensor<16x24xf32>) outs(%init : tensor<5x16xf32>) {
  ^bb0(%i: f32, %j: f32, %o: f32):
    %p = arith.mulf %i, %j : f32
    %q = arith.addf %o, %p : f32
    linalg.yield %q : f32
  } -> tensor<5x16xf32>
  %out = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%acc : tensor<5x16xf32>) outs(%y : tensor<5x16xf32>) {
  ^bb0(%i: f32, %o: f32):
    linalg.yield %i : f32
  } -> tensor<5x16xf32>
  return %out : tensor<5x16xf32>
})";

constexpr char kSplitPrepare[] = R"(
    %m1 = transform.apply_registered_pass "diapason-split-prepare" to %m : (!op) -> !op
    %f = transform.structured.match ops{["func.func"]} attributes {diapason.kernel} in %m1 : (!op) -> !op
    %store = transform.structured.match ops{["bufferization.materialize_in_destination"]} in %f : (!op) -> !op
    %root = transform.get_producer_of_operand %store[0] : (!op) -> !op
    %tile, %loop = transform.structured.fuse %root tile_sizes [1] {apply_cleanup, use_forall}
      : (!op) -> (!op, !op)
)";

TEST(PrepareTest, ComputesWhatDependsOnConstantsOnly) {
  const auto backend = BackendForTests();
  const v1::Workload workload = Make(kTwoStepConstant);
  const v1::BuildRequest request = Request(workload, Script(kSplitPrepare));
  auto kernel = LoadArtifact(backend->Build(request));
  ASSERT_NE(kernel, nullptr);
  const diapason_kernel& description = kernel->description();
  ASSERT_EQ(description.num_packed, 1);
  EXPECT_EQ(description.packed_bytes[0], 16 * 24 * 4);
  EXPECT_GE(description.workspace_bytes, 16 * 24 * 4);  // the memory that `prepare` needs
  EXPECT_EQ(description.num_arguments, 5);
  std::mt19937_64 random(3);
  Check(*backend, workload, request, random);
}

TEST(PrepareTest, PackedConstantsAreReadInPlaceOfTheRawOnes) {
  const auto backend = BackendForTests();
  const v1::Workload workload = Make(kTwoStepConstant);
  auto kernel = LoadArtifact(backend->Build(Request(workload, Script(kSplitPrepare))));
  ASSERT_NE(kernel, nullptr);
  std::mt19937_64 random(4);
  Arguments arguments(workload, {}, random);
  auto expected = Interpret(workload.text(), arguments.Tensors());
  std::vector<void*> pointers = kernel->WithPacked(arguments.Pointers());
  kernel->Prepare(pointers);
  pointers[1] = pointers[2] = nullptr;  // the kernel no longer reads them
  kernel->Run(pointers);
  EXPECT_LT(LargestError(workload, arguments, *expected), kTolerance);
}

TEST(PrepareTest, IsAbsentWhereNothingIsPacked) {
  const auto backend = BackendForTests();
  const v1::Workload workload = Make(testing::GemmWorkload({}));
  auto kernel = LoadArtifact(backend->Build(Request(workload, Script(kSplitPrepare))));
  ASSERT_NE(kernel, nullptr);
  EXPECT_EQ(kernel->description().num_packed, 0);
  EXPECT_EQ(kernel->description().prepare, nullptr);
}

TEST(LayoutTest, StridedInstancesTouchTheirElementsOnly) {
  std::mt19937_64 random(5);
  const auto backend = BackendForTests();
  testing::Conv conv;
  for (testing::Epilogue epilogue : {testing::Epilogue::kRelu, testing::Epilogue::kResidualRelu}) {
    conv.epilogue = epilogue;
    const v1::Workload workload = Make(testing::ConvWorkload(conv));
    for (const std::string& script : {std::string(), FusedRows(1), LastOpOnly(1)}) {
      v1::BuildRequest request = Request(workload, script);
      if (script.empty()) request.set_optimization(v1::OPTIMIZATION_REFERENCE);
      for (int i = 0; i < workload.arguments_size(); ++i) {
        v1::Layout& layout = *request.add_layouts();
        int64_t stride = 1;
        for (int d = workload.arguments(i).shape_size(); d-- > 0;) {
          layout.mutable_strides()->Add(stride);
          stride *= workload.arguments(i).shape(d) +
                    (workload.arguments(i).role() == v1::ARGUMENT_ROLE_CONSTANT ? 0 : 2);
        }
        std::reverse(layout.mutable_strides()->begin(), layout.mutable_strides()->end());
      }
      SCOPED_TRACE(script);
      Check(*backend, workload, request, random);
    }
  }
}

// A script may leave work undone. The default lowering still makes a kernel.
TEST(DefaultLoweringTest, CompletesWhatTheScriptLeavesUndone) {
  std::mt19937_64 random(6);
  const auto backend = BackendForTests();
  const v1::Workload workload = Make(testing::GemmWorkload({16, 32, 24}));
  const std::string bufferized = Script(R"(
    %b = transform.bufferization.one_shot_bufferize %m : (!op) -> !op
    %f = transform.structured.match ops{["func.func"]} in %b : (!op) -> !op
    transform.apply_patterns to %f { transform.apply_patterns.canonicalization } : !op)");
  const std::string plain_loops = Script(R"(
    %op = transform.structured.match ops{["linalg.generic"]} in %m : (!op) -> !op
    %each:3 = transform.split_handle %op : (!op) -> (!op, !op, !op)
    %tile, %loops:3 = transform.structured.tile_using_for %each#1 tile_sizes [4, 16, 8]
      : (!op) -> (!op, !op, !op, !op))");
  const std::string vectors = Script(R"(
    %op = transform.structured.match ops{["linalg.generic"]} in %m : (!op) -> !op
    %each:3 = transform.split_handle %op : (!op) -> (!op, !op, !op)
    %tile, %loops:3 = transform.structured.tile_using_for %each#1 tile_sizes [4, 16, 8]
      : (!op) -> (!op, !op, !op, !op)
    transform.structured.vectorize %tile : !op)");
  const std::string nested_forall = Script(absl::StrCat(kRoot, R"(
    %tile, %loop = transform.structured.fuse %root tile_sizes [4] {apply_cleanup, use_forall}
      : (!op) -> (!op, !op)
    %tile2, %loop2 = transform.structured.tile_using_forall %tile tile_sizes [0, 8] : (!op) -> (!op, !op))"));
  for (const std::string& script : {bufferized, plain_loops, vectors, nested_forall}) {
    SCOPED_TRACE(script);
    Check(*backend, workload, Request(workload, script), random);
  }
}

// Two threads would add to the same sum, so the kernel is refused, no matter which step makes the loop.
TEST(ScheduleTest, ReductionsOverUnitsAreErrors) {
  const auto backend = BackendForTests();
  const v1::Workload workload = *workload::MakeWorkload(testing::GemmWorkload({.m = 16, .n = 32, .k = 24}));
  const auto outcome = [&](const std::string& step) {
    return backend
        ->Build(Request(workload, Script(absl::StrCat(R"(
    %op = transform.structured.match ops{["linalg.generic"]} in %m : (!op) -> !op
    %each:3 = transform.split_handle %op : (!op) -> (!op, !op, !op)
)",
                                                      step))))
        .outcome();
  };
  for (const char* step : {
           "%tile, %loop = transform.structured.tile_using_forall %each#1 tile_sizes [0, 0, 8] : (!op) -> "
           "(!op, !op)",
           "%tile, %loop = transform.structured.tile_using_forall %each#1 tile_sizes [4, 16, 8] : (!op) -> "
           "(!op, !op)",
           "%tile, %loop = transform.structured.tile_using_forall %each#1 num_threads [0, 0, 3] : (!op) -> "
           "(!op, !op)",
       }) {
    SCOPED_TRACE(step);
    EXPECT_EQ(outcome(step).kind(), v1::OUTCOME_KIND_COMPILE_ERROR);
    EXPECT_THAT(outcome(step).message(), ::testing::HasSubstr("tile this reduction with scf.for"));
  }
  for (const char* step : {
           "%tile, %loop = transform.structured.tile_using_forall %each#1 tile_sizes [4, 16, 0] : (!op) -> "
           "(!op, !op)",
           "%tile, %loop = transform.structured.tile_using_forall %each#1 tile_sizes [4, 0, 24] : (!op) -> "
           "(!op, !op)",
       }) {
    SCOPED_TRACE(step);
    EXPECT_EQ(outcome(step).kind(), v1::OUTCOME_KIND_OK) << outcome(step).message();
  }
}

}  // namespace
}  // namespace diapason::compiler::codegen
