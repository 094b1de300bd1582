// What the report of `diapason tune` reads and writes: the job's records in the log, and the file.
#ifndef DIAPASON_TUNER_CLI_REPORT_FILE_H_
#define DIAPASON_TUNER_CLI_REPORT_FILE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "diapason/v1/tuner.pb.h"
#include "tuner/cli/log_source.h"
#include "tuner/cli/report_commands.h"
#include "tuner/cli/report_data.h"
#include "tuner/cli/report_history.h"
#include "tuner/cli/report_records.h"

namespace diapason::tuner {

struct JobRecords {
  RecordSummary summary;
  RecordScope scope = RecordScope::kNone;
};

// Reads what `log` has about the job: all records of the job from a file, the best record of each task from
// a tuner-server, which is asked once for each of `tasks`. Codes of LogSource::Open, RecordStore and
// ServerConnection.
absl::StatusOr<JobRecords> ReadJobRecords(const LogOption& log, const v1::JobStatus& job,
                                          absl::Span<const v1::JobTask> tasks);

// Writes FOLDER/report.html and returns its path. An older report is replaced at once or not at all. Makes
// the folder if it is not there. PermissionDenied: the file cannot be written.
absl::StatusOr<std::string> WriteReport(const std::string& folder, const std::string& html);

struct JobReportInput {
  const v1::JobStatus& status;  // after the job's end
  const JobHistory& history;
  std::vector<v1::JobTask> tasks;  // as submitted
  LogOption log;
  std::optional<MeasuredModel> measured;
  TuneCommandLine command_line;
};

// Does all of it: reads the records, collects the report, writes it into the command line's output folder, and
// returns its path. If the records cannot be read, it says so on stderr and writes the report without them.
// PermissionDenied: the file cannot be written.
absl::StatusOr<std::string> WriteJobReport(const JobReportInput& input);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_REPORT_FILE_H_
