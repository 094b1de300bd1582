// Finds measured schedules of other tasks in the log, to which the cost model of a new task is fitted
// first.
#ifndef DIAPASON_TUNER_SEARCH_RELATED_TASKS_H_
#define DIAPASON_TUNER_SEARCH_RELATED_TASKS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "costmodel/cost_model.h"
#include "db/record_store.h"
#include "proto/domain/task_key.h"

namespace diapason::tuner {

// Returns one group for each other workload that was searched on this task's machine with the same number
// of threads. Workloads with the structure `structure_id` come first and the others after them; within
// each part, the most recently measured workload is first. Only search trials whose outcome depends on the
// schedule and whose feature rows have the schema `feature_schema` are used, and only the newest few
// thousand of them. Returns the errors of the store.
absl::StatusOr<std::vector<costmodel::Group>> RelatedTasks(const db::RecordStore& store, const TaskKey& task,
                                                           absl::string_view structure_id,
                                                           absl::string_view feature_schema);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_RELATED_TASKS_H_
