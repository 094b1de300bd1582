// What `diapason tune` reports about a job, collected and put into words, but without HTML. Pure: the caller
// has watched the job and read its records. report_html.h makes the page of it.
#ifndef DIAPASON_TUNER_CLI_REPORT_DATA_H_
#define DIAPASON_TUNER_CLI_REPORT_DATA_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "tuner/cli/job_report.h"
#include "tuner/cli/report_history.h"
#include "tuner/cli/report_records.h"

namespace diapason::tuner {

// The whole model, timed on this machine with the default schedules and with the best ones, run by run.
struct MeasuredModel {
  double before_us = 0;  // medians
  double after_us = 0;
  double speed_up = 0;  // median over pairs of runs; then the 10th and the 90th percentile
  double speed_up_p10 = 0;
  double speed_up_p90 = 0;
};

// A command that the reader may want to run, and what it does.
struct ReportCommand {
  std::string purpose;  // e.g. "Tune again, with the same options:"
  std::string command;  // complete, and quoted for a shell
};

// Where `ReportInput.records` come from.
enum class RecordScope {
  kNone,     // they could not be read
  kJob,      // all records of the job
  kWinners,  // a tuner-server hands out only the best record of each task
};

// All of it outlives the call.
struct ReportInput {
  const v1::JobStatus& status;  // after the job's end
  const JobHistory& history;
  absl::Span<const v1::JobTask> tasks;  // as submitted
  const RecordSummary& records;
  RecordScope scope = RecordScope::kNone;
  std::optional<MeasuredModel> measured;  // absent: the model cannot run on this machine
  std::string release;                    // the project's version
};

struct TaskReport {
  std::string task_id;
  std::string summary;
  int weight = 0;
  double default_us = 0;  // 0: not known; also `best_us`
  double best_us = 0;
  std::string speed_up;            // SpeedUpText
  std::optional<double> share;     // of the time of all tasks together, with the best schedules; 0 to 1
  int64_t flops = 0;               // of one call; 0: none, or not known
  std::optional<double> gflops_s;  // achieved, with the best schedule
  int64_t trials = 0;
  std::string trouble;  // why the task has no time, or why it was stopped; empty: nothing went wrong
  std::vector<JobHistory::TaskPoint> curve;
};

struct OutcomeReport {
  v1::OutcomeKind kind = v1::OUTCOME_KIND_UNSPECIFIED;
  int64_t count = 0;
  std::string first_message;  // of the job's first failure of this kind; empty: not known
};

struct ReportData {
  std::string model;    // for people
  std::string device;   // the names of those that measured; empty: not known
  std::string machine;  // the target in words
  std::string date;     // of the job's start, in UTC
  std::string release;
  std::string job_id;
  ModelTimes task_sum;  // as in the table that the command prints
  std::optional<MeasuredModel> measured;
  int64_t trials = 0;
  double seconds = 0;
  v1::JobMetrics metrics;
  std::vector<JobHistory::ModelPoint> curve;
  std::vector<TaskReport> tasks;        // the largest share first
  std::vector<OutcomeReport> outcomes;  // OK first, then the most frequent
  std::string conditions_of;            // a sentence: which measurements the conditions are those of
  std::vector<std::pair<std::string, std::string>> conditions;  // name and value; only what is known
  std::vector<ReportCommand> commands;  // CollectReport leaves them to its caller (report_commands.h)
};

ReportData CollectReport(const ReportInput& input);

// E.g. "sapphirerapids, x86_64-unknown-linux-gnu, 512-bit vectors, 2 cores, L1 48 KiB, L2 2 MiB".
std::string MachineText(const v1::Target& target);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_REPORT_DATA_H_
