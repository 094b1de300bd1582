// All jobs of a server: takes them on, resumes those that an earlier server left running, says how they stand.
// Thread-safe. Threads: one for each running job (job_run.h).
#ifndef DIAPASON_TUNER_JOB_JOB_ENGINE_H_
#define DIAPASON_TUNER_JOB_JOB_ENGINE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/support/ids.h"
#include "proto/support/mutex.h"
#include "tuner/job/job_run.h"

namespace diapason::tuner {

class JobEngine {
 public:
  JobEngine(JobContext context, JobOptions options, IdGenerator& ids);  // what they refer to outlives this
  ~JobEngine() { Shutdown(); }

  // Stops all runs, whose jobs stay RUNNING in the store, and ends all watches; afterwards nothing new begins.
  void Shutdown();

  // Goes on with jobs that are RUNNING in the store. A job that can no longer be prepared becomes FAILED. Returns the
  // ids of those that go on. Called once.
  absl::StatusOr<std::vector<std::string>> Resume();

  // The codes of TunerService.SubmitJob. The job is stored when this returns its id.
  absl::StatusOr<std::string> Submit(const v1::SubmitJobRequest& request);

  // What the user should know of the devices of a job that was just submitted, in one line: that none of them works now,
  // and why. Empty: nothing.
  std::string DeviceNote(const v1::SubmitJobRequest& request);

  // Calls `report` with the present status and at every change (at most about five times a second) until the job has
  // ended, `report` returns false, or the engine stops. NotFound: no such job. Blocks.
  absl::Status Watch(const std::string& job_id, const std::function<bool(const v1::JobStatus&)>& report);

  // Newest first.
  absl::StatusOr<std::vector<v1::JobStatus>> List();

  // NotFound; FailedPrecondition: it has already ended.
  absl::Status Cancel(const std::string& job_id);

 private:
  absl::Status CheckRequest(const v1::SubmitJobRequest& request);
  absl::Status CheckDevices(const v1::SubmitJobRequest& request);
  absl::Status StoreInputs(const v1::SubmitJobRequest& request);
  std::shared_ptr<JobRun> Find(const std::string& job_id);

  const JobContext context_;
  const JobOptions options_;
  IdGenerator& ids_;
  Mutex mu_;
  CondVar stopped_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  int watchers_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::string, std::shared_ptr<JobRun>> runs_
      ABSL_GUARDED_BY(mu_);  // of this server; ended ones, too
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_ENGINE_H_
