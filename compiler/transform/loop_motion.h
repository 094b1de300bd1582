// What can be said about an index, and code that moves in front of the loops that it does not depend on.
#ifndef DIAPASON_COMPILER_TRANSFORM_LOOP_MOTION_H_
#define DIAPASON_COMPILER_TRANSFORM_LOOP_MOTION_H_

#include <cstdint>

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/Value.h"

namespace diapason::compiler::transform {

// Whether `value` is a multiple of `factor`, as far as constants, loops and affine.apply show it.
bool IsMultipleOf(mlir::OpFoldResult value, int64_t factor);

// The outermost of the scf.for loops around `op`, one directly in the next, in front of which `value` can be
// computed; `op` itself where there is none.
mlir::Operation* FrontOfLoops(mlir::Operation* op, mlir::Value value);

// `value`, computed where `builder` stands: FrontOfLoops has said that this is possible. Copies what it is
// computed from inside of the loops.
mlir::Value ComputeInFront(mlir::OpBuilder& builder, mlir::Value value);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_LOOP_MOTION_H_
