// Measures how long a candidate takes to build:
//   build_bench [--samples N] [--seed N] [--target NAME] [--sketches DIR] [--sketch NAME]...
// Builds random legal schedules of each built-in sketch for a few kernels that it fits, in the way a search
// does, in this process on one core. Prints the milliseconds of CPU time of each stage and the size of the
// artifacts, as medians over the schedules, and the median of each sketch. Run it alone on an idle core.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "compiler/codegen/backends.h"
#include "compiler/codegen/kernel_backend.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "compiler/targets/target_registry.h"
#include "compiler/workload/workload.h"
#include "proto/base/status_macros.h"
#include "proto/domain/target_kind.h"
#include "proto/statistics/quantile.h"
#include "tests/testing/workloads.h"

namespace diapason::bench {
namespace {

using compiler::space::ScheduleSpace;

constexpr absl::string_view kColumns[] = {"parse",   "transform", "lower", "llvm",
                                          "codegen", "link",      "total", "KB"};

testing::Conv WithResidual(testing::Conv conv) {
  conv.epilogue = testing::Epilogue::kResidualRelu;
  return conv;
}

std::vector<std::string> Workloads() {
  return {
      testing::ConvWorkload(WithResidual(testing::SquareConv(56, 64, 64, 3))),
      testing::ConvWorkload(testing::SquareConv(28, 128, 128, 3)),
      testing::ConvWorkload(WithResidual(testing::SquareConv(14, 256, 256, 3))),
      testing::ConvWorkload(testing::SquareConv(7, 512, 512, 3)),
      testing::DepthwiseWorkload(testing::SquareConv(56, 144, 144, 3)),
      testing::DepthwiseWorkload(testing::SquareConv(14, 576, 576, 3, 2)),
      testing::GemmWorkload({.m = 512, .n = 512, .k = 512}),
      testing::GemmWorkload({.m = 128, .n = 768, .k = 768, .transposed_b = true}),
      testing::BatchGemmWorkload({.batch = 12, .m = 128, .n = 128, .k = 64, .transposed_rhs = true}),
      testing::SoftmaxWorkload({.rows = 1536, .columns = 128}),
      testing::LayerNormWorkload({.rows = 128, .columns = 768}),
  };
}

using Measurements = std::map<std::string, std::vector<double>>;  // for each column the values of all builds

class Bench {
 public:
  Bench(compiler::codegen::KernelBackend& backend, const v1::Target& target)
      : backend_(backend), target_(target) {}

  // Prints one line, or nothing if the sketch does not fit. Adds the total times to `totals`.
  absl::Status Run(const v1::Sketch& sketch, const std::string& text, int samples, unsigned seed,
                   std::vector<double>& totals) {
    DIAPASON_ASSIGN_OR_RETURN(const v1::Workload workload, compiler::workload::MakeWorkload(text));
    const auto space = ScheduleSpace::Create(workload.text(), {sketch}, target_);
    if (!space.ok()) return absl::OkStatus();
    std::mt19937_64 random(seed);
    Measurements all;
    for (int i = 0; i < samples; ++i) {
      v1::BuildRequest request;
      *request.mutable_target() = target_;
      request.set_workload_text(workload.text());
      request.set_optimization(v1::OPTIMIZATION_SEARCH);
      DIAPASON_ASSIGN_OR_RETURN(*request.mutable_script(), (*space)->Render((*space)->Sample(random)));
      DIAPASON_RETURN_IF_ERROR(Build(request, all));
    }
    for (const absl::string_view column : kColumns)
      std::cout << absl::StreamFormat("%10.2f", Median(all[std::string(column)]));
    std::cout << "  " << sketch.name() << "  " << workload.summary() << std::endl;
    totals.insert(totals.end(), all["total"].begin(), all["total"].end());
    return absl::OkStatus();
  }

 private:
  absl::Status Build(const v1::BuildRequest& request, Measurements& all) {
    const v1::BuildResponse response = backend_.Build(request);
    if (response.outcome().kind() != v1::OUTCOME_KIND_OK)
      return absl::InternalError(response.outcome().message());
    double total = 0;
    for (const v1::StageTime& stage : response.stages()) {
      all[stage.stage()].push_back(stage.us() / 1e3);
      total += stage.us() / 1e3;
    }
    all["total"].push_back(total);
    all["KB"].push_back(static_cast<double>(response.artifact().size()) / 1024);
    return absl::OkStatus();
  }

  compiler::codegen::KernelBackend& backend_;
  const v1::Target target_;
};

int Main(int argc, char** argv) {
  CLI::App app("Measures how long the candidates of the built-in sketches take to build");
  const std::filesystem::path share = std::filesystem::path(argv[0]).parent_path() / "../share/diapason";
  std::string folder = share / "sketches", target_name = "host";
  std::vector<std::string> names;
  int samples = 20;
  unsigned seed = 1;
  app.add_option("--samples", samples, "The number of random schedules of each kernel and sketch");
  app.add_option("--seed", seed, "The seed of the random schedules");
  app.add_option("--target", target_name, "The target to build for");
  app.add_option("--sketches", folder, "The folder of the sketches");
  app.add_option("--sketch", names, "The sketches to build; by default all");
  CLI11_PARSE(app, argc, argv);

  const auto sketches = compiler::space::LoadSketches(folder);
  const auto target = compiler::targets::FindTarget(target_name, share / "targets");
  const auto backend = target.ok() ? compiler::codegen::MakeBackend(KindOf(*target)) : target.status();
  if (!sketches.ok() || !backend.ok()) {
    std::cerr << (sketches.ok() ? backend.status() : sketches.status()) << std::endl;
    return 1;
  }
  std::cout << "seed " << seed << ", " << samples << " schedules of each, medians in milliseconds\n";
  for (const absl::string_view column : kColumns) std::cout << absl::StreamFormat("%10s", column);
  std::cout << "\n";
  Bench bench(**backend, *target);
  std::map<std::string, std::vector<double>> totals;
  for (const v1::Sketch& sketch : *sketches) {
    if (!names.empty() && std::find(names.begin(), names.end(), sketch.name()) == names.end()) continue;
    for (const std::string& text : Workloads()) {
      const absl::Status status = bench.Run(sketch, text, samples, seed, totals[sketch.name()]);
      if (status.ok()) continue;
      std::cerr << sketch.name() << ": " << status.message() << std::endl;
      return 1;
    }
  }
  for (const auto& [name, times] : totals) {
    if (!times.empty())
      std::cout << absl::StreamFormat("%70.2f  %s, median of %d builds\n", Median(times), name, times.size());
  }
  return 0;
}

}  // namespace
}  // namespace diapason::bench

int main(int argc, char** argv) { return diapason::bench::Main(argc, argv); }
