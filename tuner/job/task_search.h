// The search of one task as the job engine sees it: schedules out, times in.
#ifndef DIAPASON_TUNER_JOB_TASK_SEARCH_H_
#define DIAPASON_TUNER_JOB_TASK_SEARCH_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "diapason/v1/schedule.pb.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::tuner {

// A schedule, ready to be built.
struct Candidate {
  v1::Schedule schedule;
  std::string script;              // rendered
  std::vector<float> feature_row;  // of `feature_schema`
  std::string feature_schema;
};

struct ScheduleTime {
  v1::Schedule schedule;
  double time_us = 0;  // infinity: the schedule failed
};

// Not thread-safe; confined to its job's thread.
class TaskSearch {
 public:
  virtual ~TaskSearch() = default;

  // Up to `count` candidates, none proposed or observed before, the default schedule first of all. Empty: the space is
  // exhausted. May take some hundred milliseconds when the cost model learns.
  virtual std::vector<Candidate> Next(int count) = 0;

  // Times of schedules, proposed here or not; what is not of this task's space is ignored.
  virtual void Observe(absl::Span<const ScheduleTime> times) = 0;

  virtual v1::Schedule Default() const = 0;

  // A schedule of this task's space, or of a sketch that only the log has, from an earlier job. NotFound,
  // InvalidArgument: of neither. May take some hundred milliseconds for a sketch that was not asked about before.
  virtual absl::StatusOr<Candidate> Make(const v1::Schedule& schedule) = 0;
};

struct TaskSearchRequest {
  v1::Workload workload;
  v1::Target target;
  std::vector<v1::Sketch> sketches;  // the user's own
  bool only_these_sketches = false;
  uint64_t seed = 0;
};

// Thread-safe. The errors are those of ScheduleSpace::Create.
using TaskSearchFactory =
    std::function<absl::StatusOr<std::unique_ptr<TaskSearch>>(const TaskSearchRequest&)>;

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_TASK_SEARCH_H_
