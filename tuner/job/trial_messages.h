// The messages of a job's trials: to the builder, to the measurer, to the log. Pure.
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

v1::BuildRequest NewBuildRequest(const RunContext& context, const JobTask& task, absl::string_view script,
                                 v1::Optimization optimization);

// The artifact that was built, named by its hash.
ArtifactRef NewArtifact(const v1::BuildResponse& response);

// The response without the artifact's bytes.
v1::BuildResponse WithoutArtifact(const v1::BuildResponse& response);

// Complete but for the artifacts that are measured, which the caller adds.
MeasureWork NewMeasureWork(const RunContext& context, const JobTask& task, absl::string_view trial_id,
                           const ArtifactRef& reference);

// Complete but for the id, the phase, and what came of the trial on the device.
v1::Record NewRecord(const RunContext& context, const JobTask& task, const Candidate& candidate, int attempt,
                     const v1::BuildResponse& build);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_TRIAL_MESSAGES_H_
