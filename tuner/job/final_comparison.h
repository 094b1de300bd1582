// The end of a job's tasks. Of each, the best schedules, its default and the schedule that was decided on
// before are built at full optimisation and measured interleaved on one device (final_round.h). The records
// and the decision are stored in one transaction:
//
//   Start --> finalists --> build each --> reference --> measure all of them --> records and decision
//     ^                                                     |
//     +------- RestartFailed: with one schedule fewer ------+
//
// Thread-safe. Start, RestartFailed and Close are for the job's thread, since they ask the tasks' searches.
// Lock order: this lock, then those of the measurer and of the objects in RunContext.
#ifndef DIAPASON_TUNER_JOB_FINAL_COMPARISON_H_
#define DIAPASON_TUNER_JOB_FINAL_COMPARISON_H_

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "diapason/v1/builder.pb.h"
#include "diapason/v1/trial.pb.h"
#include "proto/base/mutex.h"
#include "tuner/job/callback_gate.h"
#include "tuner/job/final_round.h"
#include "tuner/job/job_task.h"
#include "tuner/job/references.h"
#include "tuner/job/run_context.h"

namespace diapason::tuner {

class FinalComparison {
 public:
  FinalComparison(RunContext& context, References& references)  // both outlive this, and so do the tasks
      : context_(context), references_(references) {}

  // Begins the comparison of a task. Does nothing where none of its schedules works.
  void Start(JobTask& task);

  // Begins again, with fewer finalists, those comparisons that have failed since the last call.
  void RestartFailed();

  // Whether all comparisons that were begun have ended.
  bool IsOver() const;

  // Drops what is under way. No callback runs any more when it returns (callback_gate.h).
  void Close();

 private:
  using RoundRef = std::shared_ptr<FinalRound>;

  // A comparison that is to be begun.
  struct Plan {
    JobTask& task;
    int places = 0;  // for the best schedules
    bool without_incumbent = false;
    bool incumbent_failed = false;
  };
  void Begin(const Plan& plan);
  RoundRef MakeRound(const Plan& plan) const;
  // Nullopt: nothing was decided yet.
  absl::StatusOr<std::optional<Incumbent>> FindIncumbent(const JobTask& task) const;
  void OnBuilt(JobTask& task, const RoundRef& round, size_t finalist, const v1::BuildResponse& response);
  void Measure(JobTask& task, const RoundRef& round, const ArtifactRef& reference);
  absl::Status OnResult(JobTask& task, const RoundRef& round, const v1::MeasureResult& result);
  absl::Status Store(const JobTask& task, const FinalRound& round, const v1::MeasureResult& result,
                     const RoundDecision& decided);
  Plan SmallerRound(JobTask& task, const FinalRound& round, const v1::Outcome& outcome) const;
  bool IsUnderWay(const JobTask& task, const RoundRef& round) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void End(const JobTask& task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  RunContext& context_;
  References& references_;

  mutable Mutex mu_;
  // Under way, by the task's index. What a round holds is guarded, too, until all of it is built.
  std::map<int, RoundRef> rounds_ ABSL_GUARDED_BY(mu_);
  std::vector<Plan> failed_ ABSL_GUARDED_BY(mu_);
  CallbackGate gate_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_FINAL_COMPARISON_H_
