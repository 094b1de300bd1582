// diapason bench: measures how fast compiled models are. Several models are measured interleaved.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/model/loaded_model.h"
#include "compiler/model/tensor_file.h"
#include "compiler/runtime/host_target.h"
#include "proto/base/clock.h"
#include "proto/base/status_macros.h"
#include "tuner/cli/bench_against.h"
#include "tuner/cli/bench_report.h"
#include "tuner/cli/command.h"
#include "tuner/cli/interrupt.h"
#include "tuner/cli/layer_limits.h"
#include "tuner/cli/model_tasks.h"
#include "tuner/cli/report_file.h"
#include "tuner/cli/temporary_folder.h"
#include "tuner/cli/time_breakdown.h"
#include "tuner/report/json_text.h"
#include "tuner/report/text_table.h"

namespace diapason::tuner {
namespace {

struct BenchOptions {
  std::vector<std::string> folders;
  int threads = 1;
  double seconds = 2;
  bool tasks = false;
  std::vector<std::string> against;
  ModelOption model;
  std::vector<std::string> inputs;
  std::string python = "python3";
  std::string report;
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

int BenchFolders(const BenchOptions& options) {
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

// Returns the inputs of --input, or random ones.
absl::StatusOr<std::vector<compiler::model::Tensor>> ReadInputs(const BenchOptions& options,
                                                                const compiler::model::LoadedModel& model) {
  if (options.inputs.empty()) return model.RandomInputs(0);
  DIAPASON_ASSIGN_OR_RETURN(std::vector<compiler::model::Tensor> inputs,
                            compiler::model::ReadTensorFiles(options.inputs));
  const std::vector<compiler::model::ManifestTensor>& wanted = model.manifest().inputs;
  for (size_t i = 0; i < std::min(inputs.size(), wanted.size()); ++i) inputs[i].name = wanted[i].name;
  return inputs;
}

// Sets the limits of the model's tasks, or why they are not known.
void AddLimits(const BenchOptions& options, const compiler::graph::Program& program,
               const Installation& installation, BenchReport& report) {
  const auto speed = MeasureMachineSpeed(installation, report.processors.back());
  if (!speed.ok()) {
    report.no_limits = absl::StrCat("The limits are not known: ", speed.status().message());
    return;
  }
  report.limits_us = TaskLimits(report.manifest, program, *speed, installation, options.threads);
}

absl::StatusOr<BenchReport> CompareEngines(const BenchOptions& options, Interrupt& interrupt) {
  const Installation installation = FindInstallation();
  const SystemClock clock;
  BenchReport report;
  DIAPASON_ASSIGN_OR_RETURN(const compiler::graph::Program program, LoadProgram(options.model));
  DIAPASON_ASSIGN_OR_RETURN(report.processors, PinToProcessors(options.threads));
  DIAPASON_ASSIGN_OR_RETURN(const auto model,
                            compiler::model::LoadedModel::Load(options.folders[0], options.threads));
  DIAPASON_ASSIGN_OR_RETURN(const auto inputs, ReadInputs(options, *model));
  const TemporaryFolder temporary;
  if (temporary.path().empty())
    return absl::PermissionDeniedError("cannot create a temporary folder; set TMPDIR to a writable folder");
  interrupt.PushCleanup([path = temporary.path()] {
    std::error_code error;
    std::filesystem::remove_all(path, error);
  });
  AgainstOptions against;
  against.model = options.model.path;
  against.peers = options.against;
  against.python = options.python;
  against.worker = installation.PeerWorker();
  against.folder = temporary.path();
  against.threads = options.threads;
  against.seconds = options.seconds;
  against.cancelled = [&interrupt] { return interrupt.happened(); };
  auto contestants = CompareWithPeers(*model, inputs, against, clock);
  interrupt.PopCleanup();
  DIAPASON_RETURN_IF_ERROR(contestants.status());
  report.contestants = *std::move(contestants);
  compiler::model::TimeOptions time;
  time.min_duration = absl::ZeroDuration();
  compiler::model::LoadedModel* models[] = {model.get()};
  DIAPASON_ASSIGN_OR_RETURN(const auto timings, compiler::model::TimeModels(models, inputs, time, clock));
  report.manifest = model->manifest();
  report.breakdown = BreakDown(report.manifest, timings[0]);
  report.threads = options.threads;
  const v1::Target host = compiler::runtime::HostTarget();
  report.machine = host.microarchitecture().empty() ? host.cpu() : host.microarchitecture();
  AddLimits(options, program, installation, report);
  return report;
}

int BenchAgainst(const BenchOptions& options) {
  Interrupt interrupt;  // first, because later threads inherit its signal mask
  if (options.folders.size() > 1)
    return Report(absl::InvalidArgumentError("--against compares one compiled model; give one folder"));
  if (options.model.path.empty())
    return Report(absl::InvalidArgumentError(
        "--against needs the model that the folder was compiled from: give --model"));
  const auto report = CompareEngines(options, interrupt);
  if (!report.ok()) return Report(report.status());
  if (!options.report.empty()) {
    const absl::Status written = WritePage(options.report, BenchHtml(*report));
    if (!written.ok()) return Report(written);
  }
  if (options.json) {
    JsonObject json;
    Set(json, "model", options.folders[0]);
    Set(json, "threads", static_cast<double>(options.threads));
    AddBreakdown(report->manifest, report->breakdown, json);
    AddComparison(*report, json);
    std::printf("%s\n", JsonText(json).c_str());
    return kExitOk;
  }
  std::printf("%s", BenchText(*report).c_str());
  if (!options.report.empty()) std::printf("report: %s\n", options.report.c_str());
  return kExitOk;
}

}  // namespace

void AddBench(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command = app.add_subcommand(
      "bench", "measure compiled models; several with the same inputs are measured interleaved");
  command->footer(
      "Examples:\n  diapason bench out/ --threads 1\n"
      "  diapason bench out/ --model model.onnx --against onnxruntime,openvino --report bench.html");
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
  command
      ->add_option(
          "--against", options->against,
          "also measure other inference engines, which are Python packages: onnxruntime, openvino, mnn "
          "(MNN), ncnn (ncnn and pnnx); all take turns on the same processors")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember(std::vector<std::string>(std::begin(kPeers), std::end(kPeers))));
  command->add_option("--model", options->model.path, "with --against: the ONNX file of the compiled model");
  command
      ->add_option("--dim", options->model.dims,
                   "with --model: size of a dynamic dimension, NAME=VALUE; repeatable")
      ->allow_extra_args(false);
  command
      ->add_option(
          "--input", options->inputs,
          "with --against: file of an input (ONNX TensorProto); repeatable; random inputs if there is none")
      ->allow_extra_args(false);
  command->add_option("--python", options->python, "with --against: the Python that has the other engines")
      ->capture_default_str();
  command->add_option("--report", options->report, "with --against: also write a page (HTML) to this file");
  command->add_flag(
      "--json", options->json,
      "print JSON: model, threads, median_us, p10_us, p90_us, samples; with --tasks also tasks, "
      "breakdown; with --against also contestants; several models are a list, models");
  SetBody(*command, exit_code,
          [options] { return options->against.empty() ? BenchFolders(*options) : BenchAgainst(*options); });
}

}  // namespace diapason::tuner
