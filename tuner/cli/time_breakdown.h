// Where a model's time goes: each task's calls in the model beside the task's own time in the log, and what
// is left over. A model takes longer than its tasks: in it each call finds its activations as far away as the
// calls between have pushed them, borders are set before some calls, and threads begin and end every stage.
#ifndef DIAPASON_TUNER_CLI_TIME_BREAKDOWN_H_
#define DIAPASON_TUNER_CLI_TIME_BREAKDOWN_H_

#include <string>
#include <vector>

#include "compiler/model/loaded_model.h"
#include "compiler/model/manifest.h"
#include "tuner/cli/json_text.h"

namespace diapason::tuner {

// All times are microseconds of one run of the model.
struct TaskTime {
  int64_t task = 0;        // index into the manifest's tasks
  double in_model_us = 0;  // of all its calls; with the borders that are set before them
  double alone_us = 0;     // weight times the log's time; 0: the log has none
};

struct TimeBreakdown {
  std::vector<TaskTime> tasks;  // the most time first
  double model_us = 0;          // a whole run, its median
  double alone_us = 0;          // the sum of those tasks that the log has a time of
  double slower_us = 0;         // how much longer the same tasks take in the model; negative: shorter
  double unknown_us = 0;        // tasks without a time in the log
  // A run less all its calls: inputs and outputs are bound, threads are woken. Reading the clock between
  // calls lengthens those, so that it may be negative.
  double between_us = 0;
};

TimeBreakdown BreakDown(const compiler::model::Manifest& manifest, const compiler::model::Timing& timing);

// At most 79 columns: a line for each task, then the sums that make up the model's time.
std::string BreakdownText(const compiler::model::Manifest& manifest, const TimeBreakdown& breakdown,
                          int threads);

// Adds "tasks" (workload_id, summary, weight, rung, in_model_us, alone_us) and "breakdown" (model_us,
// alone_us, slower_us, unknown_us, between_us).
void AddBreakdown(const compiler::model::Manifest& manifest, const TimeBreakdown& breakdown,
                  JsonObject& object);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_TIME_BREAKDOWN_H_
