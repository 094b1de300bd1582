// The search trials of a job between their proposal and the log:
//
//   Start --> reference, once a task --> build --> measure --> record --> TakeObservations, for the search
//                                          |          ^           |
//                                          |          +-- retry --+  the device failed (JobConfig::attempts)
//                                          +--> failed build --> record, by StoreFailedBuilds
//
// A result is acknowledged to the measurer only when its record is stored; everything else follows from the
// record. Trials do not wait for each other.
//
// Thread-safe. Start, StoreFailedBuilds and Close are for the job's thread. Lock order: this lock, then those
// of the measurer and of the objects in RunContext.
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
  TrialPipeline(RunContext& context, References& references)  // both outlive this, and so do the tasks
      : context_(context), references_(references) {}

  // Times of trials are taken at this speed of the core; before the first trial.
  void SetSpeedReference(const SpeedReference& speed);

  // Begins a trial: this try of its schedule.
  void Start(JobTask& task, Candidate candidate, int attempt);

  // Trials that have begun and are not in the log. One that is tried again stays in flight.
  int in_flight() const;

  // Stores trials that ended before any device saw them. A log that cannot be written keeps them for the next
  // call.
  void StoreFailedBuilds();

  // Removes and returns what the task's trials have shown since the last call.
  std::vector<Observation> TakeObservations(const JobTask& task);

  // Drops what is in flight. No callback runs any more when it returns (callback_gate.h).
  void Close();

 private:
  struct Trial {
    JobTask& task;
    int attempt = 1;
    std::string id;
    Candidate candidate;
    v1::BuildResponse build;  // without the artifact
    ArtifactRef artifact;     // null until it is built
    ArtifactRef reference;    // null until it is to be measured
  };
  using TrialRef = std::shared_ptr<Trial>;

  void OnBuilt(const TrialRef& trial, const v1::BuildResponse& response);
  void Measure(const TrialRef& trial) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status OnResult(const TrialRef& trial, const v1::MeasureResult& result);
  // Stores the record, then does what follows from it.
  absl::Status Conclude(const TrialRef& trial, const v1::MeasureResult& result);
  absl::Status PutRecord(const Trial& trial, const v1::MeasureResult& result, bool& is_new);
  // Whether a trial that was not measured is worth another try.
  bool NoteFailure(const Trial& trial, const v1::Outcome& outcome) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Retry(const TrialRef& trial) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  RunContext& context_;
  References& references_;

  mutable Mutex mu_;
  absl::flat_hash_map<std::string, TrialRef> in_flight_ ABSL_GUARDED_BY(mu_);  // by id
  std::deque<std::pair<TrialRef, v1::MeasureResult>> failed_builds_ ABSL_GUARDED_BY(mu_);
  std::map<int, std::vector<Observation>> observations_ ABSL_GUARDED_BY(mu_);  // by the task's index
  std::map<int, int> reference_failures_ ABSL_GUARDED_BY(mu_);  // in a row, by the task's index
  int device_failures_ ABSL_GUARDED_BY(mu_) = 0;                // in a row
  SpeedReference speed_ ABSL_GUARDED_BY(mu_);
  CallbackGate gate_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_TRIAL_PIPELINE_H_
