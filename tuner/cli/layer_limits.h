// How fast the tasks of a model could be at most on this machine, for `diapason bench`.
#ifndef DIAPASON_TUNER_CLI_LAYER_LIMITS_H_
#define DIAPASON_TUNER_CLI_LAYER_LIMITS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "compiler/graph/program.h"
#include "compiler/model/manifest.h"
#include "diapason/v1/target.pb.h"
#include "tuner/compile/installation.h"

namespace diapason::tuner {

// Measures this machine's rates of arithmetic and of memory, with the program device-runner on the processor
// `cpu`, in about a second. Returns FailedPrecondition if that does not work; the message says why.
absl::StatusOr<v1::MachineSpeed> MeasureMachineSpeed(const Installation& installation, int cpu);

// Returns for each task of the manifest the least time of one call in microseconds on `threads` threads, or 0
// where it is not known: the task's arithmetic at the machine's rate on all threads, or the bytes of its
// arguments at the rate of the memory that holds them, whichever takes longer. `program` is the model that
// was compiled.
std::vector<double> TaskLimits(const compiler::model::Manifest& manifest,
                               const compiler::graph::Program& program, const v1::MachineSpeed& speed,
                               const Installation& installation, int threads);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_LAYER_LIMITS_H_
