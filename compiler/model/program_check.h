// Whether a Program keeps its own promises, before code is made of it that trusts them.
#ifndef DIAPASON_COMPILER_MODEL_PROGRAM_CHECK_H_
#define DIAPASON_COMPILER_MODEL_PROGRAM_CHECK_H_

#include "absl/status/status.h"
#include "compiler/graph/program.h"

namespace diapason::compiler::model {

// Indices exist, every view lies within its buffer and has its argument's type and shape, constants have all
// their bytes, constants and the caller's inputs are never written and alone serve constant arguments, every
// buffer of the caller's is one tensor, dense in it.
// Internal: says which call or buffer breaks which promise; whoever made the program has the bug.
absl::Status CheckProgram(const graph::Program& program);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_PROGRAM_CHECK_H_
