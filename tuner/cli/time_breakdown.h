// Shows where a model's time goes: for each task, the time of its calls in the model next to its own time
// in the log, and the time that is left. A model takes longer than the sum of its tasks. In a model, the
// calls in between have moved the activations to farther caches, borders are set before some calls, and
// threads start and end every stage.
#ifndef DIAPASON_TUNER_CLI_TIME_BREAKDOWN_H_
#define DIAPASON_TUNER_CLI_TIME_BREAKDOWN_H_

#include <string>
#include <vector>

#include "compiler/model/loaded_model.h"
#include "compiler/model/manifest.h"
#include "tuner/report/json_text.h"

namespace diapason::tuner {

// All times are in microseconds and for one run of the model.
struct TaskTime {
  int64_t task = 0;        // index into the manifest's tasks
  double in_model_us = 0;  // of all calls of the task, with the borders that are set before them
  double alone_us = 0;     // weight times the log's time; 0 if the log has none
};

// The parts of the time of one run. model_us = alone_us + slower_us + unknown_us + between_us.
struct TimeBreakdown {
  std::vector<TaskTime> tasks;  // longest time first
  double model_us = 0;          // median time of a whole run
  double alone_us = 0;          // sum over the tasks that have a time in the log
  // How much longer the same tasks take in the model; negative if they are faster there.
  double slower_us = 0;
  double unknown_us = 0;  // tasks without a time in the log
  // The time of a run minus the time of all its calls: binding inputs and outputs, and waking threads.
  // Reading the clock between calls makes the calls longer, so this may be negative.
  double between_us = 0;
};

// Computes the parts from a model's manifest and its measured times.
TimeBreakdown BreakDown(const compiler::model::Manifest& manifest, const compiler::model::Timing& timing);

// Returns a line for each task and the sums that make up the model's time, at most 79 columns wide.
std::string BreakdownText(const compiler::model::Manifest& manifest, const TimeBreakdown& breakdown,
                          int threads);

// Adds "tasks" (workload_id, summary, weight, rung, in_model_us, alone_us) and "breakdown" (model_us,
// alone_us, slower_us, unknown_us, between_us).
void AddBreakdown(const compiler::model::Manifest& manifest, const TimeBreakdown& breakdown,
                  JsonObject& object);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_TIME_BREAKDOWN_H_
