// What other tasks of the log teach a new one: their measured schedules, for its cost model to begin with.
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

// Returns one group for each other workload that was searched on this task's machine with as many threads:
// those of the structure `structure_id` first, then the others, each with the most recently measured workload
// first. Only search trials that say something about their schedule and whose feature rows have this schema
// are used, the newest few thousand of them. The errors are those of the store.
absl::StatusOr<std::vector<costmodel::Group>> RelatedTasks(const db::RecordStore& store, const TaskKey& task,
                                                           absl::string_view structure_id,
                                                           absl::string_view feature_schema);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_RELATED_TASKS_H_
