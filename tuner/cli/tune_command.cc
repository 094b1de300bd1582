// diapason tune: submits the tasks of a model as a job, watches the job, and prints a table of the results.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "db/record_store.h"
#include "proto/base/ids.h"
#include "proto/base/status_macros.h"
#include "proto/domain/target_fit.h"
#include "tuner/cli/before_after.h"
#include "tuner/cli/command.h"
#include "tuner/cli/command_text.h"
#include "tuner/cli/interrupt.h"
#include "tuner/cli/job_conclusion.h"
#include "tuner/cli/job_watch.h"
#include "tuner/cli/local_service.h"
#include "tuner/cli/log_source.h"
#include "tuner/cli/model_tasks.h"
#include "tuner/cli/report_commands.h"
#include "tuner/cli/report_file.h"
#include "tuner/cli/server_connection.h"
#include "tuner/cli/shell_word.h"
#include "tuner/cli/target_option.h"
#include "tuner/cli/threads_option.h"
#include "tuner/compile/sketch_intake.h"
#include "tuner/report/json_text.h"
#include "tuner/report/text_table.h"

namespace diapason::tuner {
namespace {

constexpr absl::Duration kDeviceWait = absl::Seconds(15);
constexpr absl::Duration kDefaultTime = absl::Minutes(10);

struct TuneOptions {
  ModelOption model;
  std::string target = "host";
  ServerAddress server;
  std::string db = kDefaultLog;
  std::vector<std::string> sketches;
  bool only_these_sketches = false;
  int64_t trials = 0;
  std::string time;
  std::string output;
  uint64_t seed = 0;
  int priority = 0;
  std::vector<int> threads;
  bool whole_budget = false;
  bool detach = false;
  std::string reconnect = "2m";
  bool json = false;
  bool verbose = false;
};

class Tuning {
 public:
  explicit Tuning(const TuneOptions& options) : options_(options), installation_(FindInstallation()) {}

  int Run();

 private:
  absl::Status Prepare();
  absl::Status ConnectAndFindTarget();
  absl::Status CancelStaleJobs();
  absl::Status AwaitDevice();
  absl::Status ReadUsersSketches();
  v1::SubmitJobRequest Request();
  absl::StatusOr<v1::JobStatus> Watch(const std::string& job_id);
  int Conclude(const v1::JobStatus& status);
  absl::Status CompileBoth(BeforeAfter& result);
  // Writes the report and returns its path.
  absl::StatusOr<std::string> WriteReportOf(const v1::JobStatus& status,
                                            const std::optional<BeforeAfter>& models) const;
  LogOption Log() const;
  void Print(const v1::JobStatus& status, const std::optional<BeforeAfter>& models,
             const std::string& report);
  int Detach(const std::string& job_id);

  const TuneOptions options_;
  const Installation installation_;
  Interrupt interrupt_;  // first, because later threads inherit its signal mask
  compiler::graph::Program program_;
  std::vector<v1::JobTask> tasks_;
  absl::Duration time_;  // 0: no limit
  JobWatchOptions watching_;
  JobHistory history_;
  std::string device_id_;  // of "device:NAME"; empty for any device that fits
  v1::Target target_;
  std::vector<v1::Sketch> sketches_;
  std::unique_ptr<LocalService> local_;
  std::unique_ptr<ServerConnection> server_;
};

absl::Status Tuning::Prepare() {
  DIAPASON_ASSIGN_OR_RETURN(watching_, ParseReconnect(options_.reconnect));
  time_ = options_.trials > 0 ? absl::ZeroDuration() : kDefaultTime;
  if (!options_.time.empty() &&
      (!absl::ParseDuration(options_.time, &time_) || time_ <= absl::ZeroDuration())) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--time ", options_.time, ": this is not a duration; write for example 90s, 10m or 1h30m"));
  }
  if (options_.server.server.empty()) DIAPASON_RETURN_IF_ERROR(db::CheckLogUrl(options_.db));
  if (options_.detach && options_.server.server.empty()) {
    return absl::InvalidArgumentError(
        "--detach needs --server, because the service on this machine ends with this command");
  }
  DIAPASON_ASSIGN_OR_RETURN(program_, LoadProgram(options_.model));
  if (program_.workloads.empty())
    return absl::InvalidArgumentError(
        absl::StrCat(options_.model.path, ": the model has no operators to compute"));
  tasks_ = TasksOf(program_);
  return absl::OkStatus();
}

absl::Status Tuning::ConnectAndFindTarget() {
  if (const std::optional<std::string> device = DeviceOf(options_.target)) {
    device_id_ = *device;
    if (options_.server.server.empty()) {
      return absl::InvalidArgumentError(
          "--target device:NAME needs --server, because it names a device of that server");
    }
  } else {
    DIAPASON_ASSIGN_OR_RETURN(target_, TargetOf(options_.target, installation_));
    DIAPASON_RETURN_IF_ERROR(ReadUsersSketches());
  }
  ServerAddress address = options_.server;
  if (address.server.empty()) {
    DIAPASON_ASSIGN_OR_RETURN(const v1::Target host, TargetOf("host", installation_));
    const std::string missing = WhatIsMissing(target_, host);
    if (!missing.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "this machine does not fit the target ", options_.target, ": it ", missing,
          "; start a tuner-server, start device-agent on such a device, and give --server HOST:PORT"));
    }
    DIAPASON_ASSIGN_OR_RETURN(local_, LocalService::Start({options_.db, ""}, installation_));
    address.server = local_->address();
  }
  DIAPASON_ASSIGN_OR_RETURN(server_, ServerConnection::Connect(address));
  if (local_ != nullptr) DIAPASON_RETURN_IF_ERROR(CancelStaleJobs());
  DIAPASON_RETURN_IF_ERROR(AwaitDevice());
  return device_id_.empty() ? absl::OkStatus() : ReadUsersSketches();
}

