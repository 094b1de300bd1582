// A job in words: the line that tells its progress, and the table at its end.
#ifndef DIAPASON_TUNER_CLI_JOB_REPORT_H_
#define DIAPASON_TUNER_CLI_JOB_REPORT_H_

#include <string>

#include "absl/time/time.h"
#include "diapason/v1/tuner.pb.h"

namespace diapason::tuner {

// e.g. "412 trials  6.1/s  3 of 22 tasks converged  sum of tasks 18.2 -> 12.9 ms  4:32 left".
std::string ProgressText(const v1::JobStatus& status);

// A line for each task, at most 100 columns wide, and the totals: device busy, trials a second, sandbox.
// `verbose` adds the median stages of a build.
std::string JobTable(const v1::JobStatus& status, bool verbose);

// The sum over tasks of weight times time; the default's and the best's. Tasks without a time are left out of
// both.
struct ModelTimes {
  double default_us = 0;
  double best_us = 0;
};
ModelTimes SumTasks(const v1::JobStatus& status);

// Progress on stderr: one refreshed line on a terminal, else a line every few seconds. Not thread-safe.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  void Show(const std::string& text);

 private:
  const bool terminal_;
  size_t shown_ = 0;  // columns that must be overwritten
  absl::Time last_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_JOB_REPORT_H_
