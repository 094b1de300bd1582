#include "compiler/transform/transform_ops.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace diapason::compiler::transform {

using mlir::DiagnosedSilenceableFailure;

// Returns the axes of a tensor that is indexed by `map`: first those whose loops are not listed, and then the
// others in the order of `loops`. Returns nullopt if an axis has a compound index, or if a listed loop does
// not index an axis.
static std::optional<llvm::SmallVector<int64_t>> AxesInOrder(mlir::AffineMap map,
                                                             llvm::ArrayRef<int64_t> loops) {
  llvm::SmallVector<int64_t> axes;
  for (auto [axis, index] : llvm::enumerate(map.getResults())) {
    auto dim = llvm::dyn_cast<mlir::AffineDimExpr>(index);
    if (!dim) return std::nullopt;
    if (!llvm::is_contained(loops, static_cast<int64_t>(dim.getPosition())))
      axes.push_back(static_cast<int64_t>(axis));
  }
  const size_t others = axes.size();
  for (int64_t loop : loops) {
    for (auto [axis, index] : llvm::enumerate(map.getResults())) {
      auto dim = llvm::dyn_cast<mlir::AffineDimExpr>(index);
      if (dim && static_cast<int64_t>(dim.getPosition()) == loop) axes.push_back(static_cast<int64_t>(axis));
    }
  }
  if (axes.size() != others + loops.size() || axes.size() != map.getNumResults()) return std::nullopt;
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
    const mlir::AffineMap map = op.getMatchingIndexingMap(&operand);
    llvm::SmallVector<int64_t> loops(getLoops());
    for (int64_t& loop : loops) loop += loop < 0 ? static_cast<int64_t>(op.getNumLoops()) : 0;
    const auto axes = AxesInOrder(map, loops);
    if (!axes)
      return emitSilenceableError() << "the listed loops are not those that index input " << getOperand();
    if (llvm::is_sorted(*axes)) continue;

    auto type = llvm::cast<mlir::RankedTensorType>(operand.get().getType());
    llvm::SmallVector<int64_t> shape;
    llvm::SmallVector<mlir::AffineExpr> indices;
    for (int64_t axis : *axes) {
      shape.push_back(type.getDimSize(static_cast<unsigned>(axis)));
      indices.push_back(map.getResult(static_cast<unsigned>(axis)));
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
