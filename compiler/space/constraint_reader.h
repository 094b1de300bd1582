// Translates a sketch's constraints (transform.smt.constrain_params) into instructions of a
// ConstraintProgram. Private to compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_CONSTRAINT_READER_H_
#define DIAPASON_COMPILER_SPACE_CONSTRAINT_READER_H_

#include <string>

#include "absl/status/status.h"
#include "compiler/space/constraint_program.h"
#include "llvm/ADT/DenseMap.h"
#include "mlir/Dialect/Transform/IR/TransformOps.h"
#include "mlir/Dialect/Transform/SMTExtension/SMTExtensionOps.h"

namespace diapason::compiler::space {

// For each parameter its slot in the ConstraintProgram.
using ParameterSlots = llvm::DenseMap<mlir::Value, int>;

// In a constrain_params it reads smt.int.{constant, add, sub, mul, div, mod, abs, cmp}, smt.{constant, eq,
// distinct, and, or, xor, not, implies, ite, assert, yield}, and one function, which the constraint declares:
//   %f = smt.declare_fun "largest_divisor" : !smt.func<(!smt.int, !smt.int) !smt.int>
//   %d = smt.apply_func %f(%n, %most) : ...       the largest divisor of %n that is at most %most
//
// A *constraint sequence* is a named sequence whose arguments and results are parameters, and which
// consists of constrain_params, constants and includes of constraint sequences. It is read once for each
// include, with the parameters that the include passes.
class ConstraintReader {
 public:
  // `program` must outlive this.
  explicit ConstraintReader(ConstraintProgram& program) : program_(program) {}

  bool IsConstraintSequence(mlir::transform::NamedSequenceOp sequence);
  // Returns whether `op` includes a constraint sequence.
  bool IncludesConstraints(mlir::Operation* op);

  // Reads `op`, which is a constrain_params or includes a constraint sequence. Its assertions apply only if
  // the slot `guard` is true. `slots` must have the operation's parameters; its results are added.
  // InvalidArgument: an operation is not supported, a parameter is not in `slots`, or there are too many
  // includes; the message has file and line.
  absl::Status Read(mlir::Operation* op, int guard, ParameterSlots& slots);

 private:
  // `origin` is the part of messages that says where the constraint was included.
  absl::Status ReadConstrainParams(mlir::transform::smt::ConstrainParamsOp op, int guard,
                                   const std::string& origin, ParameterSlots& slots);
  absl::Status ReadInclude(mlir::transform::IncludeOp op, int guard, const std::string& origin,
                           ParameterSlots& slots);

  ConstraintProgram& program_;
  // Caches for each named sequence whether it is a constraint sequence.
  llvm::DenseMap<mlir::Operation*, bool> constraint_sequences_;
  int includes_ = 0;
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_CONSTRAINT_READER_H_
