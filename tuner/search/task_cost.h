// Converts what a sketch states about a schedule into microseconds, and says which time no schedule of a
// task can beat.
#ifndef DIAPASON_TUNER_SEARCH_TASK_COST_H_
#define DIAPASON_TUNER_SEARCH_TASK_COST_H_

#include "compiler/space/search_space.h"
#include "diapason/v1/target.pb.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::tuner {

// The times of one task on one core of a machine. Cheap to copy.
struct TaskCost {
  double reference_us = 1;  // predicted for a schedule whose AnalyticCost is 0
  double moving_us = 0;     // the time to read and write each argument once; 0 if it is not known
  double limit_us = 0;      // no schedule can be faster; 0 if it is not known

  // Returns the predicted microseconds of a schedule from its AnalyticCost, or those of the reference if it
  // is NaN.
  double PredictedUs(float analytic_cost) const;
};

// Returns the times of a workload. `speed` is what the device has measured; if it is empty, predictions use
// a typical rate, and the limit is not known.
TaskCost CostOfTask(const v1::Workload& workload, const v1::Target& target, const v1::MachineSpeed& speed,
                    const compiler::space::StatedCost& stated);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_TASK_COST_H_
