// The search of one task as the job engine sees it: candidates out, their times in.
#ifndef DIAPASON_TUNER_SEARCH_TASK_SEARCH_H_
#define DIAPASON_TUNER_SEARCH_TASK_SEARCH_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "diapason/v1/schedule.pb.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/trial.pb.h"
#include "diapason/v1/workload.pb.h"
#include "tuner/search/candidate.h"

namespace diapason::tuner {

// Not thread-safe: used by its job's thread only.
class TaskSearch {
 public:
  virtual ~TaskSearch() = default;

  // Returns up to `count` candidates that were neither proposed nor observed before. The default schedule is
  // the first of all. Empty: the space is exhausted. May take some hundred milliseconds when the cost model
  // learns.
  virtual std::vector<Candidate> Next(int count) = 0;

  // Learns how long candidates took that Next returned.
  virtual void Observe(absl::Span<const Observation> observations) = 0;

  // Learns from a search record of the log, whose time is `time_us` (infinity: the schedule failed). A record
  // whose schedule does not belong to this task's space is ignored.
  virtual void ObserveRecord(const v1::Record& record, double time_us) = 0;

  virtual v1::Schedule Default() const = 0;

  // Makes a candidate of a schedule of this task's space, or of a sketch that only the log has, from an
  // earlier job. NotFound, InvalidArgument: it belongs to neither. May take some hundred milliseconds for a
  // sketch that was not asked about before.
  virtual absl::StatusOr<Candidate> Make(const v1::Schedule& schedule) = 0;
};

struct TaskSearchRequest {
  v1::Workload workload;
  v1::Target target;
  int threads = 1;
  std::vector<v1::Sketch> sketches;  // the user's own
  bool only_these_sketches = false;
  uint64_t rng_seed = 0;
};

// Thread-safe. The errors are those of ScheduleSpace::Create. InvalidArgument also: the workload's id is not
// the one that its text has.
using TaskSearchFactory =
    std::function<absl::StatusOr<std::unique_ptr<TaskSearch>>(const TaskSearchRequest&)>;

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_TASK_SEARCH_H_
