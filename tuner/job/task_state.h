// What is known about one task of a job: its trials, its best schedules, and its progress. Thread-safe.
#ifndef DIAPASON_TUNER_JOB_TASK_STATE_H_
#define DIAPASON_TUNER_JOB_TASK_STATE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "diapason/v1/trial.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "proto/base/mutex.h"
#include "proto/domain/task_key.h"
#include "tuner/job/task_scheduler.h"

namespace diapason::tuner {

// How many units of work each stage of a kernel has; empty if this is not known.
using StageUnits = std::vector<int64_t>;

// Returns which share of its time on one thread a kernel is expected to take on `threads` threads: a stage
// with 5 units takes 3/5 of its time on 2 threads. The stages are assumed to be equally long. 1 if the units
// are not known.
double ExpectedShare(const StageUnits& units, int threads);

class TaskState {
 public:
  // `key` must be the key of the same workload as `task`.
  TaskState(const v1::JobTask& task, TaskKey key, v1::Schedule default_schedule);

  // Call it when the search has proposed `candidates` candidates. Zero means that it has nothing left to
  // propose.
  void AddProposed(size_t candidates);

  // Sets what the search says about the times of schedules: TaskProgress.limit_us and optimistic_us.
  void SetOutlook(double limit_us, double optimistic_us);

  // Counts a trial of this job that an earlier server proposed.
  void AddEarlierProposal();

  // Adds a search trial of this job. `time_us` is used only if the outcome is OK. An outcome that is about
  // the infrastructure is counted and has no other effect. `units` are those of Measurement.stage_units.
  void AddTrial(const v1::Schedule& schedule, const v1::Outcome& outcome, double time_us,
                StageUnits units = {});

  // Adds a measurement of an earlier job on the same target. It can become the best one, but does not
  // count for the budget.
  void AddEarlier(const v1::Schedule& schedule, double time_us, StageUnits units = {});

  // Sets the result of the paired comparison on `threads` threads. A time of 0 us means that it was not
  // measured.
  void SetFinal(int threads, v1::Verdict verdict, const v1::Schedule& winner, double default_us,
                double winner_us);

  // Stops the task because nothing more can be learnt about it, for example because its reference fails.
  // Only the first reason is kept.
  void Stop(const std::string& reason);
  // True after Stop.
  bool stopped() const { return !stop_reason().empty(); }
  std::string stop_reason() const;  // empty if the task was not stopped

  // Returns the schedules that worked, without the default and without those that are clearly slower than
  // it. Those with the shortest expected time on `threads` threads come first (ExpectedShare).
  std::vector<v1::Schedule> BestSchedules(int threads) const;
  // Returns false if the default was tried and failed, or was not tried yet.
  bool default_works() const;
  // Returns true if the paired comparison on `threads` threads has been decided.
  bool has_final(int threads) const;

  // The number of trials that count for the budget.
  int64_t trials() const;
  double best_us() const;  // 0 if nothing has worked yet

  const TaskKey& key() const { return key_; }
  const v1::Workload& workload() const { return workload_; }
  const v1::Schedule& default_schedule() const { return default_schedule_; }
  int weight() const { return weight_; }

  // Returns the current progress, for the scheduler.
  TaskProgress Progress() const;

  // Returns the status that users see. `why_ended` is what the scheduler says about the task.
  v1::TaskStatus ToStatus(const std::string& why_ended) const;

 private:
  struct ScheduleTime {
    v1::Schedule schedule;
    double time_us = 0;
    StageUnits units;
  };
  void UpdateBest(const v1::Schedule& schedule, double time_us, StageUnits units)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const v1::Workload workload_;
  const int weight_;
  const TaskKey key_;
  const v1::Schedule default_schedule_;
  const std::string default_hash_;

  mutable Mutex mu_;
  TaskProgress progress_ ABSL_GUARDED_BY(mu_);
  int64_t trials_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<v1::OutcomeKind, int64_t> outcomes_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, ScheduleTime> worked_ ABSL_GUARDED_BY(mu_);  // by ScheduleHash
  std::string failure_ ABSL_GUARDED_BY(mu_);  // message of the last trial that failed
  std::string stop_reason_ ABSL_GUARDED_BY(mu_);
  v1::Schedule best_schedule_ ABSL_GUARDED_BY(mu_);
  double best_us_ ABSL_GUARDED_BY(mu_) = 0;
  double default_us_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<int, v1::ThreadsStatus> finals_ ABSL_GUARDED_BY(mu_);  // by the number of threads
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_TASK_STATE_H_
