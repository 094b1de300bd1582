// Compiles a model with the best known schedules into a shared library, a C header and a manifest.
#ifndef DIAPASON_TUNER_COMPILE_COMPILE_MODEL_H_
#define DIAPASON_TUNER_COMPILE_COMPILE_MODEL_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "compiler/graph/program.h"
#include "compiler/model/model_compiler.h"
#include "tuner/compile/best_schedules.h"
#include "tuner/compile/installation.h"

namespace diapason::tuner {

// Functions through which the caller follows a compilation. Both may be empty.
struct CompileHooks {
  std::function<bool()> cancelled;  // called often, on the calling thread
  // Receives the folder of unfinished files, so that the caller can remove it if the process is
  // interrupted.
  std::function<void(const std::string&)> on_staged;
};

// Compiles `program` into `folder`. Kernels are built in the worker process of `schedules`. If a schedule
// does not build in time, an alternative one is taken, and the manifest says so. Returns the errors of
// compiler::model::CompileModel. Returns Cancelled if `hooks.cancelled` became true; `folder` is then
// unchanged.
absl::StatusOr<compiler::model::ModelFiles> CompileModel(const compiler::graph::Program& program,
                                                         BestSchedules& schedules,
                                                         const Installation& installation,
                                                         const std::string& folder,
                                                         const CompileHooks& hooks = {});

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_COMPILE_COMPILE_MODEL_H_
