// Whose turn is it: gives the next slice of a job's budget to the task from which the model's total latency
// is expected to gain most, and stops tasks that have converged.
//
// The gain of a task is its weight times a mixture of how fast its best latency fell lately and an optimistic
// guess of how far it can still fall, as in Ansor's task scheduler (Zheng et al., "Ansor: generating
// high-performance tensor programs for deep learning", OSDI 2020, section 6).
#ifndef DIAPASON_TUNER_JOB_TASK_SCHEDULER_H_
#define DIAPASON_TUNER_JOB_TASK_SCHEDULER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace diapason::tuner {

// What the scheduler knows of one task. Fed by Add; cheap to copy.
struct TaskProgress {
  double weight = 1;
  double flops = 0;             // of one call; 0: not known
  std::string structure_id;     // tasks of one structure can be compared by FLOP/s
  std::vector<double> best_us;  // best latency after each trial; infinity while none has succeeded
  int64_t proposed = 0;         // trials so far, those under way included
  bool exhausted = false;       // the search has nothing left to propose

  // A trial ended: its latency, or infinity.
  void Add(double time_us);
};

struct TaskSchedulerOptions {
  int64_t warm_up = 8;        // trials that every task gets before gains are compared
  double slope_share = 0.2;   // alpha: weight of the recent slope against the optimistic guess
  double similarity = 2;      // beta: how much slower than similar tasks' FLOP/s a task may be at its end
  int64_t slope_window = 32;  // trials over which the recent slope is taken
  // A task converges after this many trials without an improvement of `improvement`; one with a smaller share
  // of the total latency than `full_share` after proportionally fewer, but a quarter of them at least.
  int64_t patience = 256;
  double full_share = 0.02;
  double improvement = 0.01;  // share of the best latency
};

class TaskScheduler {
 public:
  explicit TaskScheduler(const TaskSchedulerOptions& options) : options_(options) {}

  // The task that gets the next slice; none: all have converged.
  std::optional<size_t> Pick(absl::Span<const TaskProgress> tasks) const;

  // For each task.
  std::vector<bool> Converged(absl::Span<const TaskProgress> tasks) const;

 private:
  bool StandsStill(const TaskProgress& task, int64_t patience) const;
  double Gain(const TaskProgress& task, absl::Span<const TaskProgress> tasks) const;

  const TaskSchedulerOptions options_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_TASK_SCHEDULER_H_
