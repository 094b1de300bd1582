// The search trials of a job on their way from the proposal to the log:
//
//   Start --> reference, once a task --> build --> measure --> record --> TakeObservations, for the search
//                                          |          ^           |
//                                          |          +-- retry --+  the device failed (JobConfig::attempts)
//                                          +--> failed build --> record, by StoreFailedBuilds
//
// A result is acknowledged to the measurer only when its record is stored. The record is stored first, and
// all other effects of a result come after it. Trials do not wait for each other.
//
// Thread-safe, but only the job's thread may call Start, StoreFailedBuilds and Close. Lock order: this
// object's lock before those of the measurer and of the objects in RunContext.
#ifndef DIAPASON_TUNER_JOB_TRIAL_PIPELINE_H_
#define DIAPASON_TUNER_JOB_TRIAL_PIPELINE_H_

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "diapason/v1/builder.pb.h"
#include "diapason/v1/trial.pb.h"
#include "proto/base/mutex.h"
#include "proto/domain/record_time.h"
#include "tuner/job/callback_gate.h"
#include "tuner/job/job_task.h"
#include "tuner/job/references.h"
#include "tuner/job/run_context.h"
#include "tuner/search/candidate.h"

namespace diapason::tuner {

class TrialPipeline {
 public:
  // `context`, `references` and the tasks must outlive this object.
  TrialPipeline(RunContext& context, References& references) : context_(context), references_(references) {}

  // Sets the speed of the core to which times are normalised. Call it before the first trial.
  void SetSpeedReference(const SpeedReference& speed);

  // Starts the trial of a candidate. `attempt` is 1 unless the schedule was tried before.
  void Start(JobTask& task, Candidate candidate, int attempt);

  // The number of trials that were started and are not in the log. A trial that is tried again stays in
  // flight.
  int in_flight() const;

  // Stores the trials whose build failed. If the log cannot be written, they are kept for the next call.
  void StoreFailedBuilds();

  // Removes and returns the observations of the task since the last call.
  std::vector<Observation> TakeObservations(const JobTask& task);

  // Drops all trials in flight. When it returns, no callback is running or will run (callback_gate.h).
  void Close();

 private:
  struct Trial {
    JobTask& task;
    int attempt = 1;
    std::string id;
    Candidate candidate;
    v1::BuildResponse build;  // without the artifact
    ArtifactRef artifact;     // null until it is built
    ArtifactRef reference;    // null until both are built
  };
  using TrialRef = std::shared_ptr<Trial>;

  void OnBuilt(const TrialRef& trial, const v1::BuildResponse& response);
  void Measure(const TrialRef& trial) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status OnResult(const TrialRef& trial, const v1::MeasureResult& result);
  // Stores the record, and then updates the task's state.
  absl::Status Conclude(const TrialRef& trial, const v1::MeasureResult& result);
  absl::Status PutRecord(const Trial& trial, const v1::MeasureResult& result, bool& is_new);
  // Counts a trial that was not measured. Returns true if it is worth another try.
  bool CountFailure(const Trial& trial, const v1::Outcome& outcome) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Retry(const TrialRef& trial) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  RunContext& context_;
  References& references_;

  mutable Mutex mu_;
  absl::flat_hash_map<std::string, TrialRef> in_flight_ ABSL_GUARDED_BY(mu_);  // by trial id
  std::deque<std::pair<TrialRef, v1::MeasureResult>> failed_builds_ ABSL_GUARDED_BY(mu_);
  std::map<int, std::vector<Observation>> observations_ ABSL_GUARDED_BY(mu_);  // by the task's index
  std::map<int, int> reference_failures_ ABSL_GUARDED_BY(mu_);  // in a row, by the task's index
  int device_failures_ ABSL_GUARDED_BY(mu_) = 0;                // in a row
  SpeedReference speed_ ABSL_GUARDED_BY(mu_);
  CallbackGate gate_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_TRIAL_PIPELINE_H_
