// Checks that a Program is sound before code is generated that relies on it.
#ifndef DIAPASON_COMPILER_MODEL_PROGRAM_CHECK_H_
#define DIAPASON_COMPILER_MODEL_PROGRAM_CHECK_H_

#include "absl/status/status.h"
#include "compiler/graph/program.h"

namespace diapason::compiler::model {

// Checks the following. All indices exist. Every view lies within its buffer and has its argument's type
// and shape. Constants have all their bytes. No call writes to a constant or to an input of the caller,
// and constant arguments read only these. Every input or output buffer is exactly one dense tensor.
// Returns Internal with the call or buffer that breaks a rule. The error means that the code that made
// the program has a bug.
absl::Status CheckProgram(const graph::Program& program);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_PROGRAM_CHECK_H_
