// Reads what the report of `diapason tune` needs from the log, and writes the file. Everything else about the
// report is pure (report_data.h, report_html.h). The functions may be called from any thread.
#ifndef DIAPASON_TUNER_CLI_REPORT_FILE_H_
#define DIAPASON_TUNER_CLI_REPORT_FILE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "diapason/v1/tuner.pb.h"
#include "tuner/cli/before_after.h"
#include "tuner/cli/log_source.h"
#include "tuner/cli/report_commands.h"
#include "tuner/report/report_data.h"
#include "tuner/report/report_history.h"
#include "tuner/report/report_records.h"

namespace diapason::tuner {

// What a log knows about the measurements of a job.
struct JobRecords {
  RecordSummary summary;
  RecordScope scope = RecordScope::kNone;
};

// Reads what `log` has about the job: all records of the job from a file, the best record of each task from
// a tuner-server, which is asked once for each of `tasks`. Returns the errors of LogSource::Open, of
// RecordStore::VisitRecords and of LogSource::Lookup.
absl::StatusOr<JobRecords> ReadJobRecords(const LogOption& log, const v1::JobStatus& job,
                                          absl::Span<const v1::JobTask> tasks);

// Writes a page. An older one is replaced at once or not at all. Returns PermissionDenied if the file cannot
// be written.
absl::Status WritePage(const std::string& path, const std::string& html);

// Writes FOLDER/report.html by WritePage, and returns its path. Makes the folder if it is not there. Returns
// PermissionDenied if the file cannot be written.
absl::StatusOr<std::string> WriteReport(const std::string& folder, const std::string& html);

// What WriteJobReport makes the report from. The references outlive the call.
struct JobReportInput {
  const v1::JobStatus& status;  // after the job's end
  const JobHistory& history;
  std::vector<v1::JobTask> tasks;  // as submitted
  LogOption log;
  std::optional<BeforeAfter> models;  // absent if the model could not be compiled
  TuneCommandLine command_line;
};

// Reads the records, collects the report, writes it into the output folder of the command line, and returns
// its path. If the records cannot be read, it says so on stderr and writes the report without them. Returns
// PermissionDenied if the file cannot be written.
absl::StatusOr<std::string> WriteJobReport(const JobReportInput& input);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_REPORT_FILE_H_
