#include "compiler/transform/transform_ops.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace diapason::compiler::transform {
namespace {

using mlir::DiagnosedSilenceableFailure;
using mlir::linalg::GenericOp;

// Whether it costs less to compute the op again than to write its result and read it.
bool IsCheap(GenericOp op) {
  return llvm::all_of(op.getBody()->getOperations(), [](mlir::Operation& inner) {
    return !llvm::isa<mlir::arith::DivFOp>(inner) &&
           !llvm::isa_and_nonnull<mlir::math::MathDialect>(inner.getDialect());
  });
}

// Returns the operand by which a reduction reads all elements of `op`, in whatever order.
mlir::OpOperand* ReadingReduction(GenericOp op) {
  mlir::OpOperand* first = nullptr;
  for (mlir::OpOperand& use : op->getUses()) {
    auto reader = llvm::dyn_cast<GenericOp>(use.getOwner());
    if (!reader || reader->getBlock() != op->getBlock()) return nullptr;
    if (!first || reader->isBeforeInBlock(first->getOwner())) first = &use;
  }
  auto reader = first ? llvm::cast<GenericOp>(first->getOwner()) : GenericOp();
  const bool fits = reader && reader.getNumReductionLoops() > 0 && reader.isDpsInput(first) &&
                    reader.getMatchingIndexingMap(first).isPermutation() &&
                    mlir::linalg::areElementwiseOpsFusable(first);
  return fits ? first : nullptr;
}

// Returns an elementwise op that a reduction reads and that is not in `tried`, and adds it there.
GenericOp NextCandidate(mlir::Operation* target, llvm::SmallPtrSetImpl<mlir::Operation*>& tried) {
  GenericOp found;
  target->walk([&](GenericOp op) {
    const bool fits = op.getNumReductionLoops() == 0 && op->getNumResults() == 1 && !op.hasIndexSemantics() &&
                      ReadingReduction(op) && tried.insert(op).second;
    if (fits) found = op;
    return fits ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
  });
  return found;
}

// Moves the producer of `operand` into its reader. If others read the producer, the reader has its result,
// too. Returns whether it did.
bool Fuse(mlir::RewriterBase& rewriter, mlir::OpOperand* operand) {
  mlir::Operation* reader = operand->getOwner();
  rewriter.setInsertionPoint(reader);
  auto fused = mlir::linalg::fuseElementwiseOps(rewriter, operand);
  if (mlir::failed(fused)) return false;
  for (auto [from, to] : fused->replacements) {
    rewriter.replaceUsesWithIf(
        from, to, [&, fused = fused->fusedOp](mlir::OpOperand& use) { return use.getOwner() != fused; });
  }
  rewriter.eraseOp(reader);
  return true;
}

// Gives every reader of `op` a copy of it. Returns whether all of them took it in.
bool FuseCopies(mlir::RewriterBase& rewriter, GenericOp op) {
  for (mlir::OpOperand& use : op->getUses()) {
    if (!mlir::linalg::areElementwiseOpsFusable(&use)) return false;
  }
  while (!op->use_empty()) {
    mlir::OpOperand& use = *op->getUses().begin();
    rewriter.setInsertionPoint(use.getOwner());
    mlir::Operation* copy = rewriter.clone(*op);
    rewriter.modifyOpInPlace(use.getOwner(), [&] { use.set(copy->getResult(0)); });
    if (!Fuse(rewriter, &use)) return false;
    rewriter.eraseOp(copy);
  }
  rewriter.eraseOp(op);
  return true;
}

}  // namespace

DiagnosedSilenceableFailure FuseIntoReductionsOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                        mlir::transform::TransformResults& results,
                                                        mlir::transform::TransformState& state) {
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    llvm::SmallPtrSet<mlir::Operation*, 4> tried;
    while (GenericOp op = NextCandidate(target, tried)) {
      if (IsCheap(op) && !op->hasOneUse()) {
        FuseCopies(rewriter, op);
      } else if (Fuse(rewriter, ReadingReduction(op)) && op->use_empty()) {
        rewriter.eraseOp(op);
      }
    }
  }
  return DiagnosedSilenceableFailure::success();
}

void FuseIntoReductionsOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
