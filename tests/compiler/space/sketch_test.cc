// Tests every built-in sketch on the workloads of real models, which are resized at random, and on random
// operators. Each sampled legal schedule must build in time, compute what the reference computes, and give
// the same bits on one, two and three threads. Its traced loops must be those that MLIR makes. A sketch's
// default must give the same bytes whenever it is built.
//
// Environment variables change the amount of work: DIAPASON_SKETCH_ROUNDS is the number of random operators
// of each kind, and DIAPASON_SKETCH_SAMPLES the number of schedules of models' workloads.
// DIAPASON_SKETCH_SEED is the seed, and DIAPASON_SKETCH_WORKLOADS a file of workloads that list_workloads
// has written. With DIAPASON_SKETCH_ONLY, only random operators are checked, with the sketch of this name.
#include <signal.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>

#include "absl/random/distributions.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "compiler/targets/target_registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/base/sanitized.h"
#include "tests/compiler/codegen/test_kernel.h"
#include "tests/compiler/space/applied_loops.h"
#include "tests/compiler/space/plain_kernels.h"
#include "tests/compiler/space/resized_workload.h"
#include "tests/testing/random_workloads.h"
#include "tests/testing/workloads.h"
#include "tuner/build/builder_pool.h"

namespace diapason::compiler::space {
namespace {

struct Options {
  int64_t rounds = 2;
  int64_t samples = 100;
  int64_t seed = 1;
  std::string only;  // the name of the only sketch to check, or nothing
};
Options& options() {
  static Options instance;
  return instance;
}

constexpr int kSchedules = 3;                   // for each workload and sketch, in addition to the default
constexpr int64_t kInterpretedFlops = 200'000;  // up to this, workloads are also computed in double precision
constexpr int64_t kRunFlops = 40'000'000;       // larger ones are built but not run, as the reference is slow
constexpr double kBuildSeconds = 2;             // in CPU time
constexpr absl::Duration kNeverEnds =
    absl::Seconds(60);  // wall time after which the worker is killed; the machine may be busy

// Returns how far an output may be from the reference, relative to the largest output. Schedules add in
// another order, and the error of a sum whose terms are rounded at random grows with the square root of
// their number.
double Tolerance(const v1::Workload& workload) {
  double outputs = 0;
  for (const v1::Argument& argument : workload.arguments()) {
    if (argument.role() != v1::ARGUMENT_ROLE_OUTPUT && argument.role() != v1::ARGUMENT_ROLE_IN_OUT) continue;
    double elements = 1;
    for (int64_t size : argument.shape()) elements *= static_cast<double>(size);
    outputs += elements;
  }
  const double terms = static_cast<double>(workload.flops()) / 2 / std::max(1.0, outputs);
  return std::max(1e-5, 5 * std::sqrt(terms) * 0x1p-24);
}

bool SameBits(const codegen::Arguments& a, const codegen::Arguments& b) {
  const std::vector<codegen::NumberTensor> left = a.Tensors(), right = b.Tensors();
  for (size_t i = 0; i < left.size(); ++i) {
    for (size_t e = 0; e < left[i].elements.size(); ++e) {
      if (memcmp(&left[i].elements[e], &right[i].elements[e], sizeof(codegen::Number)) != 0) return false;
    }
  }
  return true;
}

std::string ToString(const v1::Schedule& schedule) {
  std::string text = schedule.sketch_name();
  for (const v1::KnobValue& knob : schedule.knobs())
    absl::StrAppend(&text, " ", knob.name(), "=", knob.value());
  return text;
}

std::vector<codegen::NumberTensor> Outputs(const v1::Workload& workload,
                                           const codegen::Arguments& arguments) {
  std::vector<codegen::NumberTensor> outputs;
  for (int i = 0; i < workload.arguments_size(); ++i) {
    const v1::ArgumentRole role = workload.arguments(i).role();
    if (role == v1::ARGUMENT_ROLE_OUTPUT || role == v1::ARGUMENT_ROLE_IN_OUT)
      outputs.push_back(arguments.ToTensor(i));
  }
  return outputs;
}

bool AreFinite(const v1::Workload& workload, const std::vector<codegen::NumberTensor>& outputs) {
  const v1::Argument& last = workload.arguments(workload.arguments_size() - 1);
  return last.element_type() != v1::ELEMENT_TYPE_F32 ||
         std::all_of(outputs.begin(), outputs.end(), [](const codegen::NumberTensor& tensor) {
           return std::all_of(tensor.elements.begin(), tensor.elements.end(),
                              [](const codegen::Number& element) { return std::isfinite(element.f); });
         });
}

class SketchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::cout << "seed " << options().seed << ", " << options().rounds << " rounds, " << options().samples
              << " samples\n";
    auto sketches = LoadSketches(absl::StrCat(std::getenv("DIAPASON_SOURCE_DIR"), "/compiler/sketches"));
    ASSERT_TRUE(sketches.ok()) << sketches.status();
    sketches_ = *std::move(sketches);
    backend_ = codegen::BackendForTests();
    tuner::BuilderPoolOptions pool;
    pool.worker.argv = {absl::StrCat(std::getenv("DIAPASON_BUILD_DIR"), "/bin/builder-worker")};
    pool.deadline.floor = pool.deadline.at_start = kNeverEnds;
    pool_ = std::make_unique<tuner::BuilderPool>(clock_, std::move(pool));
  }

