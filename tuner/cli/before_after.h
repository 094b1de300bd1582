// A model compiled twice: with the sketches' defaults, and with the best schedules known; and how fast both are.
#ifndef DIAPASON_TUNER_CLI_BEFORE_AFTER_H_
#define DIAPASON_TUNER_CLI_BEFORE_AFTER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "compiler/graph/program.h"
#include "compiler/model/model_compiler.h"
#include "tuner/build/builder_pool.h"
#include "tuner/build/installation.h"
#include "tuner/cli/interrupt.h"
#include "tuner/cli/log_source.h"

namespace diapason::tuner {

// A kernel builds in a tenth of a second, the largest in one or two; a machine may be busy with other things.
inline constexpr absl::Duration kKernelTime = absl::Seconds(30);

// What is compiled, and what ends it early; all of it outlives the call.
struct CompileInput {
  const compiler::Program& program;
  const v1::Target& target;
  const Installation& installation;
  Interrupt& interrupt;
  absl::Duration kernel_time = kKernelTime;  // for one kernel with one schedule, before the next one is tried
};

struct BeforeAfter {
  compiler::ModelFiles files;  // of the tuned model
  bool measured = false;       // only where the target is this machine
  double before_us = 0;        // medians on one thread, interleaved run by run
  double after_us = 0;
  double speed_up = 0;  // median over pairs of runs
};

// With the best schedules that `log` knows; null: with the defaults. Kernels are built in a worker process; where a
// schedule does not build in time, another one is taken. Cancelled: interrupted; `folder` is as it was.
absl::StatusOr<compiler::ModelFiles> CompileProgram(const CompileInput& input, LogSource* log,
                                                    const std::string& folder);

// The tuned model goes to `folder`; the other one to a temporary folder that is gone afterwards. Cancelled: interrupted.
absl::StatusOr<BeforeAfter> CompileBeforeAfter(const CompileInput& input, LogSource& log,
                                               const std::string& folder);

// One worker, at a normal priority: somebody waits for it. `kernel_time`: for one build.
std::unique_ptr<BuilderPool> NewTryBuilder(const Clock& clock, const Installation& installation,
                                           absl::Duration kernel_time = kKernelTime);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_BEFORE_AFTER_H_
