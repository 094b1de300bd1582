// Decides which task gets the next slice of a job's budget: the one from which the model's total latency
// can still gain most. Also decides which tasks get no more trials, and says why.
//
// A task can gain the difference between its best time and the time that its search thinks an untried
// schedule may well have, as often as the models call it.
#ifndef DIAPASON_TUNER_JOB_TASK_SCHEDULER_H_
#define DIAPASON_TUNER_JOB_TASK_SCHEDULER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace diapason::tuner {

// What the scheduler knows about one task. Cheap to copy.
struct TaskProgress {
  double weight = 1;            // how often the job's models call the workload (JobTask.weight)
  std::vector<double> best_us;  // best latency after each trial; infinity as long as none has succeeded
  int64_t proposed = 0;         // trials so far, including those in flight
  bool exhausted = false;       // true if the search has nothing left to propose
  double limit_us = 0;          // no schedule can be faster; 0 if it is not known
  double optimistic_us = 0;     // the least time that an untried schedule may well have; 0 if not known

  // Adds a trial that has ended, with its latency or infinity.
  void Add(double time_us);
};

// How the scheduler divides a budget and when a task ends.
struct TaskSchedulerOptions {
  int64_t warm_up = 4;       // trials that every task gets before gains are compared
  int64_t fewest = 8;        // ended trials before a prediction of the search can end a task
  double near_limit = 1.03;  // a task ends when its best time is at most this many times its limit
  double worthwhile = 0.02;  // a task ends when no untried schedule is expected to gain this share
  int64_t patience = 96;     // a task ends after so many trials without a gain of the share `improvement`
  double improvement = 0.01;
  // If true, a task ends only when nothing is left to try, or when none of `patience` trials has worked.
  bool whole_budget = false;
};

// Has no state besides its options, so any thread may use it.
class TaskScheduler {
 public:
  explicit TaskScheduler(const TaskSchedulerOptions& options) : options_(options) {}

  // Returns the index of the task that gets the next slice, or nullopt if all have ended.
  std::optional<size_t> Pick(absl::Span<const TaskProgress> tasks) const;

  // Returns why the task gets no more trials (TaskStatus.ended), or "" if it gets some.
  std::string WhyEnded(const TaskProgress& task) const;

 private:
  bool HasStalled(const TaskProgress& task) const;

  const TaskSchedulerOptions options_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_TASK_SCHEDULER_H_
