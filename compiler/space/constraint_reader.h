// Reads a sketch's constraints, transform.smt.constrain_params, into instructions of a ConstraintProgram.
// Private to compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_CONSTRAINT_READER_H_
#define DIAPASON_COMPILER_SPACE_CONSTRAINT_READER_H_

#include <string>

#include "absl/status/status.h"
#include "compiler/space/constraint_program.h"
#include "llvm/ADT/DenseMap.h"
#include "mlir/Dialect/Transform/IR/TransformOps.h"
#include "mlir/Dialect/Transform/SMTExtension/SMTExtensionOps.h"

namespace diapason::compiler::space {

using ParameterSlots = llvm::DenseMap<mlir::Value, int>;

// In a constrain_params it understands smt.int.{constant, add, sub, mul, div, mod, abs, cmp}, smt.{constant,
// eq, distinct, and, or, xor, not, implies, ite, assert, yield}, and one function, which the constraint
// declares by its name:
//   %f = smt.declare_fun "largest_divisor" : !smt.func<(!smt.int, !smt.int) !smt.int>
//   %d = smt.apply_func %f(%n, %most) : ...       the largest divisor of %n that is at most %most
//
// A *constraint sequence* is a named sequence from parameters to parameters of constrain_params, constants
// and includes of such sequences. Each include of one is read with the parameters that it passes.
class ConstraintReader {
 public:
  // `program` must outlive this.
  explicit ConstraintReader(ConstraintProgram& program) : program_(program) {}

  bool IsConstraintSequence(mlir::transform::NamedSequenceOp sequence);
  // Whether `op` includes a constraint sequence.
  bool IncludesConstraints(mlir::Operation* op);

  // `op` is a constrain_params or includes a constraint sequence. Its assertions hold only where `guard` (a
  // slot) is true. `slots` must hold the operation's parameters and gets its results.
  // InvalidArgument: an operation that is not understood, a parameter that is not in `slots`, or too many
  // includes; the message has file and line.
  absl::Status Read(mlir::Operation* op, int guard, ParameterSlots& slots);

 private:
  // `origin` says in messages where the constraint was included.
  absl::Status ReadConstrainParams(mlir::transform::smt::ConstrainParamsOp op, int guard,
                                   const std::string& origin, ParameterSlots& slots);
  absl::Status ReadInclude(mlir::transform::IncludeOp op, int guard, const std::string& origin,
                           ParameterSlots& slots);

  ConstraintProgram& program_;
  llvm::DenseMap<mlir::Operation*, bool>
      constraint_sequences_;  // whether it is one, of those that were asked for
  int includes_ = 0;
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_CONSTRAINT_READER_H_
