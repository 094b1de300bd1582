// Checks that the short LLVM pipeline of the search does not hide good schedules:
//   search_pipeline_bench [--samples N] [--rounds N] [--seed N] [--share X]
// Random legal schedules of each case are built with the short pipeline and with full optimization, and
// timed in turn. For each case it prints what full optimization gains. A schedule is hidden if full
// optimization makes it more than 10 % faster. The exit status is 1 if a larger share than --share of
// all schedules is hidden.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "compiler/codegen/backends.h"
#include "compiler/codegen/kernel_backend.h"
#include "compiler/runtime/host_target.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "compiler/workload/workload.h"
#include "proto/statistics/quantile.h"
#include "tests/bench/kernel_on_data.h"
#include "tests/testing/workloads.h"

namespace diapason::bench {
namespace {

using compiler::codegen::KernelBackend;
using compiler::space::ScheduleConfig;
using compiler::space::ScheduleSpace;

constexpr double kHidden = 1.1;  // a schedule with a larger gain is hidden

struct Case {
  std::string name;
  std::string text;
};

std::vector<Case> Cases() {
  using testing::SquareConv;
  return {
      {"conv 28x28x128 3x3", testing::ConvWorkload(SquareConv(28, 128, 128, 3, 1))},
      {"conv 7x7x512 3x3", testing::ConvWorkload(SquareConv(7, 512, 512, 3, 1))},
      {"conv 56x56x64 3x3 s2 -> 128", testing::ConvWorkload(SquareConv(56, 64, 128, 3, 2))},
      {"conv 56x56x64 1x1", testing::ConvWorkload(SquareConv(56, 64, 64, 1, 1))},
      {"depthwise 28x28x192", testing::DepthwiseWorkload(SquareConv(28, 192, 192, 3, 1))},
      {"gemm 128x768x768", testing::GemmWorkload({.m = 128, .n = 768, .k = 768, .transposed_b = true})},
      {"max pool 112x112x64 3x3 s2", testing::PoolWorkload({.height = 112, .width = 112, .channels = 64})},
      {"softmax 512x128", testing::SoftmaxWorkload({.rows = 512, .columns = 128})}};
}

struct Settings {
  int samples = 10;
  int rounds = 9;
  unsigned seed = 1;
  double share = 0.05;
};

class Bench {
 public:
  Bench(KernelBackend& backend, v1::Target target, std::vector<v1::Sketch> sketches, Settings settings)
      : backend_(backend), target_(std::move(target)), sketches_(std::move(sketches)), settings_(settings) {}

  absl::Status Run(const Case& c) {
    auto workload = compiler::workload::MakeWorkload(c.text);
    if (!workload.ok()) return workload.status();
    auto space = ScheduleSpace::Create(workload->text(), sketches_, target_);
    if (!space.ok()) return space.status();
    std::mt19937_64 random(settings_.seed);
    std::vector<double> gains;
    for (int i = 0; i < settings_.samples; ++i) {
      const ScheduleConfig config = (*space)->Sample(random);
      auto gain = Gain(*workload, *(*space)->Render(config));
      if (!gain.ok()) return gain.status();
      gains.push_back(*gain);
      ++schedules;
      if (*gain <= kHidden) continue;
      ++hidden;
      std::cout << absl::StrFormat("%s: full optimization gains %.0f %%: ", c.name, (*gain - 1) * 100)
                << (*space)->ToSchedule(config).ShortDebugString() << std::endl;
    }
    const auto [least, most] = std::minmax_element(gains.begin(), gains.end());
    std::cout << absl::StrFormat("%-28s full optimization gains %.2fx to %.2fx, median %.2fx\n", c.name,
                                 *least, *most, Median(gains))
              << std::flush;
    return absl::OkStatus();
  }

  int schedules = 0, hidden = 0;

 private:
  absl::StatusOr<std::unique_ptr<KernelOnData>> Build(const v1::Workload& workload, const std::string& script,
                                                      v1::Optimization optimization) {
    v1::BuildRequest request;
    *request.mutable_target() = target_;
    request.set_workload_text(workload.text());
    request.set_script(script);
    request.set_optimization(optimization);
    const v1::BuildResponse response = backend_.Build(request);
    if (response.outcome().kind() != v1::OUTCOME_KIND_OK)
      return absl::InternalError(response.outcome().message());
    return KernelOnData::Load(response.artifact(), workload);
  }

  // Returns the median over the rounds of the time with the search's pipeline divided by that with full
  // optimization.
  absl::StatusOr<double> Gain(const v1::Workload& workload, const std::string& script) {
    auto searched = Build(workload, script, v1::OPTIMIZATION_SEARCH);
    if (!searched.ok()) return searched.status();
    auto full = Build(workload, script, v1::OPTIMIZATION_FULL);
    if (!full.ok()) return full.status();
    const double first = (*searched)->Time(1) + (*full)->Time(1);
    const int calls = static_cast<int>(std::clamp(2000.0 / first, 1.0, 200.0));
    std::vector<double> ratios;
    for (int round = 0; round < settings_.rounds; ++round) {
      const double a = (*searched)->Time(calls);
      ratios.push_back(a / (*full)->Time(calls));
    }
    return Median(std::move(ratios));
  }

  KernelBackend& backend_;
  const v1::Target target_;
  const std::vector<v1::Sketch> sketches_;
  const Settings settings_;
};

int Main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Compares the search's LLVM pipeline with full optimization on random schedules");
  app.add_option("--samples", settings.samples, "The number of schedules of each case");
  app.add_option("--rounds", settings.rounds, "The number of timings of each schedule");
  app.add_option("--seed", settings.seed, "The seed of the schedules");
  app.add_option("--share", settings.share, "The share of schedules that may gain more than 10 %");
  CLI11_PARSE(app, argc, argv);

  const auto folder =
      std::filesystem::canonical("/proc/self/exe").parent_path() / "../share/diapason/sketches";
  auto sketches = compiler::space::LoadSketches(folder.string());
  const v1::Target target = compiler::runtime::HostTarget();
  const auto backend = compiler::codegen::MakeBackend(v1::TARGET_KIND_CPU);
  if (!sketches.ok() || !backend.ok()) {
    std::cerr << (sketches.ok() ? backend.status() : sketches.status()) << std::endl;
    return 1;
  }
  Bench bench(**backend, target, *std::move(sketches), settings);
  for (const Case& c : Cases()) {
    if (absl::Status status = bench.Run(c); !status.ok()) {
      std::cerr << c.name << ": " << status << std::endl;
      return 1;
    }
  }
  std::cout << absl::StrFormat("seed %d: %d of %d schedules gain more than 10 %% from full optimization\n",
                               settings.seed, bench.hidden, bench.schedules);
  return bench.hidden > settings.share * bench.schedules ? 1 : 0;
}

}  // namespace
}  // namespace diapason::bench

int main(int argc, char** argv) { return diapason::bench::Main(argc, argv); }
