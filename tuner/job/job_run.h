// One job under way: the loop over its parts. job_engine.h shows them in one diagram.
//
// Search, building and measuring overlap, with no barrier between trials or tasks: the job's thread proposes
// candidates while fewer are in flight than keep devices and builders busy. Builder and measurer answer on
// threads of their own; when such a callback may still run is said in callback_gate.h. At the end
// FinalComparison decides each task.
//
// Locks: each part has its own. Those of TrialPipeline and FinalComparison are the outer ones; below them are
// those of the measurer, the tasks' states and the objects of RunContext, with RunSignal's the innermost.
#ifndef DIAPASON_TUNER_JOB_JOB_RUN_H_
#define DIAPASON_TUNER_JOB_JOB_RUN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "db/record_store.h"
#include "proto/base/mutex.h"
#include "tuner/job/final_comparison.h"
#include "tuner/job/job_config.h"
#include "tuner/job/job_dependencies.h"
#include "tuner/job/job_task.h"
#include "tuner/job/references.h"
#include "tuner/job/run_context.h"
#include "tuner/job/task_scheduler.h"
#include "tuner/job/trial_pipeline.h"

namespace diapason::tuner {

// The public functions are thread-safe, but for Start and FailBeforeStart.
class JobRun {
 public:
  // `job` is a new one, or one that a server left RUNNING: then its records count for the budget and are
  // learnt from. `on_end` is called with its id when the run has come to its end, as the last thing that its
  // thread does.
  using OnEnd = std::function<void(const std::string& job_id)>;
  JobRun(const JobDependencies& dependencies, const JobConfig& config, db::StoredJob job, OnEnd on_end);
  // Stops.
  ~JobRun();

  // The job is stored. Its thread opens the search spaces of its tasks first; what goes wrong then ends the
  // job as FAILED.
  void Start();
  // Before Start: the job ends as FAILED instead.
  void FailBeforeStart(const absl::Status& why) { context_.signal.Fail(why); }
  // Ends the job as CANCELLED; its records stay. OK: that is stored. FailedPrecondition: the job has ended
  // already.
  absl::Status Cancel();
  // The job stays RUNNING in the store, to go on at the next start. Returns at once.
  void RequestStop() { context_.signal.RequestStop(); }
  // The same, and ends the thread. Blocks for a moment.
  void Stop();

  v1::JobStatus Status() const;
  // Waits until the status is newer than `version`, the run has ended, or the time is up. Returns the new
  // version.
  int64_t WaitForChange(int64_t version, absl::Duration timeout) const {
    return context_.signal.WaitForChange(version, timeout);
  }

 private:
  using Tasks = std::vector<std::unique_ptr<JobTask>>;

  // The job's thread and its four steps; each but the last returns whether it came to its end.
  void Run();
  bool Prepare();
  bool Search();
  bool CompareBest();
  void Finish(bool complete);

  absl::StatusOr<Tasks> CreateTasks() const;
  void Propose(JobTask& task, int count);
  int InFlightLimit() const;
  int64_t TrialsEnded() const;
  void SaveStatus();
  absl::Status PutStatus(v1::JobState state);
  v1::JobState StoreEnd(v1::JobState state);
  v1::JobStatus StatusAs(v1::JobState state) const;

  // The order of destruction matters: callbacks of the parts use what stands before them.
  RunContext context_;
  const OnEnd on_end_;
  const TaskScheduler scheduler_;

  mutable Mutex mu_;
  bool prepared_ ABSL_GUARDED_BY(mu_) = false;
  v1::JobState state_ ABSL_GUARDED_BY(mu_) = v1::JOB_STATE_RUNNING;

  Tasks tasks_;              // empty until the run is prepared, then constant
  absl::Duration saved_at_;  // monotonic; the job's thread's own

  References references_;
  TrialPipeline pipeline_;
  FinalComparison comparison_;
  std::thread thread_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_RUN_H_
