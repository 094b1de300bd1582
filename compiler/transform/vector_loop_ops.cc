// transform.diapason.to_vector_loops: the loops are written in vector_loops.cc.
#include "compiler/transform/step_parameters.h"
#include "compiler/transform/transform_ops.h"
#include "compiler/transform/vector_loops.h"
#include "llvm/ADT/STLExtras.h"

namespace diapason::compiler::transform {

using mlir::DiagnosedSilenceableFailure;

DiagnosedSilenceableFailure ToVectorLoopsOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                   mlir::transform::TransformResults& results,
                                                   mlir::transform::TransformState& state) {
  const auto lanes = IntegerOf(state, getLanes()), vectors = IntegerOf(state, getVectors()),
             rows = IntegerOf(state, getRows());
  if (!lanes || !vectors || !rows)
    return emitSilenceableError() << "lanes, vectors and rows must each be one integer";
  const VectorLoopOptions options{*lanes, *vectors, *rows};
  if (options.lanes < 1 || !llvm::isPowerOf2_64(static_cast<uint64_t>(options.lanes)) ||
      options.vectors < 1 || options.rows < 1) {
    return emitSilenceableError() << "lanes must be a power of two, and vectors and rows positive: "
                                  << options.lanes << ", " << options.vectors << ", " << options.rows;
  }
  for (mlir::Operation* target : llvm::to_vector(state.getPayloadOps(getTarget()))) {
    auto op = llvm::dyn_cast<mlir::linalg::GenericOp>(target);
    if (op && HasVectorLoops(op)) ReplaceByVectorLoops(rewriter, op, options);
  }
  return DiagnosedSilenceableFailure::success();
}

void ToVectorLoopsOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::consumesHandle(getTargetMutable(), effects);
  for (mlir::OpOperand* param : {&getLanesMutable(), &getVectorsMutable(), &getRowsMutable()})
    mlir::transform::onlyReadsHandle(*param, effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
