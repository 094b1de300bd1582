// Finds out whether an index is a multiple of a number, and moves code before the loops that it does not
// depend on.
#ifndef DIAPASON_COMPILER_TRANSFORM_LOOP_MOTION_H_
#define DIAPASON_COMPILER_TRANSFORM_LOOP_MOTION_H_

#include <cstdint>

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/Value.h"

namespace diapason::compiler::transform {

// Returns whether `value` is a multiple of `factor`, as far as constants, loops and affine.apply show it.
bool IsMultipleOf(mlir::OpFoldResult value, int64_t factor);

// Returns the outermost scf.for loop around `op` before which `value` can be computed, or `op` itself if
// there is none. It looks only at loops that are directly inside of each other.
mlir::Operation* FrontOfLoops(mlir::Operation* op, mlir::Value value);

// Computes `value` at the place of `builder`, which must be before the operation that FrontOfLoops has
// returned. Copies the operations inside of the loops that `value` is computed from.
mlir::Value ComputeInFront(mlir::OpBuilder& builder, mlir::Value value);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_LOOP_MOTION_H_
