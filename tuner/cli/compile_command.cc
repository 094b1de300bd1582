// diapason compile: compiles a model to a shared library with the best schedules in the tuning log.
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tuner/cli/before_after.h"
#include "tuner/cli/command.h"
#include "tuner/cli/interrupt.h"
#include "tuner/cli/json_text.h"
#include "tuner/cli/log_source.h"
#include "tuner/cli/model_tasks.h"
#include "tuner/cli/target_option.h"

namespace diapason::tuner {
namespace {

struct CompileOptions {
  ModelOption model;
  LogOption log;
  bool no_log = false;
  bool strict = false;
  std::string target = "host";
  std::string output;
  std::string kernel_time;
  int threads = 1;
  bool json = false;
};

int Compile(const CompileOptions& options) {
  Interrupt interrupt;  // first, because later threads inherit its signal mask
  const Installation installation = FindInstallation();
  absl::Duration kernel_time = kKernelTime;
  if (!options.kernel_time.empty() &&
      (!absl::ParseDuration(options.kernel_time, &kernel_time) || kernel_time <= absl::ZeroDuration())) {
    return Report(absl::InvalidArgumentError(absl::StrCat(
        "--kernel-time ", options.kernel_time, ": this is not a duration; write for example 30s or 2m")));
  }
  const auto program = LoadProgram(options.model);
  if (!program.ok()) return ReportLoadError(program.status(), options.json);
  const auto target = ResolveTarget(options.target, installation, options.log);
  if (!target.ok()) return Report(target.status());
  std::unique_ptr<LogSource> log;
  if (!options.no_log) {
    auto opened = LogSource::Open(options.log);
    if (!opened.ok()) return Report(opened.status());
    log = *std::move(opened);
  }
  const auto files = CompileProgram({*program, *target, installation, interrupt, kernel_time,
                                     options.strict ? v1::MATCH_STRICT : v1::MATCH_LOOSE, options.threads},
                                    log.get(), options.output);
  if (!files.ok()) return Report(files.status());
  if (options.json) {
    JsonObject json;
    Set(json, "library", files->library);
    Set(json, "header", files->header);
    Set(json, "manifest", files->manifest);
    std::printf("%s\n", JsonText(json).c_str());
    return kExitOk;
  }
  std::printf("library:  %s\nheader:   %s\nmanifest: %s\n", files->library.c_str(), files->header.c_str(),
              files->manifest.c_str());
  return kExitOk;
}

}  // namespace

void AddCompile(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<CompileOptions>();
  CLI::App* command = app.add_subcommand("compile", "compile a model with the best known schedules");
  command->footer(
      "Example:\n  diapason compile model.onnx --db sqlite:tuning.db --target host -o out/\n"
      "The manifest says for each task which schedule was used and why.");
  AddModelOptions(*command, options->model);
  AddLogOptions(*command, options->log);
  command->add_flag("--no-log", options->no_log, "use only the default schedules of the sketches");
  command->add_flag(
      "--strict", options->strict,
      "use only records of this version of the back end (`diapason version`); without it, records of other "
      "versions are used, too, and the manifest says so");
  command->add_option("--target", options->target, kTargetHelp)->capture_default_str();
  command->add_option("-o,--output", options->output, "folder for the library, the header and the manifest")
      ->required();
  command->add_option("--kernel-time", options->kernel_time,
                      "how long one kernel may take to build before another schedule is tried, e.g. 30s (the "
                      "default)");
  command
      ->add_option("--threads", options->threads,
                   "on how many threads the model will run; it also runs on any other number")
      ->check(CLI::Range(1, kMaxThreads))
      ->capture_default_str();
  command->add_flag("--json", options->json,
                    "print JSON: the paths library, header, manifest; or what is not supported in the model");
  SetBody(*command, exit_code, [options] { return Compile(*options); });
}

}  // namespace diapason::tuner
