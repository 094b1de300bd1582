// Replaces linalg.generic ops on buffers by loops over vectors. Private to compiler/transform.
#ifndef DIAPASON_COMPILER_TRANSFORM_VECTOR_LOOPS_H_
#define DIAPASON_COMPILER_TRANSFORM_VECTOR_LOOPS_H_

#include <cstdint>

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace diapason::compiler::transform {

struct VectorLoopOptions {
  int64_t lanes = 1;    // elements of a vector; a power of two
  int64_t vectors = 1;  // vectors that one iteration of the innermost loop computes
  int64_t rows = 1;     // rows that are reduced at the same time
};

// Returns the loop that runs along the last axis of the operands with the most elements. Elements that a loop
// indexes by another axis count against it, and those of results count twice. The op must have a loop and a
// static shape.
unsigned ContiguousLoop(mlir::linalg::GenericOp op);

// Returns whether `op` can be replaced: it works on buffers of static shape, is indexed by single loops, and
// its body consists of elementwise operations. If the loop along contiguous memory is a reduction, partial
// results must be combinable (combiner.h).
bool HasVectorLoops(mlir::linalg::GenericOp op);

// Replaces `op`, for which HasVectorLoops holds.
void ReplaceByVectorLoops(mlir::RewriterBase& rewriter, mlir::linalg::GenericOp op,
                          const VectorLoopOptions& options);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_VECTOR_LOOPS_H_
