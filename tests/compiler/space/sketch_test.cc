// Every built-in sketch over random workloads: each sampled legal schedule applies, builds, computes what the reference
// computes, gives the same bits on one and two threads, and its traced loops are those that MLIR makes.
// DIAPASON_SKETCH_ROUNDS (workloads of each kind) and DIAPASON_SKETCH_SEED make it longer or another one.
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/compiler/codegen/test_kernel.h"
#include "tests/compiler/space/applied_loops.h"
#include "tests/compiler/space/plain_kernels.h"
#include "tests/testing/workloads.h"

namespace diapason::compiler {
namespace {

struct Options {
  int64_t rounds = 2;
  int64_t seed = 1;
};
Options& options() {
  static Options instance;
  return instance;
}

constexpr int kSchedules = 3;                   // of each workload and sketch, besides the default
constexpr double kTolerance = 1e-5;             // of the largest output; sums are taken in another order
constexpr int64_t kInterpretedFlops = 200'000;  // workloads up to here are also computed in double precision

bool SameBits(const Arguments& a, const Arguments& b) {
  const std::vector<NumberTensor> left = a.Tensors(), right = b.Tensors();
  for (size_t i = 0; i < left.size(); ++i) {
    for (size_t e = 0; e < left[i].elements.size(); ++e) {
      if (memcmp(&left[i].elements[e], &right[i].elements[e], sizeof(Number)) != 0) return false;
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

std::vector<NumberTensor> Outputs(const v1::Workload& workload, const Arguments& arguments) {
  std::vector<NumberTensor> outputs;
  for (int i = 0; i < workload.arguments_size(); ++i) {
    const v1::ArgumentRole role = workload.arguments(i).role();
    if (role == v1::ARGUMENT_ROLE_OUTPUT || role == v1::ARGUMENT_ROLE_IN_OUT)
      outputs.push_back(arguments.ToTensor(i));
  }
  return outputs;
}

class SketchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::cout << "seed " << options().seed << ", " << options().rounds << " rounds\n";
    auto sketches = LoadSketches(absl::StrCat(std::getenv("DIAPASON_SOURCE_DIR"), "/compiler/sketches"));
    ASSERT_TRUE(sketches.ok()) << sketches.status();
    sketches_ = *std::move(sketches);
    auto builder = KernelBuilder::Create(HostForTests());
    ASSERT_TRUE(builder.ok()) << builder.status();
    builder_ = *std::move(builder);
  }

  v1::BuildRequest Request(const v1::Workload& workload, v1::Optimization optimization,
                           const std::string& script = "") {
    v1::BuildRequest request;
    request.set_workload_text(workload.text());
    request.set_optimization(optimization);
    request.set_script(script);
    return request;
  }

  // What the workload must compute from `inputs`, by the naive kernel; that is held against double precision where
  // that does not take long.
  std::vector<NumberTensor> Expected(const v1::Workload& workload, const Arguments& inputs) {
    auto kernel = LoadArtifact(builder_->Build(Request(workload, v1::OPTIMIZATION_REFERENCE)));
    if (!kernel) return {};
    Arguments reference = inputs;
    Call(*kernel, reference);
    if (workload.flops() <= kInterpretedFlops) {
      auto exact = Interpret(workload.text(), inputs.Tensors());
      EXPECT_TRUE(exact.ok()) << exact.status();
      if (exact.ok())
        EXPECT_LT(LargestError(workload, reference, *exact), kTolerance) << "the reference is wrong";
    }
    return Outputs(workload, reference);
  }

  void CheckSchedule(const v1::Workload& workload, const ScheduleSpace& space, const Point& point,
                     const Arguments& inputs, const std::vector<NumberTensor>& expected) {
    SCOPED_TRACE(ToString(space.ToSchedule(point)));
    ASSERT_TRUE(space.IsLegal(point));
    const std::string script = *space.Render(point);
    const v1::BuildRequest request = Request(workload, v1::OPTIMIZATION_SEARCH, script);
    auto applied = AppliedPieces(*builder_->PayloadText(request), script);
    ASSERT_TRUE(applied.ok()) << applied.status();
    EXPECT_EQ(TracedPieces(space.LoopNest(point)), *applied);

    const v1::BuildResponse response = builder_->Build(request);
    ASSERT_EQ(response.outcome().kind(), v1::OUTCOME_KIND_OK) << response.outcome().message();
    auto kernel = LoadArtifact(response);
    ASSERT_NE(kernel, nullptr);
    Arguments one = inputs, two = inputs;
    Call(*kernel, one, 1);
    Call(*kernel, two, 2);
    EXPECT_LT(LargestError(workload, one, expected), kTolerance);
    EXPECT_TRUE(SameBits(one, two)) << "one and two threads differ";
    EXPECT_TRUE(one.GuardsIntact() && two.GuardsIntact()) << "writes outside of its arguments";
    ++checked_;
  }

  void CheckWorkload(const testing::NamedWorkload& named, absl::BitGenRef random) {
    SCOPED_TRACE(named.name);
    std::cout << named.name << std::endl;  // says where it was, should a step never end
    auto workload = MakeWorkload(named.text);
    ASSERT_TRUE(workload.ok()) << workload.status();
    const Arguments inputs(*workload, {}, random);
    const std::vector<NumberTensor> expected = Expected(*workload, inputs);
    ASSERT_FALSE(expected.empty());
    auto all = ScheduleSpace::Create(workload->text(), sketches_, HostForTests());
    EXPECT_TRUE(all.ok()) << "no sketch serves it: " << all.status();
    for (const v1::Sketch& sketch : sketches_) {
      SCOPED_TRACE(sketch.name());
      auto space = ScheduleSpace::Create(workload->text(), {sketch}, HostForTests());
      if (absl::IsNotFound(space.status())) continue;  // does not fit
      if (absl::IsFailedPrecondition(space.status()))
        continue;  // fits, and has no legal schedule for this shape
      ASSERT_TRUE(space.ok()) << space.status();
      ++fitted_[sketch.name()];
      CheckSchedule(*workload, **space, (*space)->Default(), inputs, expected);
      for (int i = 0; i < kSchedules; ++i)
        CheckSchedule(*workload, **space, (*space)->Sample(random), inputs, expected);
    }
  }

  std::vector<v1::Sketch> sketches_;
  std::unique_ptr<KernelBuilder> builder_;
  std::map<std::string, int> fitted_;
  int checked_ = 0;
};

TEST_F(SketchTest, EveryLegalScheduleIsRightAndTraced) {
  for (int64_t round = 0; round < options().rounds; ++round) {
    std::mt19937_64 random(options().seed + round);
    for (const testing::NamedWorkload& workload : testing::RandomWorkloads(random))
      CheckWorkload(workload, random);
  }
  for (const v1::Sketch& sketch : sketches_) {
    EXPECT_GT(fitted_[sketch.name()], 0) << "no workload for sketch " << sketch.name();
    std::cout << sketch.name() << ": " << fitted_[sketch.name()] << " workloads\n";
  }
  std::cout << checked_ << " schedules\n";
}

// The truth that schedules are held against is itself held against plain loops written from the operators' definitions.
TEST_F(SketchTest, ReferencesComputeTheOperators) {
  std::mt19937_64 random(options().seed);
  auto check = [&](const std::string& text, const auto& shape, auto plain) {
    SCOPED_TRACE(text);
    const v1::Workload workload = *MakeWorkload(text);
    Arguments arguments(workload, {}, random);
    std::vector<testing::Array> values;
    for (const NumberTensor& tensor : arguments.Tensors()) {
      testing::Array& array = values.emplace_back();
      for (const Number& element : tensor.elements) array.push_back(element.f);
    }
    NumberTensor expected = arguments.Tensors().back();
    const testing::Array result = plain(shape, values);
    for (size_t i = 0; i < result.size(); ++i) expected.elements[i].f = result[i];
    auto kernel = LoadArtifact(builder_->Build(Request(workload, v1::OPTIMIZATION_REFERENCE)));
    ASSERT_NE(kernel, nullptr);
    Call(*kernel, arguments);
    EXPECT_LT(LargestError(workload, arguments, {expected}), kTolerance);
  };
  for (int64_t round = 0; round < options().rounds; ++round) {
    const testing::Conv conv = testing::RandomConv(random), depthwise = testing::RandomDepthwise(random);
    const testing::Pool pool = testing::RandomPool(random);
    const testing::Gemm gemm = testing::RandomGemm(random);
    const testing::BatchGemm batch = testing::RandomBatchGemm(random);
    const testing::Rows rows = testing::RandomRows(random);
    check(testing::ConvWorkload(conv), conv, testing::PlainConv);
    check(testing::DepthwiseWorkload(depthwise), depthwise, testing::PlainDepthwise);
    check(testing::PoolWorkload(pool), pool, testing::PlainPool);
    check(testing::GemmWorkload(gemm), gemm, testing::PlainGemm);
    check(testing::BatchGemmWorkload(batch), batch, testing::PlainBatchGemm);
    check(testing::SoftmaxWorkload(rows), rows, testing::PlainSoftmax);
    check(testing::LayerNormWorkload(rows), rows, testing::PlainLayerNorm);
  }
}

}  // namespace
}  // namespace diapason::compiler

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  auto& options = diapason::compiler::options();
  if (const char* rounds = std::getenv("DIAPASON_SKETCH_ROUNDS"))
    (void)absl::SimpleAtoi(rounds, &options.rounds);
  if (const char* seed = std::getenv("DIAPASON_SKETCH_SEED")) (void)absl::SimpleAtoi(seed, &options.seed);
  return RUN_ALL_TESTS();
}