// Reads the files of --sketch and checks them against the tasks and the target. This comes before anything
// is started, except for device:NAME, whose target only the server knows.
absl::Status Tuning::ReadUsersSketches() {
  DIAPASON_ASSIGN_OR_RETURN(sketches_, ReadSketches(options_.sketches, installation_, tasks_, target_));
  return absl::OkStatus();
}

// Cancels the jobs in the local log that a killed `diapason tune` left running. New jobs learn from their
// records, but nobody waits for their end.
absl::Status Tuning::CancelStaleJobs() {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::JobStatus> jobs, server_->Jobs());
  for (const v1::JobStatus& job : jobs) {
    if (job.state() != v1::JOB_STATE_RUNNING) continue;
    std::fprintf(stderr, "job %s of an interrupted run is cancelled; its %lld records stay in the log\n",
                 job.job_id().c_str(), static_cast<long long>(job.trials_done()));
    server_->CancelJob(job.job_id()).IgnoreError();  // it may have ended meanwhile
  }
  return absl::OkStatus();
}

// Waits until the device is connected. A device of the local service takes a moment; on another server it
// must be connected already.
absl::Status Tuning::AwaitDevice() {
  const absl::Time until = absl::Now() + (local_ != nullptr ? kDeviceWait : absl::ZeroDuration());
  while (!interrupt_.happened()) {
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<v1::DeviceStatus> devices, server_->Devices());
    for (const v1::DeviceStatus& device : devices) {
      if (device.state() == v1::DEVICE_STATE_OFFLINE) continue;
      if (device_id_.empty()) {
        if (Fits(target_, device.device().target())) return absl::OkStatus();
      } else if (device.device().device_id() == device_id_) {
        target_ = device.device().target();
        target_.set_name(device_id_);  // because a device calls its target "host"
        return absl::OkStatus();
      }
    }
    if (local_ != nullptr) DIAPASON_RETURN_IF_ERROR(local_->Check());
    if (absl::Now() >= until) {
      return absl::UnavailableError(
          absl::StrCat("no device ", device_id_.empty() ? "of target " : "",
                       device_id_.empty() ? target_.name() : device_id_,
                       " is connected; `diapason devices` lists the connected ones, "
                       "`device-agent --tracker HOST:PORT` connects one"));
    }
    absl::SleepFor(absl::Milliseconds(50));
  }
  return absl::CancelledError("interrupted");
}

v1::SubmitJobRequest Tuning::Request() {
  v1::SubmitJobRequest request;
  request.set_name(std::filesystem::path(options_.model.path).filename().string());
  request.set_model(ModelArguments(options_.model));
  request.set_target_option(ShellWord(options_.target));
  request.set_request_id(RandomIds().NewId());
  request.mutable_tasks()->Assign(tasks_.begin(), tasks_.end());
  *request.mutable_target() = target_;
  request.mutable_selector()->set_device_id(device_id_);
  request.set_seed(options_.seed);
  request.set_priority(options_.priority);
  request.mutable_threads()->Assign(options_.threads.begin(), options_.threads.end());
  request.set_whole_budget(options_.whole_budget);
  request.set_only_these_sketches(options_.only_these_sketches);
  request.mutable_sketches()->Assign(sketches_.begin(), sketches_.end());
  request.mutable_budget()->set_trials(options_.trials);
  request.mutable_budget()->set_duration_us(absl::ToInt64Microseconds(time_));
  return request;
}

