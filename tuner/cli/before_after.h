// A model compiled twice: with the sketches' defaults, and with the best schedules known; and how fast both
// are.
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
#include "tuner/compile/installation.h"

namespace diapason::tuner {

// What is compiled, and what ends it early; all of it outlives the call.
struct CompileInput {
  const compiler::graph::Program& program;
  const v1::Target& target;
  const Installation& installation;
  Interrupt& interrupt;
  absl::Duration kernel_time = kKernelTime;  // for one kernel with one schedule, before the next one is tried
  v1::Match match = v1::MATCH_LOOSE;         // of the look-up
};

struct BeforeAfter {
  compiler::model::ModelFiles files;  // of the tuned model
  bool measured = false;              // only where the target is this machine
  double before_us = 0;               // medians on one thread, interleaved run by run
  double after_us = 0;
  double speed_up = 0;  // median over pairs of runs
};

// Compiles with the best schedules that `log` knows; with the sketches' defaults if `log` is null. Cancelled:
// the user interrupted it, and `folder` is as it was.
absl::StatusOr<compiler::model::ModelFiles> CompileProgram(const CompileInput& input, LogSource* log,
                                                           const std::string& folder);

// The tuned model goes to `folder`; the other one to a temporary folder that is gone afterwards. Cancelled:
// interrupted.
absl::StatusOr<BeforeAfter> CompileBeforeAfter(const CompileInput& input, LogSource& log,
                                               const std::string& folder);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_BEFORE_AFTER_H_
