#include "compiler/transform/transform_ops.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace diapason::compiler::transform {

using mlir::DiagnosedSilenceableFailure;

// Returns the axes of a tensor that is indexed by `map`, in the order of `loops`. Returns nullopt if
// `loops` does not list the loops that index the axes.
static std::optional<llvm::SmallVector<int64_t>> AxesInOrder(mlir::AffineMap map,
                                                             llvm::ArrayRef<int64_t> loops) {
  llvm::SmallVector<int64_t> axes;
  for (int64_t loop : loops) {
    for (auto [axis, index] : llvm::enumerate(map.getResults())) {
      auto dim = llvm::dyn_cast<mlir::AffineDimExpr>(index);
      if (dim && static_cast<int64_t>(dim.getPosition()) == loop) axes.push_back(static_cast<int64_t>(axis));
    }
  }
  if (axes.size() != loops.size() || axes.size() != map.getNumResults()) return std::nullopt;
  return axes;
}

DiagnosedSilenceableFailure PackOperandOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                 mlir::transform::TransformResults& results,
                                                 mlir::transform::TransformState& state) {
  llvm::SmallVector<mlir::Operation*> packings;
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    auto op = llvm::dyn_cast<mlir::linalg::GenericOp>(target);
    if (!op || static_cast<int64_t>(getOperand()) >= op.getNumDpsInputs())
      return emitSilenceableError() << "the target has no input " << getOperand();
    mlir::OpOperand& operand = *op.getDpsInputOperand(static_cast<unsigned>(getOperand()));
    const auto axes = AxesInOrder(op.getMatchingIndexingMap(&operand), getLoops());
    if (!axes)
      return emitSilenceableError() << "the listed loops are not those that index input " << getOperand();
    if (llvm::is_sorted(*axes)) continue;

    auto type = llvm::cast<mlir::RankedTensorType>(operand.get().getType());
    llvm::SmallVector<int64_t> shape;
    llvm::SmallVector<mlir::AffineExpr> indices;
    for (auto [axis, loop] : llvm::zip(*axes, getLoops())) {
      shape.push_back(type.getDimSize(axis));
      indices.push_back(rewriter.getAffineDimExpr(static_cast<unsigned>(loop)));
    }
    rewriter.setInsertionPoint(op);
    mlir::Value empty = mlir::tensor::EmptyOp::create(rewriter, op.getLoc(), shape, type.getElementType());
    auto packing = mlir::linalg::TransposeOp::create(rewriter, op.getLoc(), operand.get(), empty, *axes);
    packings.push_back(packing);
    llvm::SmallVector<mlir::AffineMap> maps = op.getIndexingMapsArray();
    maps[operand.getOperandNumber()] = mlir::AffineMap::get(op.getNumLoops(), 0, indices, op.getContext());
    rewriter.modifyOpInPlace(op, [&] {
      operand.set(packing->getResult(0));
      op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
    });
  }
  results.set(llvm::cast<mlir::OpResult>(getPacking()), packings);
  return DiagnosedSilenceableFailure::success();
}

void PackOperandOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::producesHandle(getOperation()->getOpResults(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
