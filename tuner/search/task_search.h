// The search of one task as the job engine sees it: it gives candidates and learns their times.
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

// Not thread-safe. Only the thread of its job uses it.
class TaskSearch {
 public:
  virtual ~TaskSearch() = default;

  // Returns up to `count` candidates that were neither proposed nor observed before. The first candidate
  // of all is the default schedule. If the result is empty, the space is exhausted. The call may take some
  // hundred milliseconds when the cost model is fitted.
  virtual std::vector<Candidate> Next(int count) = 0;

  // Learns how long the candidates that Next returned took.
  virtual void Observe(absl::Span<const Observation> observations) = 0;

  // Learns from a record of the log's search trials. `time_us` is its time, or infinity if the schedule
  // failed. Ignores a record whose schedule does not belong to this task's space.
  virtual void ObserveRecord(const v1::Record& record, double time_us) = 0;

  // Returns a time in microseconds that no schedule of the task can beat, or 0 if it is not known.
  virtual double LimitUs() const = 0;

  // Returns the least time in microseconds that an untried schedule may well have. Infinity: all were tried.
  // 0: it cannot be said yet. The call may take some milliseconds.
  virtual double OptimisticUs() = 0;

  // Returns the default schedule of the task's space.
  virtual v1::Schedule Default() const = 0;

  // Returns up to `count` schedules that the sketches' costs expect to be the fastest ones on `threads`
  // threads, the best one first. They need not have been tried. The call may take some hundred milliseconds.
  virtual std::vector<v1::Schedule> ExpectedBest(int threads, int count) const = 0;

  // Makes a candidate of a schedule of this task's space, or of a sketch that only the log has, from an
  // earlier job. Returns NotFound or InvalidArgument if the schedule belongs to neither. The call may take
  // some hundred milliseconds for a sketch that it has not seen before.
  virtual absl::StatusOr<Candidate> Make(const v1::Schedule& schedule) = 0;
};

// What a search is made from.
struct TaskSearchRequest {
  v1::Workload workload;
  v1::Target target;
  v1::MachineSpeed speed;  // of the devices; empty if it is not known
  int threads = 1;
  std::vector<v1::Sketch> sketches;  // sketches that the user brings
  bool only_these_sketches = false;  // if true, the built-in sketches are not used
  uint64_t rng_seed = 0;
};

// Makes the search of a task. Thread-safe. Returns the errors of ScheduleSpace::Create, and
// InvalidArgument if the workload's id does not belong to its text.
using TaskSearchFactory =
    std::function<absl::StatusOr<std::unique_ptr<TaskSearch>>(const TaskSearchRequest&)>;

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_TASK_SEARCH_H_
