// Decides which task gets the next slice of a job's budget: the one from which the model's total latency
// is expected to gain most. Also decides which tasks have converged and get no more trials.
//
// The expected gain of a task is its weight times a mixture of two numbers: how fast its best latency fell
// recently, and an optimistic guess of how far it can still fall. This follows Ansor's task scheduler
// (Zheng et al., "Ansor: generating high-performance tensor programs for deep learning", OSDI 2020,
// section 6).
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
  double flops = 0;             // of one call; 0 if not known
  std::string structure_id;     // tasks with equal structure ids can be compared by FLOP/s
  std::vector<double> best_us;  // best latency after each trial; infinity as long as none has succeeded
  int64_t proposed = 0;         // trials so far, including those in flight
  bool exhausted = false;       // true if the search has nothing left to propose

  // Adds a trial that has ended, with its latency or infinity.
  void Add(double time_us);
};

// How the scheduler divides a budget and when a task has converged.
struct TaskSchedulerOptions {
  int64_t warm_up = 8;  // trials that every task gets before gains are compared
  // Alpha: weight of the recent slope; the rest is the weight of the optimistic guess.
  double slope_share = 0.2;
  double similarity = 2;      // beta: how much slower than similar tasks' FLOP/s a task may remain
  int64_t slope_window = 32;  // trials over which the recent slope is computed
  // A task has converged after `patience` trials without an improvement by the share `improvement`. A task
  // whose share of the total latency is below `full_share` converges after proportionally fewer trials,
  // but not after fewer than a quarter of them.
  int64_t patience = 256;
  double full_share = 0.02;
  double improvement = 0.01;  // share of the best latency
};

// Has no state besides its options, so any thread may use it.
class TaskScheduler {
 public:
  explicit TaskScheduler(const TaskSchedulerOptions& options) : options_(options) {}

  // Returns the index of the task that gets the next slice, or nullopt if all have converged.
  std::optional<size_t> Pick(absl::Span<const TaskProgress> tasks) const;

  // Returns for each task whether it has converged.
  std::vector<bool> Converged(absl::Span<const TaskProgress> tasks) const;

 private:
  bool HasStalled(const TaskProgress& task, int64_t patience) const;
  double Gain(const TaskProgress& task, absl::Span<const TaskProgress> tasks) const;

  const TaskSchedulerOptions options_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_TASK_SCHEDULER_H_
