// Finds out how the body of a linalg.generic op adds a new value to one of its sums. Private to
// compiler/transform.
#ifndef DIAPASON_COMPILER_TRANSFORM_COMBINER_H_
#define DIAPASON_COMPILER_TRANSFORM_COMBINER_H_

#include <optional>

#include "llvm/ADT/SmallVector.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace diapason::compiler::transform {

// The part of a body that combines the accumulator with one other value, the contribution. Two partial
// results are combined by the same operations, with one of them as the contribution.
//   %s = arith.mulf %x, %x           not a part
//   %y = arith.addf %acc, %s         the combiner: accumulator %acc, contribution %s, result %y
struct Combiner {
  llvm::SmallVector<mlir::Operation*> ops;  // in their order
  mlir::Value accumulator, contribution, result;
  // What a partial result starts with. If it is null, the combiner selects one of its operands, as a maximum
  // by comparison does, so that partial results may start with the value that the accumulator starts with.
  mlir::TypedAttr neutral;
};

// Returns the combiner of the op's result number `result`. Returns nullopt if the body does not have that
// form, so that partial results cannot be combined.
std::optional<Combiner> FindCombiner(mlir::linalg::GenericOp op, unsigned result);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_COMBINER_H_
