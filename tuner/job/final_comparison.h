// Compares the best schedules of each task at the end of a job, once for each number of threads. For each
// of these comparisons, the best schedules, the default and the schedule of the earlier decision are built
// at full optimisation and measured interleaved on one device (final_round.h). The records and the decision
// are stored in one transaction:
//
//   Start --> finalists --> build each --> reference --> measure all of them --> records and decision
//     ^                                                     |
//     +------- RestartFailed: with one schedule fewer ------+
//
// On several threads, some schedules take part that the search has not tried, because it measures on one
// thread (TaskSearch::ExpectedBest). If the comparison fails, it is repeated without them.
//
// Several threads are measured only when all builds have ended, because the builders may run on the cores
// of the device.
//
// Thread-safe, but only the job's thread may call Start, RestartFailed and Close, because they use the
// tasks' searches. Lock order: this object's lock before those of the measurer and of the objects in
// RunContext.
#ifndef DIAPASON_TUNER_JOB_FINAL_COMPARISON_H_
#define DIAPASON_TUNER_JOB_FINAL_COMPARISON_H_

#include <map>
#include <memory>
#include <optional>
#include <utility>
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
  // `context`, `references` and the tasks must outlive this object.
  FinalComparison(RunContext& context, References& references) : context_(context), references_(references) {}

  // Starts the comparison of a task's schedules on `threads` threads. Does nothing if none of them works.
  void Start(JobTask& task, int threads);

  // Starts those comparisons again that have failed since the last call, with fewer finalists.
  void RestartFailed();

  // Returns true if all comparisons that were started have ended.
  bool IsOver() const;

  // Drops the comparisons that have not ended. When it returns, no callback is running or will run
  // (callback_gate.h).
  void Close();

 private:
  using RoundRef = std::shared_ptr<FinalRound>;

  // What a comparison is started with.
  struct Plan {
    JobTask& task;
    int threads = 1;
    int rival_count = 0;  // the number of best schedules that take part
    bool without_incumbent = false;
    bool incumbent_failed = false;
  };
  void Begin(const Plan& plan);
  RoundRef MakeRound(const Plan& plan) const;
  // Returns nullopt if nothing was decided before.
  absl::StatusOr<std::optional<Incumbent>> FindIncumbent(const TaskKey& key) const;
  void OnBuilt(JobTask& task, const RoundRef& round, size_t finalist, const v1::BuildResponse& response);
  // Returns the rounds that are built and may be measured now, and removes them from those that wait.
  std::vector<std::pair<JobTask*, RoundRef>> TakeReady() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Measure(JobTask& task, const RoundRef& round, const ArtifactRef& reference);
  absl::Status OnResult(JobTask& task, const RoundRef& round, const v1::MeasureResult& result);
  absl::Status Store(const JobTask& task, const FinalRound& round, const v1::MeasureResult& result,
                     const RoundDecision& decided);
  Plan SmallerRound(JobTask& task, const FinalRound& round, const v1::Outcome& outcome) const;
  bool IsUnderWay(const JobTask& task, const RoundRef& round) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void End(const JobTask& task, const FinalRound& round) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  RunContext& context_;
  References& references_;

  mutable Mutex mu_;
  // The rounds that have not ended, by the task's index and the number of threads. This lock also guards the
  // content of a round until all of its schedules are built.
  std::map<std::pair<int, int>, RoundRef> rounds_ ABSL_GUARDED_BY(mu_);
  int builds_ ABSL_GUARDED_BY(mu_) = 0;                                      // that have not ended
  std::vector<std::pair<JobTask*, RoundRef>> waiting_ ABSL_GUARDED_BY(mu_);  // are built, not yet measured
  std::vector<Plan> failed_ ABSL_GUARDED_BY(mu_);
  CallbackGate gate_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_FINAL_COMPARISON_H_
