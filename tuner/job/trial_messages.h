// Makes the messages of a job's trials: to the builder, to the measurer and to the log. Pure functions.
#ifndef DIAPASON_TUNER_JOB_TRIAL_MESSAGES_H_
#define DIAPASON_TUNER_JOB_TRIAL_MESSAGES_H_

#include "absl/strings/string_view.h"
#include "diapason/v1/builder.pb.h"
#include "diapason/v1/trial.pb.h"
#include "tuner/job/job_task.h"
#include "tuner/job/measurer.h"
#include "tuner/job/run_context.h"
#include "tuner/search/candidate.h"

namespace diapason::tuner {

// Returns the request to build the task's workload. An empty `script` is the plain lowering.
v1::BuildRequest NewBuildRequest(const RunContext& context, const JobTask& task, absl::string_view script,
                                 v1::Optimization optimization);

// Returns the artifact that was built, named by its hash.
ArtifactRef NewArtifact(const v1::BuildResponse& response);

// Returns the response without the artifact's bytes.
v1::BuildResponse WithoutArtifact(const v1::BuildResponse& response);

// Returns the work to measure one trial. The caller adds the artifacts that are measured.
MeasureWork NewMeasureWork(const RunContext& context, const JobTask& task, absl::string_view trial_id,
                           const ArtifactRef& reference);

// Returns the record of a trial without its id, its phase, and the results from the device, which the
// caller adds.
v1::Record NewRecord(const RunContext& context, const JobTask& task, const Candidate& candidate, int attempt,
                     const v1::BuildResponse& build);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_TRIAL_MESSAGES_H_
