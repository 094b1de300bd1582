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
#include "tuner/compile/schedule_lock.h"

namespace diapason::tuner {

// What a compilation makes besides the library, and which schedules it uses.
struct CompileChoices {
  compiler::model::ModelProducts products;
  // If set, only its schedules are used, which must fit the program (ScheduleLock::CheckFits).
  const ScheduleLock* pinned = nullptr;
  // If set, receives the schedules with which the model was compiled.
  ScheduleLock* pin = nullptr;
};

// Functions through which the caller follows a compilation. Both may be empty.
struct CompileHooks {
  std::function<bool()> cancelled;  // called often, on the calling thread
  // Receives the folder of unfinished files, so that the caller can remove it if the process is
  // interrupted.
  std::function<void(const std::string&)> on_staged;
};

// Compiles `program` into `folder`. Kernels are built in the worker process of `schedules`. If a schedule
// does not build in time, an alternative one is taken, and the manifest says so; a pinned schedule that does
// not build is an error. Returns the errors of
// compiler::model::CompileModel. Returns Cancelled if `hooks.cancelled` became true; `folder` is then
// unchanged.
absl::StatusOr<compiler::model::ModelFiles> CompileModel(
    const compiler::graph::Program& program, BestSchedules& schedules, const Installation& installation,
    const std::string& folder, const CompileChoices& choices = {}, const CompileHooks& hooks = {});

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_COMPILE_COMPILE_MODEL_H_
