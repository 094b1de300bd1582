// transform.smt.constrain_params to instructions of a ConstraintProgram. Private to compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_CONSTRAINT_READER_H_
#define DIAPASON_COMPILER_SPACE_CONSTRAINT_READER_H_

#include "absl/status/status.h"
#include "compiler/space/constraint_program.h"
#include "llvm/ADT/DenseMap.h"
#include "mlir/Dialect/Transform/SMTExtension/SMTExtensionOps.h"

namespace diapason::compiler {

// Understands smt.int.{constant, add, sub, mul, div, mod, abs, cmp} and smt.{constant, eq, distinct, and, or, xor, not,
// implies, ite, assert, yield}. Assertions hold only where `guard` (a slot) is true. `slots` must hold the op's
// parameters and gets its results.
// InvalidArgument: another operation, or a parameter that is not in `slots`; file and line.
absl::Status ReadConstrainParams(mlir::transform::smt::ConstrainParamsOp op, int guard,
                                 ConstraintProgram& program, llvm::DenseMap<mlir::Value, int>& slots);

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_SPACE_CONSTRAINT_READER_H_