  // Builds in a worker process. If a build crashes or never ends, only this schedule fails, and the test
  // continues.
  v1::BuildResponse Build(v1::BuildRequest request, const v1::Target& target) {
    *request.mutable_target() = target;
    std::promise<v1::BuildResponse> done;
    pool_->Build(std::move(request),
                 [&done](const v1::BuildResponse& response) { done.set_value(response); });
    return done.get_future().get();
  }

  v1::BuildRequest Request(const v1::Workload& workload, v1::Optimization optimization,
                           const std::string& script = "") {
    v1::BuildRequest request;
    *request.mutable_target() = codegen::HostForTests();
    request.set_workload_text(workload.text());
    request.set_optimization(optimization);
    request.set_script(script);
    return request;
  }

  // Returns what the workload must compute from `inputs`, according to the reference kernel. Small
  // workloads are also computed in double precision, to check the reference kernel.
  std::vector<codegen::NumberTensor> Expected(const v1::Workload& workload,
                                              const codegen::Arguments& inputs) {
    auto kernel = codegen::LoadArtifact(backend_->Build(Request(workload, v1::OPTIMIZATION_REFERENCE)));
    if (!kernel) return {};
    codegen::Arguments reference = inputs;
    Call(*kernel, reference);
    if (workload.flops() <= kInterpretedFlops) {
      auto exact = Interpret(workload.text(), inputs.Tensors());
      EXPECT_TRUE(exact.ok() || absl::IsUnimplemented(exact.status())) << exact.status();
      if (exact.ok())
        EXPECT_LT(LargestError(workload, reference, *exact), Tolerance(workload)) << "the reference is wrong";
    }
    return Outputs(workload, reference);
  }

