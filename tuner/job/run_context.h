// What the parts of one run share: the job, and the objects that all of them use. Each of these is
// thread-safe or constant.
#ifndef DIAPASON_TUNER_JOB_RUN_CONTEXT_H_
#define DIAPASON_TUNER_JOB_RUN_CONTEXT_H_

#include <vector>

#include "db/record_store.h"
#include "proto/domain/task_key.h"
#include "tuner/job/job_budget.h"
#include "tuner/job/job_config.h"
#include "tuner/job/job_dependencies.h"
#include "tuner/job/job_devices.h"
#include "tuner/job/job_log.h"
#include "tuner/job/job_metrics.h"
#include "tuner/job/run_signal.h"

namespace diapason::tuner {

struct RunContext {
  RunContext(const JobDependencies& dependencies, const JobConfig& config, db::StoredJob job);

  // Returns the key of the task that a workload is in this job's search.
  TaskKey KeyOf(const v1::Workload& workload) const;

  const JobDependencies dependencies;
  const JobConfig config;
  const db::StoredJob job;  // as it was submitted, or as an earlier server left it
  const v1::DeviceSelector selector;
  const std::vector<int> threads;  // for which the paired comparisons are made; ascending, at least one

  RunSignal signal;
  JobMetrics metrics;
  JobBudget budget;
  JobLog log;
  JobDevices devices;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_RUN_CONTEXT_H_
