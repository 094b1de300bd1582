// Compiles a model with the best schedules known: a shared library, a C header and a manifest.
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

struct CompileHooks {
  std::function<bool()> cancelled;  // asked often, from the calling thread; absent: never
  std::function<void(const std::string&)>
      on_staged;  // told the folder that holds unfinished files; may be absent
};

// Compiles `program` into `folder`. Kernels are built in the worker process of `schedules`; where a schedule
// does not build in time, an alternative one is taken, and the manifest says so.
// Returns the errors of compiler::CompileModel. Cancelled: `folder` is as it was.
absl::StatusOr<compiler::model::ModelFiles> CompileModel(const compiler::graph::Program& program,
                                                         BestSchedules& schedules,
                                                         const Installation& installation,
                                                         const std::string& folder,
                                                         const CompileHooks& hooks = {});

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_COMPILE_COMPILE_MODEL_H_