  // If `expected` is empty, the kernel is built but not run.
  void CheckSchedule(const v1::Workload& workload, const v1::Target& target, const ScheduleSpace& space,
                     const ScheduleConfig& config, const codegen::Arguments& inputs,
                     const std::vector<codegen::NumberTensor>& expected) {
    SCOPED_TRACE(ToString(space.ToSchedule(config)));
    ++checked_[space.ToSchedule(config).sketch_name()];
    ASSERT_TRUE(space.IsLegal(config));
    const std::string script = *space.Render(config);
    const v1::BuildRequest request = Request(workload, v1::OPTIMIZATION_SEARCH, script);
    const v1::BuildResponse response = Build(request, target);
    ASSERT_EQ(response.outcome().kind(), v1::OUTCOME_KIND_OK) << response.outcome().message();
    double seconds = 0;
    std::string stages;
    for (const v1::StageTime& stage : response.stages()) {
      seconds += stage.us() * 1e-6;
      absl::StrAppend(&stages, ", ", stage.stage(), " ", std::lround(stage.us() * 1e-3), " ms");
    }
    if (seconds > slowest_.seconds)
      slowest_ = {seconds, absl::StrCat(ToString(space.ToSchedule(config)), stages)};
    if (!kSanitized) EXPECT_LT(seconds, kBuildSeconds) << "the build takes too long";
    auto applied = AppliedPieces(*backend_->PayloadText(request), script);
    ASSERT_TRUE(applied.ok()) << applied.status();
    EXPECT_EQ(TracedPieces(space.LoopNest(config)), *applied);
    if (expected.empty()) return;

    auto kernel = codegen::LoadArtifact(response);
    ASSERT_NE(kernel, nullptr);
    codegen::Arguments one = inputs;
    Call(*kernel, one, 1);
    // The largest of many errors is about five times their mean, which the error factor multiplies.
    const double stated = 5 * 0x1p-23 * static_cast<double>(space.ToSchedule(config).error_factor());
    EXPECT_LT(LargestError(workload, one, expected), std::max(Tolerance(workload), stated));
    EXPECT_TRUE(one.GuardsIntact()) << "writes outside of its arguments";
    for (int threads : {2, 3}) {
      codegen::Arguments several = inputs;
      Call(*kernel, several, threads);
      EXPECT_TRUE(SameBits(one, several)) << "one and " << threads << " threads differ";
      EXPECT_TRUE(several.GuardsIntact()) << "writes outside of its arguments on " << threads << " threads";
    }
  }

  // Builds the default twice. Equal requests must give equal bytes.
  void CheckBytes(const v1::Workload& workload, const ScheduleSpace& space) {
    const v1::BuildRequest request =
        Request(workload, v1::OPTIMIZATION_SEARCH, *space.Render(space.Default()));
    const v1::BuildResponse first = Build(request, request.target());
    EXPECT_FALSE(first.artifact().empty());
    EXPECT_TRUE(first.artifact() == Build(request, request.target()).artifact())
        << "two builds of the default differ";
  }

  void CheckWorkload(const testing::NamedWorkload& named, absl::BitGenRef random) {
    SCOPED_TRACE(named.name);
    std::cout << named.name << std::endl;  // shows the place if a step never ends
    auto workload = workload::MakeWorkload(named.text);
    ASSERT_TRUE(workload.ok()) << workload.status();
    auto all = ScheduleSpace::Create(workload->text(), sketches_, codegen::HostForTests());
    EXPECT_TRUE(all.ok()) << "no sketch fits: " << all.status();
    const codegen::Arguments inputs(*workload, {}, random);
    std::vector<codegen::NumberTensor> expected;  // computed once a sketch fits
    for (const v1::Sketch& sketch : sketches_) {
      if (!options().only.empty() && sketch.name() != options().only) continue;
      SCOPED_TRACE(sketch.name());
      auto space = ScheduleSpace::Create(workload->text(), {sketch}, codegen::HostForTests());
      if (absl::IsNotFound(space.status())) continue;  // the sketch does not fit
      if (absl::IsFailedPrecondition(space.status()))
        continue;  // the sketch fits, but has no legal schedule for this shape
      ASSERT_TRUE(space.ok()) << space.status();
      ++fitted_[sketch.name()];
      if (expected.empty()) expected = Expected(*workload, inputs);
      ASSERT_FALSE(expected.empty());
      CheckSchedule(*workload, codegen::HostForTests(), **space, (*space)->Default(), inputs, expected);
      CheckBytes(*workload, **space);
      for (int i = 0; i < kSchedules; ++i)
        CheckSchedule(*workload, codegen::HostForTests(), **space, (*space)->Sample(random), inputs,
                      expected);
    }
  }

