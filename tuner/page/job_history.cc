#include "tuner/page/job_history.h"

#include <optional>

#include "absl/container/flat_hash_map.h"
#include "proto/base/status_macros.h"
#include "proto/domain/outcome.h"
#include "proto/domain/record_time.h"

namespace diapason::tuner {

absl::StatusOr<JobRecordsView> ReadRecords(const db::RecordStore& store, const v1::JobStatus& status) {
  JobRecordsView view;
  // The job as it was after each record. JobHistory keeps what changed.
  v1::JobStatus then;
  absl::flat_hash_map<std::string, int> index;
  for (const v1::TaskStatus& task : status.tasks()) {
    index[task.task_id()] = then.tasks_size();
    v1::TaskStatus& started = *then.add_tasks();
    started.set_task_id(task.task_id());
    started.set_weight(task.weight());
  }
  int64_t first_us = 0;
  db::RecordQuery query;
  query.job_id = status.job_id();
  DIAPASON_RETURN_IF_ERROR(store.VisitRecords(query, [&](const v1::Record& record) {
    view.summary.Add(record);
    const auto found = index.find(record.task_id());
    if (found == index.end() || record.phase() != v1::TRIAL_PHASE_SEARCH) return absl::OkStatus();
    if (first_us == 0) first_us = record.created_unix_us();
    if (!IsAboutSchedule(record.outcome().kind())) return absl::OkStatus();
    v1::TaskStatus& task = *then.mutable_tasks(found->second);
    task.set_trials(task.trials() + 1);
    then.set_trials_done(then.trials_done() + 1);
    then.set_elapsed_us(record.created_unix_us() - first_us);
    const std::optional<double> us = RecordTimeUs(record);
    if (!us || (task.best_us() > 0 && *us >= task.best_us())) return absl::OkStatus();
    if (task.default_us() <= 0) task.set_default_us(*us);  // the search measures the default first
    task.set_best_us(*us);
    view.history.Add(then);
    return absl::OkStatus();
  }));
  view.history.Add(status);  // with the final comparisons
  return view;
}

}  // namespace diapason::tuner
