// diapason jobs and diapason cancel: the jobs of a tuner-server or, without one, of a tuning log.
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "db/record_store.h"
#include "proto/base/status_macros.h"
#include "tuner/cli/command.h"
#include "tuner/cli/log_source.h"
#include "tuner/compile/tuning_log.h"
#include "tuner/report/job_report.h"
#include "tuner/report/json_text.h"
#include "tuner/report/text_table.h"

namespace diapason::tuner {
namespace {

struct JobsOptions {
  LogOption log;
  bool json = false;
};

absl::StatusOr<std::vector<v1::JobStatus>> ReadJobs(const LogOption& option) {
  if (!option.server.server.empty()) {
    DIAPASON_ASSIGN_OR_RETURN(const auto server, ServerConnection::Connect(option.server));
    return server->Jobs();
  }
  DIAPASON_ASSIGN_OR_RETURN(const auto store, OpenTuningLog(option.db, db::OpenMode::kReadOnly));
  return store->ListJobs();
}

int Jobs(const JobsOptions& options) {
  const auto jobs = ReadJobs(options.log);
  if (!jobs.ok()) return Report(jobs.status());
  if (options.json) {
    v1::ListJobsResponse response;
    response.mutable_jobs()->Assign(jobs->begin(), jobs->end());
    std::printf("%s\n", JsonText(response).c_str());
    return kExitOk;
  }
  TextTable table({{"job", false},
                   {"name", false, 24},
                   {"state", false},
                   {"tasks", true},
                   {"trials", true},
                   {"default us", true},
                   {"best us", true},
                   {"time", true},
                   {"started (UTC)", false}});
  for (const v1::JobStatus& job : *jobs) {
    const ModelTimes times = SumTasks(job);
    table.AddRow({job.job_id(), job.name(),
                  absl::AsciiStrToLower(absl::StripPrefix(v1::JobState_Name(job.state()), "JOB_STATE_")),
                  absl::StrCat(job.tasks_size()), absl::StrCat(job.trials_done()), FormatUs(times.default_us),
                  FormatUs(times.best_us), FormatSeconds(static_cast<double>(job.elapsed_us()) / 1e6),
                  absl::FormatTime("%Y-%m-%d %H:%M", absl::FromUnixMicros(job.created_unix_us()),
                                   absl::UTCTimeZone())});
  }
  std::printf("%s", table.Text().c_str());
  for (const v1::JobStatus& job : *jobs) {
    if (!job.message().empty()) std::printf("job %s: %s\n", job.job_id().c_str(), job.message().c_str());
  }
  return kExitOk;
}

struct CancelOptions {
  ServerAddress server;
  std::string job_id;
};

int Cancel(const CancelOptions& options) {
  const auto server = ServerConnection::Connect(options.server);
  if (!server.ok()) return Report(server.status());
  const absl::Status status = (*server)->CancelJob(options.job_id);
  if (absl::IsFailedPrecondition(status)) return Report(status, kExitBadInput);
  if (!status.ok()) return Report(status);
  std::printf("job %s is cancelled; its measurements are in the log\n", options.job_id.c_str());
  return kExitOk;
}

}  // namespace

void AddJobs(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<JobsOptions>();
  CLI::App* command = app.add_subcommand("jobs", "list the jobs of a tuner-server or of a tuning log");
  AddLogOptions(*command, options->log);
  command->add_flag("--json", options->json, "print JSON: ListJobsResponse of proto/diapason/v1/tuner.proto");
  SetBody(*command, exit_code, [options] { return Jobs(*options); });
}

void AddCancel(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<CancelOptions>();
  CLI::App* command = app.add_subcommand("cancel", "cancel a running job; its records stay");
  command->add_option("JOB", options->job_id, "the job's id, from diapason jobs")->required();
  AddServerOptions(*command, options->server, /*required=*/true);
  SetBody(*command, exit_code, [options] { return Cancel(*options); });
}

}  // namespace diapason::tuner
