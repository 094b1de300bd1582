#include "compiler/codegen/cpu_backend.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "compiler/codegen/linker.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/compiler/codegen/test_kernel.h"
#include "tests/testing/random_workloads.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/workloads.h"

namespace diapason::compiler::codegen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kTolerance = 2e-6;  // error against double precision, relative to the largest output

v1::BuildRequest Reference(const v1::Workload& workload) {
  v1::BuildRequest request;
  *request.mutable_target() = HostForTests();
  request.set_workload_text(workload.text());
  request.set_optimization(v1::OPTIMIZATION_REFERENCE);
  return request;
}

v1::Workload Make(absl::string_view text) {
  absl::StatusOr<v1::Workload> workload = workload::MakeWorkload(text);
  EXPECT_TRUE(workload.ok()) << workload.status();
  return *std::move(workload);
}

void CheckReference(KernelBackend& backend, const v1::Workload& workload, absl::BitGenRef random) {
  auto kernel = LoadArtifact(backend.Build(Reference(workload)));
  ASSERT_NE(kernel, nullptr);
  Arguments arguments(workload, {}, random);
  auto expected = Interpret(workload.text(), arguments.Tensors());
  ASSERT_TRUE(expected.ok()) << expected.status();
  Call(*kernel, arguments);
  EXPECT_LT(LargestError(workload, arguments, *expected), kTolerance);
  EXPECT_TRUE(arguments.GuardsIntact());
}

TEST(ReferenceTest, EveryKindComputesWhatTheTextSays) {
  const unsigned seed = 7;
  std::mt19937_64 random(seed);
  const auto backend = BackendForTests();
  for (int round = 0; round < 2; ++round) {
    for (const testing::NamedWorkload& named : testing::RandomWorkloads(random)) {
      SCOPED_TRACE(absl::StrCat(named.name, ", seed ", seed));
      CheckReference(*backend, Make(named.text), random);
    }
  }
}