  // Checks one schedule of a model's workload: a random one, the default, or one of the fallback sketch.
  // The target is this machine or another one, whose code cannot be run here.
  void CheckSample(const std::string& model_text, const std::vector<v1::Target>& targets,
                   absl::BitGenRef random) {
    const bool as_it_is = absl::Bernoulli(random, 0.2);
    std::string text = model_text;
    auto workload = workload::MakeWorkload(text);
    ASSERT_TRUE(workload.ok()) << workload.status();
    if (!as_it_is) {
      do {  // tries again if a border is larger than the resized image
        text = *ResizedWorkload(model_text, kRunFlops / 2, random);
        workload = workload::MakeWorkload(text);
      } while (!workload.ok());
    }
    SCOPED_TRACE(text);
    std::vector<v1::Sketch> sketches = sketches_;
    if (absl::Bernoulli(random, 0.15))
      std::erase_if(sketches, [](const v1::Sketch& sketch) { return sketch.name() != "default"; });
    const bool host = workload->flops() <= kRunFlops && absl::Bernoulli(random, 0.7);
    const v1::Target target =
        host ? codegen::HostForTests() : targets[absl::Uniform<size_t>(random, 0, targets.size())];
    auto space = ScheduleSpace::Create(workload->text(), sketches, target);
    ASSERT_TRUE(space.ok()) << "no sketch fits: " << space.status();
    const ScheduleConfig config =
        absl::Bernoulli(random, 0.3) ? (*space)->Default() : (*space)->Sample(random);
    const codegen::Arguments inputs(*workload, {}, random);
    std::vector<codegen::NumberTensor> expected =
        host ? Expected(*workload, inputs) : std::vector<codegen::NumberTensor>();
    if (!AreFinite(*workload, expected)) expected.clear();  // random inputs of logarithms and roots
    CheckSchedule(*workload, target, **space, config, inputs, expected);
  }

  void PrintChecked() const {
    for (const auto& [sketch, count] : checked_) std::cout << sketch << ": " << count << " schedules\n";
    std::cout << "the slowest built in " << slowest_.seconds << " s of CPU time: " << slowest_.what << "\n";
  }

  std::vector<v1::Sketch> sketches_;
  std::unique_ptr<codegen::KernelBackend> backend_;
  SystemClock clock_;
  std::unique_ptr<tuner::BuilderPool> pool_;
  std::map<std::string, int> fitted_;   // the workloads of each sketch
  std::map<std::string, int> checked_;  // the schedules of each sketch
  struct {
    double seconds = 0;  // in CPU time
    std::string what;    // the schedule, and the time of each stage of its build
  } slowest_;
};

TEST_F(SketchTest, EveryLegalScheduleIsRightAndTraced) {
  for (int64_t round = 0; round < options().rounds; ++round) {
    std::mt19937_64 random(options().seed + round);
    for (const testing::NamedWorkload& workload : testing::RandomWorkloads(random))
      CheckWorkload(workload, random);
  }
  for (const v1::Sketch& sketch : sketches_) {
    if (options().only.empty() || sketch.name() == options().only)
      EXPECT_GT(fitted_[sketch.name()], 0) << "no workload for sketch " << sketch.name();
  }
  PrintChecked();
}

// Elementwise operations of any rank, with all ways of transposing and broadcasting their inputs.
TEST_F(SketchTest, ElementwiseOperationsOfAllShapes) {
  if (!options().only.empty()) GTEST_SKIP() << "only one sketch is checked";
  constexpr int64_t kChains = 8;
  for (int64_t round = 0; round < kChains * options().rounds; ++round) {
    std::mt19937_64 random(options().seed + round);
    CheckWorkload(testing::RandomChainWorkload(random), random);
  }
  PrintChecked();
}

