// Describes a job in words: one line about its progress, and a table at its end.
#ifndef DIAPASON_TUNER_REPORT_JOB_REPORT_H_
#define DIAPASON_TUNER_REPORT_JOB_REPORT_H_

#include <cstdint>
#include <map>
#include <string>

#include "diapason/v1/tuner.pb.h"

namespace diapason::tuner {

// Returns the progress in one line, e.g. "412 trials  6.1/s  3 of 22 tasks done  18210 -> 12935 us  4:32
// left".
std::string ProgressText(const v1::JobStatus& status);

// Returns one line for each task, at most 100 columns wide, and the totals: how busy the device was,
// trials per second, sandbox. `verbose` adds the median time of each stage of a build.
std::string JobTable(const v1::JobStatus& status, bool verbose);

// The sums over all tasks of weight times time, for the default schedules and for the best ones. Tasks
// without both times are left out.
struct ModelTimes {
  double default_us = 0;
  double best_us = 0;
};
// Returns these sums for all tasks of a job.
ModelTimes SumTasks(const v1::JobStatus& status);

// Returns how many trials of the task had each outcome.
std::map<v1::OutcomeKind, int64_t> CountOutcomes(const v1::TaskStatus& task);

// Returns how much faster the task became, e.g. "1.82x". "1.82x ?" means that no comparison at the end
// confirmed it. "no diff." means that the comparison found no significant difference. "-" means that a time
// is missing.
std::string SpeedUpText(const v1::TaskStatus& task);

// Returns how many times its limit the best time of the task is, e.g. "1.12x", or "-" if one is not known.
std::string LimitText(const v1::TaskStatus& task);

// Returns why the task gets no more trials: TaskStatus.ended, "budget" if the job ended first, or "".
std::string EndText(const v1::JobStatus& status, const v1::TaskStatus& task);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_REPORT_JOB_REPORT_H_
