#include "tuner/job/run_context.h"

#include <utility>

#include "proto/domain/target_fingerprint.h"
#include "tuner/job/device_wait.h"

namespace diapason::tuner {
namespace {

// A job of an older log names no numbers of threads.
std::vector<int> ThreadsOf(const v1::SubmitJobRequest& request, const JobConfig& config) {
  if (request.threads().empty()) return {config.threads};
  return {request.threads().begin(), request.threads().end()};
}

}  // namespace

RunContext::RunContext(const JobDependencies& of_engine, const JobConfig& of_jobs, db::StoredJob stored)
    : dependencies(of_engine),
      config(of_jobs),
      job(std::move(stored)),
      selector(JobSelector(job.request)),
      threads(ThreadsOf(job.request, config)),
      budget(job.request.budget(),
             {.tasks = job.request.tasks_size(),
              .thread_counts = static_cast<int>(threads.size()),
              .builders = dependencies.builder.parallelism(),
              .earlier = absl::Microseconds(job.status.elapsed_us())},
             config, dependencies.clock, metrics),
      log(dependencies.store, dependencies.clock, signal, config.patience_with_log, job.job_id,
          dependencies.server_id, job.starts),
      devices(dependencies.measurer, dependencies.clock, signal, config.device_wait, selector, job.job_id) {}

TaskKey RunContext::KeyOf(const v1::Workload& workload) const {
  return {workload.id(), TargetFingerprint(job.request.target()), config.threads};
}

}  // namespace diapason::tuner
