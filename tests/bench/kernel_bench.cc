// Measures how fast the kernels of the built-in sketches are. For each case it times the default schedule
// and, with --samples, random ones, as a share of the core's FMA peak in the same round. Candidates are
// timed in turn, round after round. The shares are medians. In brackets is the share of the fastest round
// in the highest peak of all rounds.
//   kernel_bench [--target NAME] [--samples N] [--rounds N] [--seed N] [--all] [--full]
//   [--set KNOB=VALUE]... [--show] [CASE]...
// A case is one of the names below, or a file with a workload in MLIR.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "compiler/codegen/backends.h"
#include "compiler/codegen/kernel_backend.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "compiler/targets/target_registry.h"
#include "compiler/workload/workload.h"
#include "proto/domain/target_kind.h"
#include "proto/statistics/quantile.h"
#include "tests/bench/fma_peak.h"
#include "tests/bench/kernel_on_data.h"
#include "tests/testing/workloads.h"

namespace diapason::bench {
namespace {

using compiler::codegen::KernelBackend;
using compiler::space::ScheduleConfig;
using compiler::space::ScheduleSpace;
using testing::Conv;
using testing::Epilogue;

// Layers of ResNet-18, MobileNetV2, SqueezeNet and BERT, by names that say which.
std::map<std::string, std::string> Cases() {
  return {
      {"conv1", testing::ConvWorkload(testing::SquareConv(224, 3, 64, 7, 2))},
      {"conv56", testing::ConvWorkload(testing::SquareConv(56, 64, 64, 3))},
      {"conv28", testing::ConvWorkload(testing::SquareConv(28, 128, 128, 3))},
      {"conv14", testing::ConvWorkload(testing::SquareConv(14, 256, 256, 3))},
      {"conv7", testing::ConvWorkload(testing::SquareConv(7, 512, 512, 3))},
      {"conv56s2", testing::ConvWorkload(testing::SquareConv(56, 64, 128, 3, 2))},
      {"conv28s2", testing::ConvWorkload(testing::SquareConv(28, 128, 256, 3, 2))},
      {"conv14s2", testing::ConvWorkload(testing::SquareConv(14, 256, 512, 3, 2))},
      {"conv56p", testing::ConvWorkload(testing::SquareConv(56, 64, 64, 1))},
      {"conv56ps2", testing::ConvWorkload(testing::SquareConv(56, 64, 128, 1, 2))},
      {"conv14p", testing::ConvWorkload(testing::SquareConv(14, 384, 64, 1))},
      {"conv7p", testing::ConvWorkload(testing::SquareConv(7, 960, 320, 1))},
      {"conv13c1000", testing::ConvWorkload(testing::SquareConv(13, 512, 1000, 1))},
      {"conv56c24", testing::ConvWorkload(testing::SquareConv(56, 144, 24, 1))},
      {"dw112", testing::DepthwiseWorkload(testing::SquareConv(112, 32, 32, 3))},
      {"dw56", testing::DepthwiseWorkload(testing::SquareConv(56, 144, 144, 3))},
      {"dw28", testing::DepthwiseWorkload(testing::SquareConv(28, 192, 192, 3))},
      {"dw14", testing::DepthwiseWorkload(testing::SquareConv(14, 384, 384, 3))},
      {"dw14s2", testing::DepthwiseWorkload(testing::SquareConv(14, 576, 576, 3, 2))},
      {"dw7", testing::DepthwiseWorkload(testing::SquareConv(7, 960, 960, 3))},
      {"pool112", testing::PoolWorkload({.height = 112, .width = 112, .channels = 64})},
      {"pool7mean",
       testing::PoolWorkload(
           {.height = 7, .width = 7, .channels = 512, .kernel = 7, .stride = 1, .padding = 0, .mean = true})},
      {"gemm512", testing::GemmWorkload({.m = 512, .n = 512, .k = 512})},
      {"gemm128", testing::GemmWorkload({.m = 128, .n = 768, .k = 768, .transposed_b = true})},
      {"gemv1000", testing::GemmWorkload({.m = 1, .n = 1000, .k = 512, .transposed_b = true})},
      {"qk", testing::BatchGemmWorkload({.batch = 12, .m = 128, .n = 128, .k = 64, .transposed_rhs = true})},
      {"pv", testing::BatchGemmWorkload({.batch = 12, .m = 128, .n = 64, .k = 128})},
      {"attention128", testing::AttentionWorkload(
                           {.heads = 12, .queries = 128, .keys = 128, .width = 64, .value_width = 64})},
      {"attention1024", testing::AttentionWorkload(
                            {.heads = 8, .queries = 1024, .keys = 1024, .width = 64, .value_width = 64})},
      {"attention128mask",
       testing::AttentionWorkload(
           {.heads = 12, .queries = 128, .keys = 128, .width = 64, .value_width = 64, .key_mask = true})},
      {"attention128qm",
       testing::AttentionWorkload(
           {.heads = 12, .queries = 128, .keys = 128, .width = 64, .value_width = 64, .query_mask = true})},
      {"attention197",
       testing::AttentionWorkload({.heads = 3, .queries = 197, .keys = 197, .width = 64, .value_width = 64})},
      {"softmax", testing::SoftmaxWorkload({.rows = 1536, .columns = 128})},
      {"layernorm", testing::LayerNormWorkload({.rows = 128, .columns = 768})},
      {"elementwise", testing::ElementwiseWorkload({.rows = 128, .columns = 3072})},
      {"transpose", testing::TransposeWorkload({.rows = 128, .columns = 768})},
      {"gather", testing::GatherWorkload({.table = {.rows = 30522, .columns = 128}, .count = 128})},
  };
}

struct Candidate {
  std::string name;
  std::unique_ptr<KernelOnData> kernel;
  std::vector<double> us, share;  // for each round
  double best_share = 0;
};

std::string KnobText(const v1::Schedule& schedule) {
  std::string text = schedule.sketch_name();
  for (const v1::KnobValue& knob : schedule.knobs())
    absl::StrAppend(&text, " ", knob.name(), "=", knob.value());
  return text;
}

class Bench {
 public:
  Bench(KernelBackend& backend, const v1::Target& target, std::vector<v1::Sketch> sketches)
      : backend_(backend), target_(target), sketches_(std::move(sketches)) {}

