// Compiles a model twice, with the sketches' default schedules and with the best known schedules, and
// measures how fast both are.
#ifndef DIAPASON_TUNER_CLI_BEFORE_AFTER_H_
#define DIAPASON_TUNER_CLI_BEFORE_AFTER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "compiler/graph/program.h"
#include "compiler/model/model_compiler.h"
#include "tuner/cli/interrupt.h"
#include "tuner/cli/log_source.h"
#include "tuner/compile/best_schedules.h"
#include "tuner/compile/compile_model.h"
#include "tuner/compile/installation.h"

namespace diapason::tuner {

// What to compile, and the object that can end it early. All references must outlive the call.
struct CompileInput {
  const compiler::graph::Program& program;
  const v1::Target& target;
  const Installation& installation;
  Interrupt& interrupt;
  absl::Duration kernel_time = kKernelTime;  // how long one kernel may build with one schedule
  v1::Match match = v1::MATCH_LOOSE;         // how exactly records must match in the look-up
  int threads = 1;                           // on which the model will run
  CompileChoices choices = {};               // what else is made, and pinned schedules
};

// The tuned model, and how much faster it is than the model with default schedules.
struct BeforeAfter {
  compiler::model::ModelFiles files;  // of the tuned model
  bool measured = false;              // true only if the target is this machine
  double before_us = 0;               // medians on the input's threads; the runs of both models alternate
  double after_us = 0;
  // The median of the ratios of paired runs, and their 10th and 90th percentile.
  double speed_up = 0;
  double speed_up_p10 = 0;
  double speed_up_p90 = 0;
};

// Compiles into `folder` with the best schedules in `log`, or with the sketches' defaults if `log` is
// null. Returns Cancelled if the user interrupted it; `folder` is then unchanged.
absl::StatusOr<compiler::model::ModelFiles> CompileProgram(const CompileInput& input, LogSource* log,
                                                           const std::string& folder);

// Compiles the tuned model into `folder`, and the model with default schedules into a temporary folder,
// which is removed. Returns Cancelled if the user interrupted it.
absl::StatusOr<BeforeAfter> CompileBeforeAfter(const CompileInput& input, LogSource& log,
                                               const std::string& folder);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_BEFORE_AFTER_H_
