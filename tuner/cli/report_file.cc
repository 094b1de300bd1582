#include "tuner/cli/report_file.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"
#include "proto/domain/protocol_version.h"
#include "tuner/cli/command.h"
#include "tuner/compile/best_schedules.h"
#include "tuner/report/report_html.h"

namespace diapason::tuner {

absl::StatusOr<JobRecords> ReadJobRecords(const LogOption& log, const v1::JobStatus& job,
                                          absl::Span<const v1::JobTask> tasks) {
  DIAPASON_ASSIGN_OR_RETURN(const std::unique_ptr<LogSource> source, LogSource::Open(log));
  JobRecords records;
  if (source->store() != nullptr) {
    records.scope = RecordScope::kJob;
    db::RecordQuery query;
    query.job_id = job.job_id();
    DIAPASON_RETURN_IF_ERROR(source->store()->VisitRecords(query, [&](const v1::Record& record) {
      records.summary.Add(record);
      return absl::OkStatus();
    }));
    return records;
  }
  records.scope = RecordScope::kWinners;
  DIAPASON_ASSIGN_OR_RETURN(const v1::LookupOptions options, LookupOptionsFor(job.target(), v1::MATCH_LOOSE));
  for (const v1::JobTask& task : tasks) {
    DIAPASON_ASSIGN_OR_RETURN(const v1::LookupResult result,
                              source->Lookup(task.workload(), job.target(), options));
    for (const v1::LookupCandidate& candidate : result.candidates()) {  // the best first
      if (candidate.record().job_id() != job.job_id()) continue;
      records.summary.Add(candidate.record());
      break;
    }
  }
  return records;
}

absl::Status WritePage(const std::string& path, const std::string& html) {
  const std::string partial = absl::StrCat(path, ".partial");
  std::error_code error;
  {
    std::ofstream file(partial, std::ios::binary);
    file << html;
    file.close();
    if (!file) error = std::make_error_code(std::errc::io_error);
  }
  if (!error) std::filesystem::rename(partial, path, error);
  if (error) {
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
    return absl::PermissionDeniedError(
        absl::StrCat("cannot write ", path, "; is the folder writable, and is the disk full?"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> WriteReport(const std::string& folder, const std::string& html) {
  std::error_code ignored;  // WritePage says that the file cannot be written
  std::filesystem::create_directories(folder, ignored);
  const std::string path = (std::filesystem::path(folder) / "report.html").string();
  DIAPASON_RETURN_IF_ERROR(WritePage(path, html));
  return path;
}

absl::StatusOr<std::string> WriteJobReport(const JobReportInput& input) {
  auto records = ReadJobRecords(input.log, input.status, input.tasks);
  if (!records.ok()) {
    std::fprintf(stderr, "diapason: the report leaves out the conditions of the job: %s\n",
                 ErrorText(records.status()).c_str());
    records = JobRecords();
  }
  std::optional<MeasuredModel> measured;
  if (input.models && input.models->measured) {
    const BeforeAfter& models = *input.models;
    measured = {models.before_us, models.after_us, models.speed_up, models.speed_up_p10, models.speed_up_p90};
  }
  ReportData data = CollectReport(
      {input.status, input.history, input.tasks, records->summary, records->scope, measured, Release()});
  const bool has_main_task = !data.tasks.empty() && data.tasks.front().best_us > 0;
  data.commands =
      ReportCommands(input.command_line, has_main_task ? data.tasks.front().task_id.substr(0, 8) : "");
  return WriteReport(input.command_line.output, ReportHtml(data));
}

}  // namespace diapason::tuner
