// All jobs of a server: takes them on, resumes those that an earlier server left running, says how they
// stand. Thread-safe. Threads: one for each running job (job_run.h), and one that frees jobs that have ended.
// Of those only the log knows: memory does not grow with the number of jobs that were run.
//
// Each job is run by a JobRun:
//
//   job's thread (JobRun)                     TaskScheduler: whose turn is it?
//        |                                          | a task
//        |   candidates, most promising first       v
//        +<--------------------------------- TaskSearch  <-----------------+ observations
//        v                                                                 |
//   TrialPipeline --- script ---> Builder --- artifact ---> Measurer --- result --> record in the log
//        |                           ^                         ^                         |
//        |  (limits: JobBudget)      |  References             |                         |
//        v                           |                         |                         v
//   FinalComparison --- scripts -----+------- artifacts -------+--- result --> records and a decision
#ifndef DIAPASON_TUNER_JOB_JOB_ENGINE_H_
#define DIAPASON_TUNER_JOB_JOB_ENGINE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/base/ids.h"
#include "proto/base/mutex.h"
#include "tuner/job/job_run.h"

namespace diapason::tuner {

// Every call but the first two returns Unavailable, with a message, before Resume is done and after Shutdown
// has begun.
class JobEngine {
 public:
  JobEngine(JobDependencies dependencies, JobConfig config,
            IdGenerator& ids);  // what they refer to outlives this
  // Shuts down, and waits until the last Watch has returned.
  ~JobEngine();

  // Goes on with jobs that are RUNNING in the store, but for those that must not be resumed
  // (resume_policy.h): they become FAILED. Returns the ids of those that go on. Called once, before anything
  // else.
  absl::StatusOr<std::vector<std::string>> Resume();

  // Stops all runs, whose jobs stay RUNNING in the store, and tells all watches to end. Does not wait for the
  // watches: one whose client does not read is ended by the server that serves it.
  void Shutdown();

  // The codes of TunerService.SubmitJob. The job is stored when this returns its id, and prepared afterwards.
  absl::StatusOr<std::string> Submit(const v1::SubmitJobRequest& request);

  // What the user should know of the devices of a job that was just submitted, in one line: that none of them
  // works now, and why. Empty: nothing.
  std::string DeviceNote(const v1::SubmitJobRequest& request);

  // Calls `report` with the present status and at every change (at most about five times a second) until the
  // job has ended, `report` returns false, or the engine stops. NotFound: no such job. Blocks.
  absl::Status Watch(const std::string& job_id, const std::function<bool(const v1::JobStatus&)>& report);

  // Newest first.
  absl::StatusOr<std::vector<v1::JobStatus>> List();

  // OK: the job is CANCELLED in the store. NotFound; FailedPrecondition: it has already ended.
  absl::Status Cancel(const std::string& job_id);

  // Jobs that are in memory.
  size_t running_jobs() const;

 private:
  absl::Status CheckServing() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckRequest(const v1::SubmitJobRequest& request);
  // The job that an earlier call made of this request; empty: none.
  absl::StatusOr<std::string> FindSubmitted(const v1::SubmitJobRequest& request);
  absl::StatusOr<std::shared_ptr<JobRun>> Find(const std::string& job_id);  // null: it does not run
  std::shared_ptr<JobRun> NewRun(db::StoredJob job);
  void FreeEnded();  // the thread

  const JobDependencies dependencies_;
  const JobConfig config_;
  IdGenerator& ids_;
  mutable Mutex mu_;
  CondVar changed_;
  bool resumed_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  int watchers_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::string, std::shared_ptr<JobRun>> runs_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> ended_ ABSL_GUARDED_BY(mu_);  // of runs_, to be freed
  std::thread freeing_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_ENGINE_H_
