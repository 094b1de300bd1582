// Runs the jobs of a server: accepts new ones, resumes those that other servers left running, and reports
// their status. Thread-safe. There is one thread for each running job (job_run.h), one that frees jobs that
// have ended, and one that renews the claims. Ended jobs are only in the log, so memory does not grow with
// the number of jobs.
//
// Several servers may share a log, if its engine allows that (db::OpenMode::kServe). Each running job is
// claimed by one of them, which runs it. Every server reports and cancels the jobs of all. A server that
// cannot renew its claims in time loses its jobs to others, and stops its own runs of them when it sees
// that. What such a run has still measured is stored once, because trials have the same ids on every
// server.
//
// Each job is run by a JobRun:
//
//   job's thread (JobRun)                     TaskScheduler: which task is next?
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
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/base/ids.h"
#include "proto/base/mutex.h"
#include "proto/rpc/caller.h"
#include "tuner/job/job_run.h"

namespace diapason::tuner {

// Except for Resume and Shutdown, every call returns Unavailable with a message before Resume has finished
// and after Shutdown has begun.
class JobEngine {
 public:
  // What the arguments refer to must outlive this object.
  JobEngine(JobDependencies dependencies, JobConfig config, IdGenerator& ids);
  // Shuts down, and waits until the last Watch has returned.
  ~JobEngine();

  // Claims the jobs that are RUNNING in the store and that no other server runs, resumes them and returns
  // their ids. Jobs that must not be resumed (resume_policy.h) become FAILED. Call it once, before anything
  // else. Returns the errors of the store, or Unavailable after Shutdown.
  absl::StatusOr<std::vector<std::string>> Resume();

  // Returns OK between Resume and Shutdown, and else the Unavailable that every call returns.
  absl::Status Ready() const;

  // Stops all runs, gives the claims up, and tells all watches to end. The jobs stay RUNNING in the store.
  // Does not wait for the watches, because a watch whose client does not read is ended only by the gRPC
  // server.
  void Shutdown();

  // Stores the job and returns its id; the job is prepared afterwards. proto/diapason/v1/tuner.proto lists
  // the errors (SubmitJob). The job belongs to the caller.
  absl::StatusOr<std::string> Submit(const v1::SubmitJobRequest& request, const Caller& caller = {});

  // Returns what the user should know about the devices of a job that was just submitted, in one line:
  // that none of them works now, and why. Returns an empty string if one of them works.
  std::string DeviceNote(const v1::SubmitJobRequest& request);

  // Calls `report` with the current status and after every change, at most about five times a second,
  // until the job has ended, `report` returns false, or the engine stops. Blocks. Returns NotFound if
  // there is no such job.
  absl::Status Watch(const std::string& job_id, const std::function<bool(const v1::JobStatus&)>& report);

  // Returns the status of all jobs, newest first. Errors are those of RecordStore::ListJobs.
  absl::StatusOr<std::vector<v1::JobStatus>> List();

  // Cancels a job. If it returns OK, the job is CANCELLED in the store. Returns NotFound if there is no
  // such job, FailedPrecondition if it has ended already, and PermissionDenied if it belongs to another user.
  absl::Status Cancel(const std::string& job_id, const Caller& caller = {});

  // The number of jobs in memory.
  size_t running_jobs() const;

 private:
  absl::Status CheckServing() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckRequest(const v1::SubmitJobRequest& request);
  // Returns the job that an earlier call made of this request, or an empty id if there is none.
  absl::StatusOr<std::string> FindSubmitted(const v1::SubmitJobRequest& request);
  absl::StatusOr<std::shared_ptr<JobRun>> Find(const std::string& job_id);  // null if it is not running
  absl::Status WatchUntilEnd(const std::string& job_id,
                             const std::function<bool(const v1::JobStatus&)>& report);
  std::shared_ptr<JobRun> NewRun(db::StoredJob job);
  // Makes runs for jobs that were just claimed. Adds the ids of those that continue to `resumed`; a job that
  // must not be resumed only stores that it has failed.
  absl::StatusOr<std::map<std::string, std::shared_ptr<JobRun>>> RunsOf(
      const std::vector<std::string>& job_ids, std::vector<std::string>& resumed);
  void RenewClaims();       // run by the thread claiming_
  absl::Status TakeJobs();  // one step of it
  void FreeEnded();         // run by the thread freeing_

  const JobDependencies dependencies_;
  const JobConfig config_;
  IdGenerator& ids_;
  mutable Mutex mu_;
  CondVar changed_;
  bool resumed_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  int watchers_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::string, std::shared_ptr<JobRun>> runs_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> ended_ ABSL_GUARDED_BY(mu_);  // ids of runs that are to be freed
  std::thread freeing_;
  // Jobs that this server has taken from another one and not begun; only the thread claiming_ uses it.
  std::set<std::string> not_begun_;
  std::thread claiming_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_ENGINE_H_
