// What is known of one task of a job: trials, best schedules, how far it came. Not thread-safe.
#ifndef DIAPASON_TUNER_JOB_TASK_STATE_H_
#define DIAPASON_TUNER_JOB_TASK_STATE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "diapason/v1/trial.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "tuner/job/task_scheduler.h"
#include "tuner/job/task_search.h"

namespace diapason::tuner {

class TaskState {
 public:
  TaskState(const v1::JobTask& task, const v1::Target& target, v1::Schedule default_schedule);

  // A search trial of this job; `time_us` means something where the outcome is OK. Infrastructure outcomes are counted
  // and say nothing else.
  void AddTrial(const v1::Schedule& schedule, const v1::Outcome& outcome, double time_us);

  // A measurement of an earlier job on the same target: competes, and counts for no budget.
  void AddEarlier(const v1::Schedule& schedule, double time_us);

  // The outcome of the paired comparison at the end; 0 us: not measured.
  void SetFinal(v1::Verdict verdict, const v1::Schedule& winner, double default_us, double winner_us);

  // Nothing more can be learnt of the task, and why: its reference fails.
  void Stop(std::string reason);
  bool stopped() const { return !stopped_.empty(); }
  const std::string& stop_reason() const { return stopped_; }

  // The schedules that worked, the fastest first, without the default and those clearly slower than it.
  std::vector<v1::Schedule> BestSchedules() const;
  // False: it was tried and failed, or not tried yet.
  bool default_works() const { return default_us_ > 0; }
  bool has_final() const { return verdict_ != v1::VERDICT_UNSPECIFIED; }

  // Trials that count for the budget.
  int64_t trials() const { return trials_; }
  const v1::Workload& workload() const { return workload_; }
  const v1::Schedule& default_schedule() const { return default_schedule_; }
  double best_us() const { return best_us_; }  // 0: nothing worked yet
  int weight() const { return weight_; }

  TaskProgress& progress() { return progress_; }
  const TaskProgress& progress() const { return progress_; }

  v1::TaskStatus ToStatus(bool converged) const;

 private:
  void Compete(const v1::Schedule& schedule, double time_us);

  const v1::Workload workload_;
  const int weight_;
  const std::string task_id_;
  const v1::Schedule default_schedule_;
  const std::string default_key_;

  TaskProgress progress_;
  int64_t trials_ = 0;
  std::map<v1::OutcomeKind, int64_t> outcomes_;
  absl::flat_hash_map<std::string, ScheduleTime> worked_;  // by schedule key
  std::string failure_;                                    // the last failing trial's message
  std::string stopped_;                                    // why the task was stopped; empty: it was not
  v1::Schedule best_schedule_;
  double best_us_ = 0;
  double default_us_ = 0;
  v1::Verdict verdict_ = v1::VERDICT_UNSPECIFIED;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_TASK_STATE_H_
