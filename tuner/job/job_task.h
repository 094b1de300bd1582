// One task of a running job.
#ifndef DIAPASON_TUNER_JOB_JOB_TASK_H_
#define DIAPASON_TUNER_JOB_JOB_TASK_H_

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "tuner/job/task_state.h"
#include "tuner/search/task_search.h"

namespace diapason::tuner {

// A task outlives the parts of the run, which refer to it.
struct JobTask {
  JobTask(int number, const v1::JobTask& task, TaskKey key, std::unique_ptr<TaskSearch> its_search)
      : index(number), state(task, std::move(key), its_search->Default()), search(std::move(its_search)) {}

  const int index;  // position in the job's request
  TaskState state;  // thread-safe

  // Only the job's thread uses the fields below.
  std::unique_ptr<TaskSearch> search;
  // How often an earlier server has tried a schedule without learning anything about it, by ScheduleHash.
  absl::flat_hash_map<std::string, int> attempts;
  // Paired comparisons that were started, including those of earlier servers, by the number of threads.
  std::map<int, int> final_attempts;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_JOB_TASK_H_
