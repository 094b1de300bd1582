// Measures how long a trial takes in addition to its samples. Runs a kernel of about a millisecond, with
// the arguments of a convolution, many times through the real runner child, and prints medians. Run it on
// an idle machine.
//   trial_bench [TRIALS]
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "device-agent/cpu_kernel_runner.h"
#include "device-agent/runner/confinement.h"
#include "proto/base/content_hash.h"
#include "proto/statistics/quantile.h"
#include "tests/device-agent/artifacts.h"

namespace diapason::device_agent {
namespace {

// Reads all weights a few times and writes the whole output.
constexpr char kBody[] = R"c(
  for (int64_t k = 0; k < 36864; ++k) out[i & 1023] += weights[k] * in[(k + i) & 1023];
)c";

void AddArgument(v1::MeasureRequest& request, v1::ArgumentRole role, std::vector<int64_t> shape) {
  v1::Argument& argument = *request.add_arguments();
  argument.set_element_type(v1::ELEMENT_TYPE_F32);
  argument.set_role(role);
  for (int64_t extent : shape) argument.add_shape(extent);
}

std::vector<v1::Measurement> RunTrials(CpuKernelRunner& runner, const v1::MeasureRequest& request,
                                       const TrialFiles& files, int trials) {
  std::vector<v1::Measurement> measurements;
  for (int i = 0; i < trials; ++i) {
    const v1::MeasureResult result = runner.Run(request, files);
    if (result.outcome().kind() != v1::OUTCOME_KIND_OK) {
      std::printf("trial %d: %s\n", i, result.outcome().ShortDebugString().c_str());
    } else {
      measurements.push_back(result.measurement());
    }
  }
  return measurements;
}

void Report(const char* what, const std::vector<v1::Measurement>& measurements) {
  if (measurements.empty()) return;
  std::vector<double> busy_ms, sampled_ms, median_us, count;
  for (const v1::Measurement& m : measurements) {
    double sampled_us = 0;
    for (double sample : m.samples_us()) sampled_us += sample * m.calls_per_sample();
    busy_ms.push_back(m.busy_us() / 1000);
    sampled_ms.push_back(sampled_us / 1000);
    median_us.push_back(m.median_us());
    count.push_back(m.samples_us_size());
  }
  std::printf(
      "%s: %zu trials, medians: busy %.1f ms (p90 %.1f), samples %.1f ms (%.0f of them), kernel %.1f us (p10 "
      "to "
      "p90 of the trials %.1f %%)\n",
      what, measurements.size(), Median(busy_ms), Quantile(busy_ms, 0.9), Median(sampled_ms), Median(count),
      Median(median_us), 100 * (Quantile(median_us, 0.9) - Quantile(median_us, 0.1)) / Median(median_us));
}

int Main(int trials) {
  const std::string folder =
      std::filesystem::temp_directory_path().string() + "/trial-bench-" + std::to_string(getpid());
  auto files = FileCache::Create(folder + "/artifacts", 1 << 30);
  auto references = FileCache::Create(folder + "/references", 1 << 30);
  const std::string runner_path = std::string(std::getenv("DIAPASON_BUILD_DIR")) + "/bin/device-runner";
  std::string source = OneStage(kBody);
  source.replace(source.find("body, 1024"), 10, "body, 64");
  const std::string bytes = CompileC(source);
  TrialFiles trial;
  trial.artifact = *(*files)->Put(ContentHash(bytes), bytes);
  trial.reference = trial.artifact;
  v1::MeasureRequest request = MakeRequest("t", ContentHash(bytes), ContentHash(bytes));
  request.clear_arguments();
  AddArgument(request, v1::ARGUMENT_ROLE_INPUT, {1, 58, 58, 64});
  AddArgument(request, v1::ARGUMENT_ROLE_CONSTANT, {64, 64, 3, 3});
  AddArgument(request, v1::ARGUMENT_ROLE_IN_OUT, {1, 56, 56, 64});
  request.mutable_options()->set_budget_us(60'000);

  const SystemClock clock;
  const Sandbox sandbox = Sandbox::Probe({{runner_path}, {folder}, kExitNoRequest});
  CpuKernelRunnerOptions options;
  options.cpu = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)) - 1;
  options.log_path = folder + "/runner.log";
  CpuKernelRunner runner(sandbox, **references, clock, options);
  runner.Run(request, trial);  // the first run also makes the output of the reference
  Report("alone", RunTrials(runner, request, trial, trials));
  const v1::MeasureResult once = runner.Run(request, trial);
  request.mutable_options()->set_best_us(once.measurement().median_us() / 2);
  Report("against a best time of half", RunTrials(runner, request, trial, trials));
  std::filesystem::remove_all(folder);
  std::printf("sandbox %s\n", v1::Sandbox_Name(sandbox.form()).c_str());
  return 0;
}

}  // namespace
}  // namespace diapason::device_agent

int main(int argc, char** argv) { return diapason::device_agent::Main(argc > 1 ? std::atoi(argv[1]) : 30); }