absl::StatusOr<v1::JobStatus> Tuning::Watch(const std::string& job_id) {
  JobWatchOptions watching = watching_;
  watching.on_state = [this](const v1::JobStatus& job) { history_.Add(job); };
  // The local service does not come back.
  if (local_ != nullptr) watching.reconnect_for = absl::ZeroDuration();
  auto status = WatchToTheEnd(*server_, job_id, interrupt_, watching);
  if (!interrupt_.happened()) {
    if (!status.ok() && local_ != nullptr) DIAPASON_RETURN_IF_ERROR(local_->Check());
    return status;
  }
  const absl::Status cancelled = server_->CancelJob(job_id);  // fails if the job has just ended
  if (!cancelled.ok() && !absl::IsFailedPrecondition(cancelled)) {
    return absl::CancelledError(absl::StrCat("interrupted, but job ", job_id, " could not be cancelled (",
                                             ErrorText(cancelled), "); it continues. `diapason cancel ",
                                             job_id, " ", server_->arguments(), "` ends it"));
  }
  return absl::CancelledError(
      absl::StrCat("interrupted; job ", job_id, " is cancelled, and its measurements are in the log"));
}

int Tuning::Detach(const std::string& job_id) {
  if (options_.json) {
    v1::SubmitJobResponse response;
    response.set_job_id(job_id);
    std::printf("%s\n", JsonText(response).c_str());
    return kExitOk;
  }
  const std::string server = server_->arguments();
  std::printf("job:      %s\n", job_id.c_str());
  std::printf("next:     diapason watch %s %s\n", job_id.c_str(), server.c_str());
  std::printf("to end:   diapason cancel %s %s\n", job_id.c_str(), server.c_str());
  return kExitOk;
}

int Tuning::Run() {
  absl::Status status = Prepare();
  if (!status.ok()) return ReportLoadError(status, options_.json);
  status = ConnectAndFindTarget();
  if (!status.ok()) return Report(status);
  const v1::SubmitJobRequest request = Request();
  const auto submitted = server_->SubmitJob(request);
  if (!submitted.ok()) return Report(submitted.status());
  const std::string& job_id = submitted->job_id();
  std::fprintf(stderr, "job %s: %d tasks on target %s\n", job_id.c_str(), request.tasks_size(),
               target_.name().c_str());
  if (!submitted->note().empty()) std::fprintf(stderr, "%s\n", submitted->note().c_str());
  if (options_.detach) return Detach(job_id);
  const auto end = Watch(job_id);
  if (!end.ok()) return Report(end.status());
  return Conclude(*end);
}

int Tuning::Conclude(const v1::JobStatus& status) {
  std::optional<BeforeAfter> models;
  absl::Status written;  // the library, then the report
  std::string report;
  if (!options_.output.empty() && status.state() == v1::JOB_STATE_FINISHED) {
    models.emplace();
    written = CompileBoth(*models);
    if (!written.ok()) models.reset();
    if (!absl::IsCancelled(written)) {
      auto path = WriteReportOf(status, models);
      if (path.ok()) report = *std::move(path);
      written.Update(path.status());
    }
  }
  Print(status, models, report);
  if (absl::IsCancelled(written)) {
    written = absl::CancelledError(
        "interrupted; all measurements are in the log, and `diapason compile` can use them");
  }
  const int exit_code = ReportJob(status);
  return written.ok() ? exit_code : Report(written);
}

absl::Status Tuning::CompileBoth(BeforeAfter& result) {
  if (!options_.json)
    std::fprintf(stderr, "compiling the model twice: with default schedules and with tuned ones\n");
  // The local service is not needed any more. Its results are read from the log.
  if (local_ != nullptr) server_.reset();
  local_.reset();
  DIAPASON_ASSIGN_OR_RETURN(const std::unique_ptr<LogSource> source, LogSource::Open(Log()));
  DIAPASON_ASSIGN_OR_RETURN(
      result, CompileBeforeAfter({program_, target_, installation_, interrupt_, kKernelTime, v1::MATCH_LOOSE,
                                  ModelThreads(options_.threads)},
                                 *source, options_.output));
  return absl::OkStatus();
}

LogOption Tuning::Log() const { return {options_.db, options_.server}; }

