#include "tuner/job/job_status.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace diapason::tuner {
namespace {

// Fills in the fields that do not depend on the tasks.
void FillJob(const RunContext& context, v1::JobState state, v1::JobStatus& status) {
  const v1::SubmitJobRequest& request = context.job.request;
  const absl::Status failure = context.signal.failure();
  const bool is_running = state == v1::JOB_STATE_RUNNING;
  status.set_job_id(context.job.job_id);
  status.set_name(request.name());
  status.set_state(state);
  status.set_message(std::string(failure.message()));
  status.set_error_code(static_cast<int>(failure.code()));
  status.set_model(request.model());
  status.set_target_option(request.target_option());
  status.set_owner(request.owner());
  *status.mutable_budget() = request.budget();
  *status.mutable_target() = request.target();
  status.set_created_unix_us(context.job.status.created_unix_us());
  const std::string write_error = context.log.write_error();
  if (is_running && failure.ok() && !write_error.empty())
    status.set_message(absl::StrCat("waiting: ", write_error));
  status.set_waiting_for(is_running ? context.devices.WaitingFor() : "");
  if (!is_running) status.clear_remaining_us();
}

}  // namespace

v1::JobStatus StatusBeforeSearch(const RunContext& context, v1::JobState state) {
  v1::JobStatus status = context.job.status;
  FillJob(context, state, status);
  if (!status.tasks().empty()) return status;
  for (const v1::JobTask& task : context.job.request.tasks()) {
    *status.add_tasks() =
        TaskState(task, context.KeyOf(task.workload()), v1::Schedule()).ToStatus(/*why_ended=*/"");
  }
  return status;
}

v1::JobStatus StatusOfTasks(const RunContext& context, absl::Span<const std::unique_ptr<JobTask>> tasks,
                            const TaskScheduler& scheduler, v1::JobState state) {
  v1::JobStatus status;
  FillJob(context, state, status);
  int64_t trials = 0;
  for (size_t i = 0; i < tasks.size(); ++i) {
    *status.add_tasks() = tasks[i]->state.ToStatus(scheduler.WhyEnded(tasks[i]->state.Progress()));
    trials += status.tasks(static_cast<int>(i)).trials();
  }
  const int devices = context.devices.connected();
  status.set_trials_done(trials);
  status.set_elapsed_us(absl::ToInt64Microseconds(context.budget.Elapsed()));
  if (state == v1::JOB_STATE_RUNNING) {
    status.set_remaining_us(absl::ToInt64Microseconds(context.budget.Remaining(trials, devices)));
  }
  *status.mutable_metrics() = context.budget.Metrics(trials, devices);
  return status;
}

std::vector<TaskProgress> ProgressOf(absl::Span<const std::unique_ptr<JobTask>> tasks) {
  std::vector<TaskProgress> progress;
  for (const std::unique_ptr<JobTask>& task : tasks) progress.push_back(task->state.Progress());
  return progress;
}

}  // namespace diapason::tuner
