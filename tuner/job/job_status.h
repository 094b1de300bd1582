// Makes the status of a running job from the parts of its run. Thread-safe.
#ifndef DIAPASON_TUNER_JOB_JOB_STATUS_H_
#define DIAPASON_TUNER_JOB_JOB_STATUS_H_

#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "diapason/v1/tuner.pb.h"
#include "tuner/job/job_task.h"
#include "tuner/job/run_context.h"
#include "tuner/job/task_scheduler.h"

namespace diapason::tuner {

// Returns the status while the search spaces are still being opened: what an earlier server stored about
// the tasks, with `state` as the job's state.
v1::JobStatus StatusBeforeSearch(const RunContext& context, v1::JobState state);

// Returns the current status, with `state` as the job's state.
v1::JobStatus StatusOfTasks(const RunContext& context, absl::Span<const std::unique_ptr<JobTask>> tasks,
                            const TaskScheduler& scheduler, v1::JobState state);

// Returns how far each task is, for the scheduler.
std::vector<TaskProgress> ProgressOf(absl::Span<const std::unique_ptr<JobTask>> tasks);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_STATUS_H_
