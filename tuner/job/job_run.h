// Runs one job: the loop over its parts. job_engine.h has a diagram of them.
//
// Searching, building and measuring overlap, and trials and tasks do not wait for each other. The job's
// thread proposes candidates until enough are in flight to keep devices and builders busy. The builder and
// the measurer answer on their own threads; callback_gate.h says until when such callbacks run. At the
// end, FinalComparison decides on a schedule for each task.
//
// Locks: each part has its own lock. Those of TrialPipeline and FinalComparison are taken first, and then
// those of the measurer, the tasks' states and the objects of RunContext. RunSignal's lock is taken last.
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

// The public functions are thread-safe, except for Start and FailBeforeStart.
class JobRun {
 public:
  // Called with the job's id when the run has ended. It is the last call of the job's thread.
  using OnEnd = std::function<void(const std::string& job_id)>;
  // `job` is a new job or one that an earlier server left RUNNING. In the second case its records count
  // for the budget and are learnt from. The objects to which `dependencies` refers must outlive this one.
  JobRun(const JobDependencies& dependencies, const JobConfig& config, db::StoredJob job, OnEnd on_end);
  // Calls Stop.
  ~JobRun();

  // Starts the job's thread. The job must be stored before. The thread first opens the search spaces of
  // the tasks; if this fails, the job ends as FAILED.
  void Start();
  // Makes the job end as FAILED when it is started. Call it before Start.
  void FailBeforeStart(const absl::Status& why) { context_.signal.Fail(why); }
  // Ends the job as CANCELLED; its records stay. If it returns OK, this is stored. Returns
  // FailedPrecondition if the job has ended already.
  absl::Status Cancel();
  // Ends the run of a job that was cancelled in the store, which is done.
  void WasCancelled() { context_.signal.RequestCancel(); }
  // Asks the run to stop and returns at once. The job stays RUNNING in the store and continues when the
  // server starts again.
  void RequestStop() { context_.signal.RequestStop(); }
  // Asks the run to stop and waits until its thread has ended.
  void Stop();

  // Returns the current status.
  v1::JobStatus Status() const;
  // Waits until the status is newer than `version`, the run has ended, or `timeout` is over. Returns the
  // new version.
  int64_t WaitForChange(int64_t version, absl::Duration timeout) const {
    return context_.signal.WaitForChange(version, timeout);
  }

 private:
  using Tasks = std::vector<std::unique_ptr<JobTask>>;

  // Run is the job's thread. The other four are its steps; each but the last returns true if it was
  // completed.
  void Run();
  bool Prepare();
  bool Search();
  bool CompareBest();
  void Finish(bool complete);

  absl::StatusOr<Tasks> CreateTasks() const;
  // Gives the searches what the trials have shown, and the tasks what their searches then expect.
  void Learn();
  void Propose(JobTask& task, int count);
  int InFlightLimit() const;
  int64_t TrialsEnded() const;
  void SaveStatus();
  absl::Status PutStatus(v1::JobState state);
  v1::JobState StoreEnd(v1::JobState state);
  v1::JobStatus StatusAs(v1::JobState state) const;

  // The order of destruction matters: callbacks of the parts use the fields in front of them.
  RunContext context_;
  const OnEnd on_end_;
  const TaskScheduler scheduler_;

  mutable Mutex mu_;
  bool prepared_ ABSL_GUARDED_BY(mu_) = false;
  v1::JobState state_ ABSL_GUARDED_BY(mu_) = v1::JOB_STATE_RUNNING;

  Tasks tasks_;              // empty until the run is prepared, then constant
  absl::Duration saved_at_;  // monotonic; only the job's thread uses it

  References references_;
  TrialPipeline pipeline_;
  FinalComparison comparison_;
  std::thread thread_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_RUN_H_
