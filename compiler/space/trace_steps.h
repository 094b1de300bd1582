// The transform steps that the symbolic trace follows. Each has one function, which applies the effect of
// the step to handles and loop nests. If the trace ends there, the function calls TraceState::Fail and
// returns false. Private to compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_TRACE_STEPS_H_
#define DIAPASON_COMPILER_SPACE_TRACE_STEPS_H_

#include "compiler/space/trace_state.h"
#include "compiler/transform/transform_ops.h"
#include "mlir/Dialect/Linalg/TransformOps/LinalgTransformOps.h"
#include "mlir/Dialect/Transform/IR/TransformOps.h"

namespace diapason::compiler::space {

// ---- Steps that find operations and loops (handle_steps.cc)
bool Trace(mlir::transform::CollectMatchingOp op, TraceState& state);
bool Trace(mlir::transform::MatchOp op, TraceState& state);
bool Trace(mlir::transform::GetConsumersOfResult op, TraceState& state);
bool Trace(mlir::transform::GetProducerOfOperand op, TraceState& state);
bool Trace(mlir::transform::SplitHandleOp op, TraceState& state);
bool Trace(mlir::transform::MergeHandlesOp op, TraceState& state);
bool Trace(mlir::transform::ReplicateOp op, TraceState& state);
bool Trace(mlir::transform::AnnotateOp op, TraceState& state);

// ---- Steps that make loops (loop_steps.cc)
bool Trace(mlir::transform::FuseOp op, TraceState& state);
bool Trace(mlir::transform::TileUsingForOp op, TraceState& state);
bool Trace(mlir::transform::TileUsingForallOp op, TraceState& state);
bool Trace(mlir::transform::FuseIntoContainingOp op, TraceState& state);
bool Trace(transform::TileRootOp op, TraceState& state);
bool Trace(transform::TilePlaneOp op, TraceState& state);
bool Trace(transform::TileUnitsOp op, TraceState& state);
bool Trace(transform::UnrollFullOp op, TraceState& state);

// ---- Steps that change the loops and operands of an operation itself (operation_steps.cc)
bool Trace(mlir::transform::SplitOp op, TraceState& state);
bool Trace(transform::SplitDimOp op, TraceState& state);
bool Trace(transform::PackOperandOp op, TraceState& state);
bool Trace(transform::WinogradOp op, TraceState& state);
bool Trace(transform::StrassenOp op, TraceState& state);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_TRACE_STEPS_H_
