#include "tuner/job/trial_messages.h"

#include <memory>
#include <string>

#include "proto/base/content_hash.h"
#include "proto/domain/protocol_version.h"
#include "proto/domain/task_key.h"

namespace diapason::tuner {

v1::BuildRequest NewBuildRequest(const RunContext& context, const JobTask& task, absl::string_view script,
                                 v1::Optimization optimization) {
  v1::BuildRequest request;
  request.set_workload_text(task.state.workload().text());
  request.set_script(std::string(script));
  *request.mutable_target() = context.job.request.target();
  request.set_optimization(optimization);
  return request;
}

ArtifactRef NewArtifact(const v1::BuildResponse& response) {
  return std::make_shared<const Artifact>(Artifact{ContentHash(response.artifact()), response.artifact()});
}

v1::BuildResponse WithoutArtifact(const v1::BuildResponse& response) {
  v1::BuildResponse rest;
  *rest.mutable_outcome() = response.outcome();
  *rest.mutable_stages() = response.stages();
  return rest;
}

MeasureWork NewMeasureWork(const RunContext& context, const JobTask& task, absl::string_view trial_id,
                           const ArtifactRef& reference) {
  const JobConfig& config = context.config;
  MeasureWork work;
  work.artifacts.push_back(reference);
  *work.submission.mutable_selector() = context.selector;
  work.submission.set_priority(context.job.request.priority());
  work.submission.set_job_id(context.job.job_id);
  v1::MeasureRequest& measure = *work.submission.mutable_request();
  measure.set_trial_id(std::string(trial_id));
  measure.set_reference_hash(reference->hash);
  *measure.mutable_arguments() = task.state.workload().arguments();
  v1::MeasureOptions& options = *measure.mutable_options();
  options.set_protocol_version(kMeasureProtocolVersion);
  options.set_kernel_abi_version(kKernelAbiVersion);
  options.set_threads(task.state.key().threads);
  options.set_max_relative_error(config.max_relative_error);
  options.set_relative_width(config.search_width);
  options.set_budget_us(absl::ToInt64Microseconds(config.search_budget));
  options.set_timeout_us(
      absl::ToInt64Microseconds(context.budget.TrialTimeout(task.state.trials(), task.state.best_us())));
  options.set_memory_bytes(config.memory_bytes);
  return work;
}

v1::Record NewRecord(const RunContext& context, const JobTask& task, const Candidate& candidate, int attempt,
                     const v1::BuildResponse& build) {
  v1::Record record;
  record.set_job_id(context.job.job_id);
  record.set_attempt(attempt);
  const TaskKey& key = task.state.key();
  record.set_task_id(TaskId(key));
  record.set_workload_id(key.workload_id);
  record.set_target_fingerprint(key.target_fingerprint);
  record.set_threads(key.threads);
  *record.mutable_target() = context.job.request.target();
  *record.mutable_schedule() = candidate.schedule;
  record.mutable_feature_row()->Assign(candidate.feature_row.begin(), candidate.feature_row.end());
  record.set_predicted_us(candidate.predicted_us);
  record.set_feature_schema(candidate.feature_schema);
  record.set_backend(context.dependencies.backend);
  record.set_backend_version(context.dependencies.backend_version);
  record.set_protocol_version(kMeasureProtocolVersion);
  record.set_created_unix_us(absl::ToUnixMicros(context.dependencies.clock.Now()));
  *record.mutable_build_stages() = build.stages();
  return record;
}

}  // namespace diapason::tuner