TEST(ReferenceTest, IntegersAndConversions) {
  std::mt19937_64 random(8);
  const auto backend = BackendForTests();
  // Converts i8 to f32, wraps around in i64 arithmetic, compares, selects, and has constants as tensors.
  CheckReference(*backend, Make(R"(
#id = affine_map<(d0, d1) -> (d0, d1)>
#col = affine_map<(d0, d1) -> (d1)>
func.func @f(%mask: tensor<3x5xi8> {diapason.bound = 2 : i64}, %a: tensor<3x5xi64>, %x: tensor<3x5xf32>)
    -> (tensor<3x5xf32>, tensor<3x5xi64>, tensor<3x5xi8>) {
  %table = arith.constant dense<[3, 1, 4, 1, 5]> : tensor<5xi64>
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0 : i8
  %e0 = tensor.empty() : tensor<3x5xf32>
  %e1 = tensor.empty() : tensor<3x5xi64>
  %e2 = tensor.empty() : tensor<3x5xi8>
  %out:3 = linalg.generic {indexing_maps = [#id, #id, #id, #col, #id, #id, #id],
                           iterator_types = ["parallel", "parallel"]}
      ins(%mask, %a, %x, %table : tensor<3x5xi8>, tensor<3x5xi64>, tensor<3x5xf32>, tensor<5xi64>)
      outs(%e0, %e1, %e2 : tensor<3x5xf32>, tensor<3x5xi64>, tensor<3x5xi8>) {
  ^bb0(%m: i8, %i: i64, %f: f32, %t: i64, %o0: f32, %o1: i64, %o2: i8):
    %mf = arith.sitofp %m : i8 to f32
    %p = arith.mulf %mf, %f : f32
    %s = arith.subf %one, %p : f32
    %q = arith.muli %i, %t : i64
    %r = arith.addi %q, %i : i64
    %n = arith.trunci %r : i64 to i8
    %c = arith.cmpi eq, %m, %zero : i8
    %v = arith.select %c, %n, %m : i8
    linalg.yield %s, %r, %v : f32, i64, i8
  } -> (tensor<3x5xf32>, tensor<3x5xi64>, tensor<3x5xi8>)
  return %out#0, %out#1, %out#2 : tensor<3x5xf32>, tensor<3x5xi64>, tensor<3x5xi8>
})"),
                 random);
}

TEST(ReferenceTest, TensorOperationsAroundTheLoops) {
  std::mt19937_64 random(9);
  const auto backend = BackendForTests();
  const v1::Workload workload = Make(R"(
func.func @f(%a: tensor<2x6xf32>, %b: tensor<3x6xf32>) -> tensor<7x9xf32> {
  %zero = arith.constant 0.0 : f32
  %c = tensor.concat dim(0) %a, %b : (tensor<2x6xf32>, tensor<3x6xf32>) -> tensor<5x6xf32>
  %p = tensor.pad %c low[1, 1] high[1, 2] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<5x6xf32> to tensor<7x9xf32>
  return %p : tensor<7x9xf32>
})");
  auto kernel = LoadArtifact(backend->Build(Reference(workload)));
  ASSERT_NE(kernel, nullptr);
  Arguments arguments(workload, {}, random);
  Call(*kernel, arguments);
  const NumberTensor a = arguments.ToTensor(0), b = arguments.ToTensor(1), out = arguments.ToTensor(2);
  for (int i = 0; i < 7; ++i) {
    for (int j = 0; j < 9; ++j) {
      const int r = i - 1, c = j - 1;
      double expected = 0;
      if (r >= 0 && r < 5 && c >= 0 && c < 6)
        expected = r < 2 ? a.elements[r * 6 + c].f : b.elements[(r - 2) * 6 + c].f;
      EXPECT_EQ(out.elements[i * 9 + j].f, expected) << i << " " << j;
    }
  }
}

// ---- Failures

std::string Script(absl::string_view steps) {
  return absl::StrCat(
      "!op = !transform.any_op\nmodule attributes {transform.with_named_sequence} {\n"
      "  transform.named_sequence @__transform_main(%m: !op {transform.consumed}) {\n",
      steps, "\n    transform.yield\n  }\n}");
}

v1::Outcome OutcomeOf(KernelBackend& backend, absl::string_view workload, const std::string& script) {
  v1::BuildRequest request;
  *request.mutable_target() = HostForTests();
  request.set_workload_text(std::string(workload));
  request.set_script(script);
  request.set_optimization(v1::OPTIMIZATION_SEARCH);
  v1::BuildResponse response = backend.Build(request);
  EXPECT_TRUE(response.artifact().empty());
  EXPECT_LE(response.outcome().message().size(), 2000u);
  EXPECT_THAT(response.outcome().message(), Not(HasSubstr("\n")));
  return response.outcome();
}

TEST(FailureTest, RejectedWithMlirsMessageAndLine) {
  const auto backend = BackendForTests();
  const std::string workload = Make(testing::GemmWorkload({})).text();
  v1::Outcome outcome = OutcomeOf(*backend, workload, Script("    nonsense"));
  EXPECT_EQ(outcome.kind(), v1::OUTCOME_KIND_REJECTED);
  EXPECT_THAT(outcome.message(), HasSubstr("script:4:"));

  outcome = OutcomeOf(*backend, workload, Script(R"(
    %op = transform.structured.match ops{["linalg.generic"]} in %m : (!op) -> !op
    %a, %b = transform.split_handle %op : (!op) -> (!op, !op))"));
  EXPECT_EQ(outcome.kind(), v1::OUTCOME_KIND_REJECTED);
  EXPECT_THAT(outcome.message(), HasSubstr("expected to contain 2 payloads but it contains 3"));
  EXPECT_THAT(outcome.message(), HasSubstr("script:6:"));

  outcome = OutcomeOf(*backend, workload, Script(R"(
    %op = transform.structured.match ops{["linalg.matmul"]} in %m : (!op) -> !op)"));
  EXPECT_EQ(outcome.kind(), v1::OUTCOME_KIND_REJECTED);
  EXPECT_THAT(outcome.message(), HasSubstr("does not change the workload"));

  outcome = OutcomeOf(*backend, workload, "module {}");
  EXPECT_EQ(outcome.kind(), v1::OUTCOME_KIND_REJECTED);
  EXPECT_THAT(outcome.message(), HasSubstr("__transform_main"));

  outcome = OutcomeOf(*backend, workload, Script(R"(
    %k = transform.tune.knob<"mr"> options = [1, 2] -> !transform.param<i64>)"));
  EXPECT_EQ(outcome.kind(), v1::OUTCOME_KIND_REJECTED);
  EXPECT_THAT(outcome.message(), HasSubstr("mr"));
}

TEST(FailureTest, UseOfAConsumedHandleIsAMessage) {
  const auto backend = BackendForTests();
  const v1::Outcome outcome = OutcomeOf(*backend, Make(testing::GemmWorkload({})).text(), Script(R"(
    %op = transform.structured.match ops{["linalg.generic"]} in %m : (!op) -> !op
    %each:3 = transform.split_handle %op : (!op) -> (!op, !op, !op)
    %alias = transform.structured.match ops{["linalg.generic"]} in %m : (!op) -> !op
    %t, %l = transform.structured.tile_using_for %each#1 tile_sizes [4] : (!op) -> (!op, !op)
    transform.annotate %alias "x" : !op)"));
  EXPECT_EQ(outcome.kind(), v1::OUTCOME_KIND_REJECTED);
  EXPECT_THAT(outcome.message(), HasSubstr("invalidated"));
}

TEST(FailureTest, CompileErrorSaysWhatIsMissing) {
  const auto backend = BackendForTests();
  const v1::Outcome calls = OutcomeOf(*backend, R"(
func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %z = linalg.generic {indexing_maps = [
    affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
                       iterator_types = ["parallel"]}
      ins(%x, %y : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %r = arith.remf %a, %b : f32
    linalg.yield %r : f32
  } -> tensor<4xf32>
  return %z : tensor<4xf32>
})",
                                      Script(R"(
    %op = transform.structured.match ops{["linalg.generic"]} in %m : (!op) -> !op
    transform.annotate %op "touched" : !op)"));
  EXPECT_EQ(calls.kind(), v1::OUTCOME_KIND_COMPILE_ERROR);
  EXPECT_THAT(calls.message(), HasSubstr("calls the function 'fmodf'"));

  const v1::Outcome text = OutcomeOf(*backend, "func.func @f() { return }", Script(""));
  EXPECT_EQ(text.kind(), v1::OUTCOME_KIND_COMPILE_ERROR);
  EXPECT_THAT(text.message(), HasSubstr("workload:1:1: the workload's function has no result"));
}

TEST(FailureTest, UnknownTargetsAreRefused) {
  const auto backend = BackendForTests();
  v1::Target target;
  target.set_name("board");
  target.set_triple("nothing-like-it");
  EXPECT_THAT(backend->CanBuild(target),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("target board")));
  target.set_triple("x86_64-unknown-linux-gnu");
  target.set_cpu("pentium-1000");
  EXPECT_THAT(backend->CanBuild(target), StatusIs(absl::StatusCode::kInvalidArgument,
                                                  HasSubstr("does not know the cpu 'pentium-1000'")));
  target.set_cpu("haswell");
  target.add_features("warp-drive");
  EXPECT_THAT(backend->CanBuild(target), StatusIs(absl::StatusCode::kInvalidArgument,
                                                  HasSubstr("does not know the feature 'warp-drive'")));

  v1::BuildRequest request = Reference(Make(testing::SoftmaxWorkload({4, 8})));
  *request.mutable_target() = target;
  const v1::BuildResponse response = backend->Build(request);
  EXPECT_EQ(response.outcome().kind(), v1::OUTCOME_KIND_COMPILE_ERROR);
  EXPECT_THAT(response.outcome().message(), HasSubstr("does not know the feature 'warp-drive'"));
}

TEST(FailureTest, LayoutsMustFit) {
  const auto backend = BackendForTests();
  v1::BuildRequest request = Reference(Make(testing::GemmWorkload({})));
  request.add_layouts()->add_strides(1);
  EXPECT_THAT(std::string(backend->PayloadText(request).status().message()),
              HasSubstr("1 layouts are given for 4"));
  for (int i = 0; i < 3; ++i) request.add_layouts();
  EXPECT_THAT(std::string(backend->PayloadText(request).status().message()), HasSubstr("has 1 strides"));
}

// ---- Artifacts

TEST(ArtifactTest, SeveralObjectsLinkIntoOneLibrary) {
  const auto backend = BackendForTests();
  LinkOptions options;
  options.triple = HostForTests().triple();
  options.output = ::testing::TempDir() + absl::StrCat("/kernels_", getpid(), ".so");
  options.soname = "kernels.so";
  options.exports = {"kernel_b"};
  std::vector<std::string> objects;
  for (const char* symbol : {"kernel_a", "kernel_b"}) {
    v1::BuildRequest request = Reference(Make(testing::SoftmaxWorkload({4, 8})));
    request.set_object_only(true);
    request.set_symbol(symbol);
    const v1::BuildResponse response = backend->Build(request);
    ASSERT_EQ(response.outcome().kind(), v1::OUTCOME_KIND_OK) << response.outcome().message();
    EXPECT_EQ(response.artifact_kind(), v1::ARTIFACT_KIND_ELF_RELOCATABLE);
    objects.push_back(absl::StrCat(options.output, ".", symbol, ".o"));
    FILE* file = fopen(objects.back().c_str(), "wb");
    fwrite(response.artifact().data(), 1, response.artifact().size(), file);
    fclose(file);
  }
  options.inputs = objects;
  EXPECT_TRUE(LinkShared(options).ok());
  // The symbol is not exported.
  EXPECT_FALSE(runtime::LoadedKernel::Load(options.output, {.symbol = "kernel_a"}).ok());
  EXPECT_TRUE(runtime::LoadedKernel::Load(options.output, {.symbol = "kernel_b"}).ok());
  options.inputs.push_back(objects[0]);
  const absl::Status twice = LinkShared(options);
  EXPECT_EQ(twice.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(twice.message()), HasSubstr("duplicate symbol: kernel_a"));
  for (const std::string& object : objects) unlink(object.c_str());
  unlink(options.output.c_str());
}

// One back end builds for all of these targets.
TEST(ArtifactTest, OtherTargetsLink) {
  const auto backend = BackendForTests();
  struct Case {
    const char* triple;
    const char* cpu;
    int machine;  // e_machine of the ELF header
  };
  for (const Case& c :
       {Case{"aarch64-unknown-linux-gnu", "cortex-a72", 183}, Case{"aarch64-unknown-linux-gnu", "", 183},
        Case{"x86_64-unknown-linux-gnu", "", 62}, Case{"riscv64-unknown-linux-gnu", "sifive-u74", 243}}) {
    v1::Target target;
    target.set_triple(c.triple);
    target.set_cpu(c.cpu);
    ASSERT_THAT(backend->CanBuild(target), IsOk());
    for (const std::string& text : {testing::SoftmaxWorkload({4, 8}), testing::ConvWorkload({})}) {
      v1::BuildRequest request = Reference(Make(text));
      *request.mutable_target() = target;
      const v1::BuildResponse response = backend->Build(request);
      ASSERT_EQ(response.outcome().kind(), v1::OUTCOME_KIND_OK) << c.triple << response.outcome().message();
      EXPECT_EQ(static_cast<unsigned char>(response.artifact()[18]), c.machine);
    }
  }
}

TEST(ArtifactTest, StagesOfABuildAreTimed) {
  const auto backend = BackendForTests();
  const v1::BuildResponse response = backend->Build(Reference(Make(testing::ConvWorkload({}))));
  std::vector<std::string> names;
  for (const v1::StageTime& stage : response.stages()) {
    names.push_back(stage.stage());
    EXPECT_GT(stage.us(), 0);
  }
  EXPECT_THAT(names, ElementsAre("parse", "lower", "llvm", "codegen", "link"));
  EXPECT_EQ(response.artifact_kind(), v1::ARTIFACT_KIND_ELF_SHARED_OBJECT);
}

int64_t ResidentKilobytes() {
  long pages = 0, resident = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
  fclose(file);
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

TEST(ProcessTest, ManyBuildsDoNotGrowTheProcess) {
  const auto backend = BackendForTests();
  const v1::Workload workload = Make(testing::SoftmaxWorkload({4, 8}));
  v1::BuildRequest bad = Reference(workload);
  bad.set_optimization(v1::OPTIMIZATION_SEARCH);
  bad.set_script(Script("    nonsense"));
  const auto build_some = [&](int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(backend->Build(Reference(workload)).outcome().kind(), v1::OUTCOME_KIND_OK);
      ASSERT_EQ(backend->Build(bad).outcome().kind(), v1::OUTCOME_KIND_REJECTED);
    }
  };
  build_some(40);
  const int64_t before = ResidentKilobytes();
  build_some(160);
  EXPECT_LT(ResidentKilobytes() - before, 4096);
}

}  // namespace
}  // namespace diapason::compiler::codegen
