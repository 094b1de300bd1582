// What `diapason tune` reports about a job, collected and put into words, but without HTML. Pure: the caller
// has watched the job and read its records. report_html.h makes the page of it.
#ifndef DIAPASON_TUNER_REPORT_REPORT_DATA_H_
#define DIAPASON_TUNER_REPORT_REPORT_DATA_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "tuner/report/job_report.h"
#include "tuner/report/report_history.h"
#include "tuner/report/report_records.h"

namespace diapason::tuner {

// The whole model, timed on this machine with the default schedules and with the best ones, run by run.
struct MeasuredModel {
  double before_us = 0;  // medians over the runs
  double after_us = 0;
  // The median of the ratios of paired runs, and their 10th and 90th percentile.
  double speed_up = 0;
  double speed_up_p10 = 0;
  double speed_up_p90 = 0;
};

// A command that the reader may want to run.
struct ReportCommand {
  std::string purpose;  // e.g. "Tune again, with the same options:"
  std::string command;  // complete, and quoted for a shell
};

// Which records `ReportInput.records` summarises.
enum class RecordScope {
  kNone,     // they could not be read
  kJob,      // all records of the job
  kWinners,  // a tuner-server hands out only the best record of each task
};

// What CollectReport reads. The references outlive the call.
struct ReportInput {
  const v1::JobStatus& status;  // after the job's end
  const JobHistory& history;
  absl::Span<const v1::JobTask> tasks;  // as submitted
  const RecordSummary& records;
  RecordScope scope = RecordScope::kNone;
  std::optional<MeasuredModel> measured;  // absent if the model was not timed on this machine
  std::string release;                    // the project's version
};

// A task, as its row of the table shows it.
struct TaskReport {
  std::string task_id;
  std::string summary;
  int weight = 0;                  // how often the task occurs in the model
  double default_us = 0;           // 0 if it was not measured
  double best_us = 0;              // 0 if no schedule worked
  std::string speed_up;            // SpeedUpText
  std::optional<double> share;     // of the time of all tasks with their best schedules, from 0 to 1
  int64_t flops = 0;               // floating-point operations of one call; 0 if there are none
  std::optional<double> gflops_s;  // 1e9 operations in a second, with the best schedule
  int64_t trials = 0;              // of this task
  std::string limit;               // LimitText
  std::string ended;               // EndText
  std::string trouble;  // why the task has no time, or why it was stopped; empty if nothing went wrong
  std::vector<JobHistory::TaskPoint> curve;
};

// How many trials ended in one way.
struct OutcomeReport {
  v1::OutcomeKind kind = v1::OUTCOME_KIND_UNSPECIFIED;
  int64_t count = 0;          // trials
  std::string first_message;  // of the job's first failure of this kind; empty if it is not known
};

// All that the page shows.
struct ReportData {
  std::string model;    // for people
  std::string device;   // the names of the devices that measured; empty if they are not known
  std::string machine;  // the target in words
  std::string date;     // of the job's start, in UTC
  std::string release;
  std::string job_id;
  ModelTimes task_sum;  // as in the table that the command prints
  std::optional<MeasuredModel> measured;
  int64_t trials = 0;  // of all tasks
  double seconds = 0;  // that tuning took
  v1::JobMetrics metrics;
  std::vector<JobHistory::ModelPoint> curve;
  std::vector<TaskReport> tasks;        // the largest share first
  std::vector<OutcomeReport> outcomes;  // OK first, then the most frequent
  std::string conditions_of;            // a sentence: which measurements the conditions are those of
  std::vector<std::pair<std::string, std::string>> conditions;  // name and value; only what is known
  std::vector<ReportCommand> commands;                          // made by report_commands.h
};

// Collects the report, without `ReportData.commands`. Always succeeds: what is not known is left out.
ReportData CollectReport(const ReportInput& input);

// Describes a target in one line, e.g. "cortex-a76, aarch64-unknown-linux-gnu, 128-bit vectors, 4 cores,
// L2 512 KiB".
std::string MachineText(const v1::Target& target);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_REPORT_REPORT_DATA_H_