absl::StatusOr<std::string> Tuning::WriteReportOf(const v1::JobStatus& status,
                                                  const std::optional<BeforeAfter>& models) const {
  const TuneCommandLine line = {.model_arguments = ModelArguments(options_.model),
                                .log_arguments = LogArguments(Log()),
                                .log_is_file = options_.server.server.empty(),
                                .target = options_.target,
                                .trials = options_.trials,
                                .time = options_.time,
                                .sketches = options_.sketches,
                                .only_these_sketches = options_.only_these_sketches,
                                .seed = options_.seed,
                                .priority = options_.priority,
                                .threads = options_.threads,
                                .output = options_.output};
  return WriteJobReport({status, history_, tasks_, Log(), models, line});
}

void Tuning::Print(const v1::JobStatus& status, const std::optional<BeforeAfter>& models,
                   const std::string& report) {
  ConclusionOptions conclusion;
  conclusion.json = options_.json;
  conclusion.verbose = options_.verbose;
  conclusion.log = LogArguments(Log());
  if (options_.verbose) conclusion.extra = CostModelLine(Log(), status.target());
  if (models && models->measured) {
    absl::StrAppendFormat(&conclusion.extra, "model, %s: %s us before, %s us after (%.2fx)\n",
                          ThreadsText(ModelThreads(options_.threads)), FormatUs(models->before_us),
                          FormatUs(models->after_us), models->speed_up);
  }
  if (models) {
    absl::StrAppend(&conclusion.extra, "library:  ", models->files.library,
                    "\nheader:   ", models->files.header, "\nmanifest: ", models->files.manifest, "\n");
    conclusion.next = absl::StrCat(models->measured ? "" : "on a machine of this target: ", "diapason bench ",
                                   ShellWord(options_.output), " --threads ", ModelThreads(options_.threads));
  }
  if (!report.empty()) absl::StrAppend(&conclusion.extra, "report:   ", report, "\n");
  PrintConclusion(status, conclusion);
}

constexpr char kFooter[] =
    "Examples:\n"
    "  diapason tune resnet18.onnx --target host --time 10m -o out/\n"
    "  diapason tune model.onnx --server lab:9190 --target device:box-1 --trials 400\n"
    "  diapason tune kernel.mlir --sketch my_sketch.mlir --target host --trials 64\n"
    "Without --server, a tuner-server and a device-agent run on this machine until the job ends.\n"
    "Ctrl-C cancels the job; its measurements stay in the log. With --detach the job continues.";

}  // namespace

void AddTune(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<TuneOptions>();
  CLI::App* command = app.add_subcommand("tune", "find the best schedules of a model or kernel on a device");
  command->footer(kFooter);
  AddModelOptions(*command, options->model);
  AddPartialOption(*command, options->model);
  command
      ->add_option("--target", options->target,
                   "host, device:NAME (a device of --server), a target's name, or a YAML file")
      ->capture_default_str();
  command->add_option("--trials", options->trials, "stop after this many trials")
      ->check(CLI::Range(1, 1'000'000'000));
  command->add_option("--time", options->time, "stop after this time (10m without --trials)");
  command
      ->add_option("-o,--output", options->output,
                   "compile the tuned model for the smallest number of --threads into this folder, measure "
                   "how much faster it is, and write report.html")
      ->excludes("--partial");
  command->add_option("--sketch", options->sketches, "your own sketch, a transform script; repeatable")
      ->allow_extra_args(false);
  command->add_flag("--only-sketch", options->only_these_sketches, "do not use the built-in sketches")
      ->needs("--sketch");
  command->add_flag("--whole-budget", options->whole_budget, "go on even if little is left to gain");
  command->add_option("--db", options->db, "the tuning log (without --server), as for query")
      ->capture_default_str();
  AddServerOptions(*command, options->server, /*required=*/false);
  command->add_option("--seed", options->seed, "seed of the search's random numbers")->capture_default_str();
  command->add_option("--priority", options->priority, "higher ones come first on a shared device")
      ->capture_default_str();
  AddThreadsOption(*command, options->threads);
  command->add_flag("--detach", options->detach, "submit the job to --server, print its id, and end")
      ->excludes("--output");
  AddReconnectOption(*command, options->reconnect);
  command->add_flag("--json", options->json, "print the job's final state as JSON");
  command->add_flag("-v,--verbose", options->verbose,
                    "also print the median times of a build's stages and how good the cost model is");
  SetBody(*command, exit_code, [options] { return Tuning(*options).Run(); });
}

}  // namespace diapason::tuner
