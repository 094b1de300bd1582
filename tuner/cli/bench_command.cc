// diapason bench: measures how fast compiled models are. Several models are measured interleaved.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "compiler/model/loaded_model.h"
#include "proto/base/clock.h"
#include "tuner/cli/command.h"
#include "tuner/cli/json_text.h"
#include "tuner/cli/text_table.h"
#include "tuner/cli/time_breakdown.h"

namespace diapason::tuner {
namespace {

struct BenchOptions {
  std::vector<std::string> folders;
  int threads = 1;
  double seconds = 2;
  bool tasks = false;
  bool json = false;
};

void PrintJson(const BenchOptions& options,
               const std::vector<std::unique_ptr<compiler::model::LoadedModel>>& models,
               const std::vector<compiler::model::Timing>& timings) {
  JsonObject all;
  for (size_t i = 0; i < timings.size(); ++i) {
    // One model is printed as an object, several as a list.
    JsonObject& entry = timings.size() == 1 ? all : AddTo(all, "models");
    Set(entry, "model", options.folders[i]);
    Set(entry, "threads", static_cast<double>(options.threads));
    Set(entry, "median_us", timings[i].median_us);
    Set(entry, "p10_us", timings[i].p10_us);
    Set(entry, "p90_us", timings[i].p90_us);
    for (double sample : timings[i].samples_us) AddTo(entry, "samples", sample);
    if (options.tasks)
      AddBreakdown(models[i]->manifest(), BreakDown(models[i]->manifest(), timings[i]), entry);
  }
  std::printf("%s\n", JsonText(all).c_str());
}

int Bench(const BenchOptions& options) {
  std::vector<std::unique_ptr<compiler::model::LoadedModel>> models;
  std::vector<compiler::model::LoadedModel*> pointers;
  for (const std::string& folder : options.folders) {
    auto model = compiler::model::LoadedModel::Load(folder, options.threads);
    if (!model.ok()) return Report(model.status());
    models.push_back(*std::move(model));
    pointers.push_back(models.back().get());
  }
  const SystemClock clock;
  compiler::model::TimeOptions time;
  time.min_duration = absl::Seconds(options.seconds);
  const std::vector<compiler::model::Tensor> inputs = models[0]->RandomInputs(0);
  const auto timings = compiler::model::TimeModels(pointers, inputs, time, clock);
  if (!timings.ok()) return Report(timings.status());
  if (options.json) {
    PrintJson(options, models, *timings);
    return kExitOk;
  }
  for (size_t i = 0; i < timings->size(); ++i) {
    const compiler::model::Timing& timing = (*timings)[i];
    std::printf("%s: median %s us, p10 %s, p90 %s, %zu runs, threads %d\n", options.folders[i].c_str(),
                FormatUs(timing.median_us).c_str(), FormatUs(timing.p10_us).c_str(),
                FormatUs(timing.p90_us).c_str(), timing.samples_us.size(), options.threads);
    if (!options.tasks) continue;
    const compiler::model::Manifest& manifest = models[i]->manifest();
    std::printf("%s", BreakdownText(manifest, BreakDown(manifest, timing), options.threads).c_str());
  }
  return kExitOk;
}

}  // namespace

void AddBench(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command = app.add_subcommand(
      "bench", "measure compiled models; several with the same inputs are measured interleaved");
  command->footer("Example:\n  diapason bench out/ --threads 1");
  command->add_option("FOLDER", options->folders, "output folder of diapason compile; repeatable")
      ->required();
  command->add_option("--threads", options->threads, "number of threads to run on")
      ->check(CLI::Range(1, kMaxThreads))
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "measure for at least this many seconds")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  command->add_flag(
      "--tasks", options->tasks,
      "also print where the time goes: each task in the model and alone, and the time between the calls");
  command->add_flag(
      "--json", options->json,
      "print JSON: model, threads, median_us, p10_us, p90_us, samples; with --tasks also tasks, "
      "breakdown; several models are a list, models");
  SetBody(*command, exit_code, [options] { return Bench(*options); });
}

}  // namespace diapason::tuner