TEST_F(SketchTest, SchedulesOfModelsWorkloadsBuildAndAreRight) {
  if (!options().only.empty()) GTEST_SKIP() << "only one sketch is checked";
  const std::string source = std::getenv("DIAPASON_SOURCE_DIR");
  const char* other = std::getenv("DIAPASON_SKETCH_WORKLOADS");
  std::ifstream file(other != nullptr ? other : source + "/tests/compiler/space/model_workloads.mlir");
  std::stringstream texts;
  texts << file.rdbuf();
  // All kinds of workloads are sampled equally often. The kind is in the comment before the text: "//
  // conv2d ...".
  std::map<std::string, std::vector<std::string>> kinds;
  for (const std::string& workload : SplitWorkloads(texts.str())) {
    const size_t name = workload.find("\n// ") + 4;
    kinds[workload.substr(name, workload.find_first_of(" _", name) - name)].push_back(workload);
  }
  ASSERT_FALSE(kinds.empty());
  std::vector<v1::Target> targets;
  for (const char* name : {"x86-64-v3", "x86-64-v4", "rpi4", "rpi5"})
    targets.push_back(*targets::FindTarget(name, source + "/compiler/targets"));
  for (int64_t i = 0; i < options().samples; ++i) {
    std::mt19937_64 random(static_cast<uint64_t>(options().seed) * 1'000'003 + static_cast<uint64_t>(i));
    SCOPED_TRACE(absl::StrCat("sample ", i));
    const std::vector<std::string>& workloads =
        std::next(kinds.begin(), static_cast<std::ptrdiff_t>(random() % kinds.size()))->second;
    CheckSample(workloads[random() % workloads.size()], targets, random);
  }
  PrintChecked();
}

// Compares the reference kernels with plain loops that are written from the operators' definitions.
TEST_F(SketchTest, ReferencesComputeTheOperators) {
  std::mt19937_64 random(options().seed);
  auto check = [&](const std::string& text, const auto& shape, auto plain) {
    SCOPED_TRACE(text);
    const v1::Workload workload = *workload::MakeWorkload(text);
    codegen::Arguments arguments(workload, {}, random);
    std::vector<testing::Array> values;
    for (const codegen::NumberTensor& tensor : arguments.Tensors()) {
      testing::Array& array = values.emplace_back();
      for (const codegen::Number& element : tensor.elements) array.push_back(element.f);
    }
    codegen::NumberTensor expected = arguments.Tensors().back();
    const testing::Array result = plain(shape, values);
    for (size_t i = 0; i < result.size(); ++i) expected.elements[i].f = result[i];
    auto kernel = codegen::LoadArtifact(backend_->Build(Request(workload, v1::OPTIMIZATION_REFERENCE)));
    ASSERT_NE(kernel, nullptr);
    Call(*kernel, arguments);
    EXPECT_LT(LargestError(workload, arguments, {expected}), Tolerance(workload));
  };
  for (int64_t round = 0; round < options().rounds; ++round) {
    const testing::Conv conv = testing::RandomConv(random), depthwise = testing::RandomDepthwise(random);
    const testing::Pool pool = testing::RandomPool(random);
    const testing::Gemm gemm = testing::RandomGemm(random);
    const testing::BatchGemm batch = testing::RandomBatchGemm(random);
    const testing::Attention attention = testing::RandomAttention(random);
    const testing::Rows rows = testing::RandomRows(random);
    check(testing::ConvWorkload(conv), conv, testing::PlainConv);
    check(testing::DepthwiseWorkload(depthwise), depthwise, testing::PlainDepthwise);
    check(testing::PoolWorkload(pool), pool, testing::PlainPool);
    check(testing::GemmWorkload(gemm), gemm, testing::PlainGemm);
    check(testing::BatchGemmWorkload(batch), batch, testing::PlainBatchGemm);
    check(testing::AttentionWorkload(attention), attention, testing::PlainAttention);
    check(testing::SoftmaxWorkload(rows), rows, testing::PlainSoftmax);
    check(testing::LayerNormWorkload(rows), rows, testing::PlainLayerNorm);
  }
}

}  // namespace
}  // namespace diapason::compiler::space

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  signal(SIGPIPE, SIG_IGN);  // a worker may die while the test writes to it
  auto& options = diapason::compiler::space::options();
  if (const char* rounds = std::getenv("DIAPASON_SKETCH_ROUNDS"))
    (void)absl::SimpleAtoi(rounds, &options.rounds);
  if (const char* samples = std::getenv("DIAPASON_SKETCH_SAMPLES"))
    (void)absl::SimpleAtoi(samples, &options.samples);
  if (const char* seed = std::getenv("DIAPASON_SKETCH_SEED")) (void)absl::SimpleAtoi(seed, &options.seed);
  if (const char* only = std::getenv("DIAPASON_SKETCH_ONLY")) options.only = only;
  return RUN_ALL_TESTS();
}
