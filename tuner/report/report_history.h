// How the times of a job's tasks fell while the job ran. The records of a job are in the log, but a
// tuner-server does not hand them out; the states that it sends while a job is watched say the same, for jobs
// on this machine and on a server. Not thread-safe.
#ifndef DIAPASON_TUNER_REPORT_REPORT_HISTORY_H_
#define DIAPASON_TUNER_REPORT_REPORT_HISTORY_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "diapason/v1/tuner.pb.h"

namespace diapason::tuner {

class JobHistory {
 public:
  // The best time that the search had found for a task, from this moment on.
  struct TaskPoint {
    int64_t trials = 0;  // of the task
    double best_us = 0;
  };
  // The time of the whole model, from this moment on: the sum over tasks of weight times best time. A task
  // that is not measured yet counts with the time of its default schedule. A task that is never measured is
  // left out.
  struct ModelPoint {
    double seconds = 0;  // since the job began
    int64_t trials = 0;  // of the job
    double us = 0;       // the estimated latency of the model, in microseconds
  };

  // Takes the next state of the job. States may be missing, e.g. while the server is away; the curves are
  // then coarser. The final comparison of a task measures it in another way, so its times are left out of
  // the curves, with one exception: no time of the task is shown larger than the default's in the comparison.
  // The search measures the default once and briefly, and on a busy machine that time may be much too large,
  // which would look like a success of the search later on.
  void Add(const v1::JobStatus& status);

  // Returns the points in the order of time. There are none for a task that was not measured.
  std::vector<TaskPoint> TaskCurve(const std::string& task_id) const;
  std::vector<ModelPoint> ModelCurve() const;

 private:
  struct Task {
    int weight = 1;
    double default_us = 0;   // as the search first measured it; 0 if it did not
    double compared_us = 0;  // of the default in the final comparison; 0 if there was none
    std::vector<TaskPoint> points;

    double Limited(double us) const { return compared_us > 0 ? std::min(us, compared_us) : us; }
  };
  // At this moment `task` had a new best time.
  struct Event {
    double seconds;
    int64_t trials;
    std::string task_id;
    double best_us;
  };

  absl::flat_hash_map<std::string, Task> tasks_;
  std::vector<Event> events_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_REPORT_REPORT_HISTORY_H_
