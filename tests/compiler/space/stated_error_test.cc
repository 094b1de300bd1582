// Tests that no schedule of a built-in sketch rounds worse than the sketch states (diapason.error). The
// errors of Winograd's algorithm with tiles of each size, and of Strassen's, are compared with those of the
// direct sum. Both are
// the root of the mean square of the difference from a result in double precision.
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "gtest/gtest.h"
#include "tests/compiler/codegen/test_kernel.h"
#include "tests/testing/workloads.h"

namespace diapason::compiler::space {
namespace {

// A factor is rounded to an integer, and an error is estimated from some thousand results.
constexpr double kMargin = 1.5;
constexpr int kSamples = 3000;  // schedules that are drawn, so that each size of tiles is among them

class StatedErrorTest : public ::testing::Test {
 protected:
  // Returns the root of the mean square of the error of the kernel that `request` builds.
  double Error(const v1::Workload& workload, const codegen::Arguments& inputs,
               const codegen::NumberTensor& exact, const std::string& script, v1::Optimization optimization) {
    v1::BuildRequest request;
    *request.mutable_target() = codegen::HostForTests();
    request.set_workload_text(workload.text());
    request.set_script(script);
    request.set_optimization(optimization);
    auto kernel = codegen::LoadArtifact(backend_->Build(request));
    if (!kernel) return NAN;
    codegen::Arguments arguments = inputs;
    codegen::Call(*kernel, arguments);
    const codegen::NumberTensor result = arguments.ToTensor(workload.arguments_size() - 1);
    double sum = 0;
    for (size_t i = 0; i < result.elements.size(); ++i)
      sum += std::pow(result.elements[i].f - exact.elements[i].f, 2);
    return std::sqrt(sum / static_cast<double>(result.elements.size()));
  }

  // Returns the schedules of one built-in sketch.
  static std::unique_ptr<ScheduleSpace> SpaceOf(const std::string& sketch_name, const std::string& workload) {
    const auto all = LoadSketches(absl::StrCat(std::getenv("DIAPASON_SOURCE_DIR"), "/compiler/sketches"));
    if (!all.ok()) return nullptr;
    std::vector<v1::Sketch> sketches;
    for (const v1::Sketch& sketch : *all) {
      if (sketch.name() == sketch_name) sketches.push_back(sketch);
    }
    auto space = ScheduleSpace::Create(workload, sketches, codegen::HostForTests());
    EXPECT_TRUE(space.ok()) << space.status();
    return space.ok() ? *std::move(space) : nullptr;
  }

  const std::unique_ptr<codegen::KernelBackend> backend_ = codegen::BackendForTests();
};

TEST_F(StatedErrorTest, WinogradsTilesRoundAsStated) {
  const uint64_t seed = 7;
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  std::map<int64_t, double> worst;  // by the stated factor
  for (const int64_t taps : {3, 5}) {
    testing::Conv conv;
    conv.height = conv.width = 10;
    conv.kernel_height = conv.kernel_width = taps;
    conv.padding = taps / 2;
    conv.epilogue = testing::Epilogue::kIdentity;
    const auto workload = workload::MakeWorkload(testing::ConvWorkload(conv));
    ASSERT_TRUE(workload.ok()) << workload.status();
    const codegen::Arguments inputs(*workload, {}, random);
    const auto exact = codegen::Interpret(workload->text(), inputs.Tensors());
    ASSERT_TRUE(exact.ok()) << exact.status();
    const double direct = Error(*workload, inputs, exact->front(), "", v1::OPTIMIZATION_REFERENCE);
    const auto space = SpaceOf("conv_winograd", workload->text());
    ASSERT_NE(space, nullptr);
    // By the first two knobs, the outputs of a tile in a column and in a row. Some sizes are enough.
    std::map<std::pair<int64_t, int64_t>, ScheduleConfig> sizes;
    for (int i = 0; i < kSamples; ++i) {
      const ScheduleConfig config = space->Sample(random);
      const int64_t height = config.values[0], width = config.values[1];
      if (width == height || width == height + 3) sizes.try_emplace({height, width}, config);
    }
    EXPECT_GE(sizes.size(), taps == 3 ? 9 : 5);
    for (const auto& [size, config] : sizes) {
      const int64_t factor = space->ToSchedule(config).error_factor();
      const double error =
          Error(*workload, inputs, exact->front(), *space->Render(config), v1::OPTIMIZATION_SEARCH);
      const std::string outputs = absl::StrCat(size.first, " x ", size.second, " outputs");
      std::cout << taps << " taps, " << outputs << ": " << error / direct << " times, stated " << factor
                << "\n";
      EXPECT_LE(error / direct, kMargin * static_cast<double>(factor)) << outputs;
      worst[factor] = std::max(worst[factor], error / direct);
    }
  }
  EXPECT_EQ(worst.rbegin()->first, 24);
  for (const auto& [factor, error] : worst)  // a factor that is far too large would exclude what is harmless
    EXPECT_GT(error, 0.35 * static_cast<double>(factor));
}

TEST_F(StatedErrorTest, StrassensProductsRoundAsStated) {
  const uint64_t seed = 8;
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  for (const int64_t depth : {64, 512}) {
    const auto workload = workload::MakeWorkload(
        testing::GemmWorkload({.m = 25, .n = 64, .k = depth, .epilogue = testing::Epilogue::kIdentity}));
    ASSERT_TRUE(workload.ok()) << workload.status();
    const codegen::Arguments inputs(*workload, {}, random);
    const auto exact = codegen::Interpret(workload->text(), inputs.Tensors());
    ASSERT_TRUE(exact.ok()) << exact.status();
    const double direct = Error(*workload, inputs, exact->front(), "", v1::OPTIMIZATION_REFERENCE);
    const auto space = SpaceOf("gemm_strassen", workload->text());
    ASSERT_NE(space, nullptr);
    const ScheduleConfig config = space->Default();
    EXPECT_EQ(space->ToSchedule(config).error_factor(), 2);
    const double error =
        Error(*workload, inputs, exact->front(), *space->Render(config), v1::OPTIMIZATION_SEARCH);
    std::cout << "depth " << depth << ": " << error / direct << " times\n";
    EXPECT_LE(error / direct, 2 * kMargin);
    EXPECT_GT(error / direct, 1);  // otherwise it should be 1, and strict could allow it
  }
}

}  // namespace
}  // namespace diapason::compiler::space
