#include "tuner/job/run_context.h"

#include <utility>

#include "proto/domain/target_fingerprint.h"
#include "tuner/job/device_wait.h"

namespace diapason::tuner {

RunContext::RunContext(const JobDependencies& of_engine, const JobConfig& of_jobs, db::StoredJob stored)
    : dependencies(of_engine),
      config(of_jobs),
      job(std::move(stored)),
      selector(JobSelector(job.request)),
      budget(job.request.budget(),
             {.tasks = job.request.tasks_size(),
              .builders = dependencies.builder.parallelism(),
              .earlier = absl::Microseconds(job.status.elapsed_us())},
             config, dependencies.clock, metrics),
      log(dependencies.store, dependencies.clock, signal, config.patience_with_log, job.job_id, job.starts),
      devices(dependencies.measurer, dependencies.clock, signal, config.device_wait, selector, job.job_id) {}

TaskKey RunContext::KeyOf(const v1::Workload& workload) const {
  return {workload.id(), TargetFingerprint(job.request.target()), config.threads};
}

}  // namespace diapason::tuner