  int samples = 0;
  int rounds = 15;
  unsigned seed = 1;
  bool show = false;
  bool all = false;  // whether every sample is printed, not only the best, the median and the worst
  v1::Optimization optimization = v1::OPTIMIZATION_SEARCH;
  std::vector<std::string> set;

  // Prints one line for the default schedule and, if there are samples, lines for some of them. Returns
  // false if something failed.
  bool RunCase(const std::string& name, const std::string& text) {
    auto workload = compiler::workload::MakeWorkload(text);
    if (!workload.ok()) return Failed(name, workload.status().message());
    auto space = ScheduleSpace::Create(workload->text(), sketches_, target_);
    if (!space.ok()) return Failed(name, space.status().message());
    std::vector<Candidate> candidates;
    bool good = AddCandidates(**space, *workload, candidates);
    if (candidates.empty()) return false;
    Measure(*workload, candidates);
    good &= Check(*workload, candidates);
    Print(name, (*space)->Count(1 << 20), candidates);
    return good;
  }

 private:
  static bool Failed(const std::string& name, absl::string_view why) {
    std::cout << name << ": " << std::string(why) << std::endl;
    return false;
  }

  bool AddCandidates(ScheduleSpace& space, const v1::Workload& workload, std::vector<Candidate>& candidates) {
    std::mt19937_64 random(seed);
    v1::Schedule schedule = space.ToSchedule(space.Default());
    for (const std::string& text : set) {
      const std::vector<std::string> parts = absl::StrSplit(text, '=');
      for (v1::KnobValue& knob : *schedule.mutable_knobs()) {
        if (knob.name() == parts[0]) knob.set_value(std::stoll(parts.at(1)));
      }
    }
    auto first = space.FromSchedule(schedule);
    if (!first.ok()) return Failed("--set", first.status().message());
    bool good = Add(space, *first, workload, candidates);
    for (int i = 0; i < samples; ++i) good &= Add(space, space.Sample(random), workload, candidates);
    return good;
  }

  bool Add(const ScheduleSpace& space, const ScheduleConfig& config, const v1::Workload& workload,
           std::vector<Candidate>& candidates) {
    const std::string knobs = KnobText(space.ToSchedule(config));
    auto script = space.Render(config);
    if (!script.ok()) return Failed(knobs, script.status().message());
    v1::BuildRequest request;
    *request.mutable_target() = target_;
    request.set_workload_text(workload.text());
    request.set_script(*script);
    request.set_optimization(optimization);
    if (show) std::cout << backend_.PayloadText(request).value_or("") << "// ----\n" << *script << std::endl;
    auto kernel = BuildAndLoad(request, workload);
    if (!kernel.ok()) return Failed(knobs, kernel.status().message());
    candidates.push_back({knobs, *std::move(kernel), {}, {}});
    return true;
  }

  absl::StatusOr<std::unique_ptr<KernelOnData>> BuildAndLoad(const v1::BuildRequest& request,
                                                             const v1::Workload& workload) {
    const v1::BuildResponse response = backend_.Build(request);
    if (response.outcome().kind() != v1::OUTCOME_KIND_OK)
      return absl::InternalError(response.outcome().message());
    build_us_ = 0;
    for (const v1::StageTime& stage : response.stages()) build_us_ += stage.us();
    return KernelOnData::Load(response.artifact(), workload);
  }

  void Measure(const v1::Workload& workload, std::vector<Candidate>& candidates) const {
    for (Candidate& c : candidates) c.us.push_back(c.kernel->Time(2));
    double best_peak = 0;
    for (int round = 0; round < rounds; ++round) {
      const double before = FmaPeak();
      best_peak = std::max(best_peak, before);
      for (Candidate& c : candidates) {
        const int calls = static_cast<int>(std::clamp(2000.0 / c.us.front(), 1.0, 1000.0));
        c.us.push_back(c.kernel->Time(calls));
        c.share.push_back(static_cast<double>(workload.flops()) / c.us.back() * 1e-3 / before);
      }
    }
    for (Candidate& c : candidates) {
      const double best_us = *std::min_element(c.us.begin(), c.us.end());
      c.best_share = static_cast<double>(workload.flops()) / best_us * 1e-3 / best_peak;
    }
  }

  bool Check(const v1::Workload& workload, std::vector<Candidate>& candidates) {
    v1::BuildRequest request;
    *request.mutable_target() = target_;
    request.set_workload_text(workload.text());
    request.set_optimization(v1::OPTIMIZATION_REFERENCE);
    const double build_us = build_us_;
    auto reference = BuildAndLoad(request, workload);
    build_us_ = build_us;
    if (!reference.ok()) return Failed("reference", reference.status().message());
    bool good = true;
    (*reference)->RunOnce();
    for (Candidate& c : candidates) {
      c.kernel->RunOnce();
      const double difference = KernelOnData::Difference(*c.kernel, **reference);
      if (difference > 1e-4)
        good = Failed(c.name, absl::StrCat("the result differs from the reference by ", difference));
    }
    return good;
  }

  void Print(const std::string& name, int64_t legal, std::vector<Candidate>& candidates) const {
    auto line = [&](absl::string_view what, const Candidate& c) {
      std::cout << absl::StrFormat("%-12s %-7s %9.1f us %6.1f %% (%5.1f %%)  ", name, what, Median(c.us),
                                   Median(c.share) * 100, c.best_share * 100)
                << c.name << std::endl;
    };
    line("default", candidates.front());
    if (candidates.size() > 1) {
      std::sort(candidates.begin() + 1, candidates.end(),
                [](const Candidate& a, const Candidate& b) { return Median(a.us) < Median(b.us); });
      for (size_t i = 1; all && i < candidates.size(); ++i) line(absl::StrCat(i), candidates[i]);
      line("best", candidates[1]);
      line("median", candidates[1 + (candidates.size() - 1) / 2]);
      line("worst", candidates.back());
    }
    std::cout << absl::StrFormat("%-12s legal %d, last build %.1f ms", name, legal, build_us_ * 1e-3)
              << std::endl;
  }

  KernelBackend& backend_;
  const v1::Target& target_;
  const std::vector<v1::Sketch> sketches_;
  double build_us_ = 0;
};

int Main(int argc, char** argv) {
  CLI::App app("Measures which share of the FMA peak the built-in sketches reach");
  std::vector<std::string> names, set;
  const std::filesystem::path share = std::filesystem::path(argv[0]).parent_path() / "../share/diapason";
  std::string folder = share / "sketches", target_name = "host";
  int samples = 0, rounds = 15;
  unsigned seed = 1;
  bool full = false, show = false, all = false;
  std::set<std::string> known;
  app.add_option("case", names, "The cases to run, or files with a workload in MLIR; by default all cases");
  app.add_option("--sketches", folder, "The folder of the sketches");
  app.add_option("--target", target_name, "The target to compile for; its code must run on this machine");
  app.add_option("--samples", samples, "The number of random schedules of each case");
  app.add_option("--rounds", rounds, "The number of rounds of timing");
  app.add_option("--seed", seed, "The seed of the random schedules");
  app.add_option("--set", set, "KNOB=VALUE changes the default schedule");
  app.add_flag("--full", full, "Use LLVM's -O3 instead of the search's pipeline");
  app.add_flag("--all", all, "Print all random schedules, the fastest first");
  app.add_flag("--show", show, "Print the payload and the rendered script");
  std::map<std::string, std::string> cases = Cases();
  for (const auto& [name, text] : cases) known.insert(name);
  app.get_option("case")->check(CLI::IsMember(known) | CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);

  for (const std::string& name : names) {
    if (known.contains(name)) continue;
    std::stringstream text;
    text << std::ifstream(name).rdbuf();
    cases[name] = text.str();
  }
  auto sketches = compiler::space::LoadSketches(folder);
  auto target = compiler::targets::FindTarget(target_name, share / "targets");
  auto backend = target.ok() ? compiler::codegen::MakeBackend(KindOf(*target)) : target.status();
  if (!sketches.ok() || !backend.ok()) {
    std::cerr << (sketches.ok() ? backend.status() : sketches.status()) << std::endl;
    return 1;
  }
  Bench bench(**backend, *target, *std::move(sketches));
  bench.samples = samples;
  bench.rounds = rounds;
  bench.seed = seed;
  bench.set = set;
  bench.show = show;
  bench.all = all;
  if (full) bench.optimization = v1::OPTIMIZATION_FULL;
  std::cout << "seed " << seed << ", FMA peak " << FmaPeak() << " GFLOP/s" << std::endl;
  bool good = true;
  for (const auto& [name, text] : cases) {
    if (names.empty() || std::find(names.begin(), names.end(), name) != names.end())
      good &= bench.RunCase(name, text);
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace diapason::bench

int main(int argc, char** argv) { return diapason::bench::Main(argc, argv); }
