#include "compiler/transform/transform_ops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SubsetOpInterface.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"

namespace diapason::compiler::transform {

using mlir::DiagnosedSilenceableFailure;
using Effects = llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>;

DiagnosedSilenceableFailure UnrollFullOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                mlir::transform::TransformResults& results,
                                                mlir::transform::TransformState& state) {
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    auto loop = llvm::dyn_cast<mlir::scf::ForOp>(target);
    const auto trips = loop ? loop.getStaticTripCount() : std::nullopt;
    if (!trips) return emitSilenceableError() << "the target is not an scf.for with a constant trip count";
    const uint64_t count = trips->getZExtValue();
    if (count > 1 && mlir::failed(mlir::loopUnrollByFactor(loop, count)))
      return emitSilenceableError() << "the loop cannot be unrolled";
  }
  return DiagnosedSilenceableFailure::success();
}

void UnrollFullOp::getEffects(Effects& effects) {
  mlir::transform::consumesHandle(getTargetMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

// Returns whether a loop reads a slice of a tensor that it carries. Only such slices can be hoisted. To look
// for others takes a time that grows with the square of the number of slices in the loop.
static bool ReadsCarriedSlice(mlir::scf::ForOp loop) {
  llvm::SmallVector<mlir::Value> carried(loop.getRegionIterArgs());
  while (!carried.empty()) {
    for (mlir::OpOperand& use : carried.pop_back_val().getUses()) {
      mlir::Operation* user = use.getOwner();
      if (llvm::isa<mlir::SubsetExtractionOpInterface>(user)) return true;
      if (llvm::isa<mlir::SubsetInsertionOpInterface>(user)) carried.push_back(user->getResult(0));
      auto inner = llvm::dyn_cast<mlir::scf::ForOp>(user);
      if (inner && inner.getTiedLoopRegionIterArg(&use)) {
        carried.push_back(inner.getTiedLoopRegionIterArg(&use));
        carried.push_back(inner.getTiedLoopResult(&use));
      }
    }
  }
  return false;
}

DiagnosedSilenceableFailure HoistSlicesOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                 mlir::transform::TransformResults& results,
                                                 mlir::transform::TransformState& state) {
  mlir::RewritePatternSet patterns(getContext());
  mlir::scf::ForOp::getCanonicalizationPatterns(patterns, getContext());
  mlir::vector::TransferWriteOp::getCanonicalizationPatterns(patterns, getContext());
  const mlir::FrozenRewritePatternSet frozen(std::move(patterns));
  mlir::GreedyRewriteConfig config;
  config.setListener(static_cast<mlir::RewriterBase::Listener*>(rewriter.getListener()));
  config.setStrictness(mlir::GreedyRewriteStrictness::ExistingOps);
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    llvm::SmallVector<mlir::scf::ForOp> loops;
    target->walk([&](mlir::scf::ForOp loop) { loops.push_back(loop); });  // inner loops first
    for (mlir::scf::ForOp loop : loops) {
      // The loops inside of this one still carry the whole tensor, unchanged, and each reads the slice that
      // the loop before it has written. This is simplified first.
      llvm::SmallVector<mlir::Operation*> body;
      bool has_loops = false;
      for (mlir::Operation& op : loop.getBody()->getOperations()) {
        has_loops |= llvm::isa<mlir::scf::ForOp>(op);
        if (llvm::isa<mlir::scf::ForOp, mlir::SubsetOpInterface>(op)) body.push_back(&op);
      }
      if (has_loops && mlir::failed(mlir::applyOpPatternsGreedily(body, frozen, config)))
        return emitDefiniteFailure() << "the loops cannot be simplified";
      if (ReadsCarriedSlice(loop)) mlir::hoistLoopInvariantSubsets(rewriter, loop);
    }
  }
  return DiagnosedSilenceableFailure::success();
}

void HoistSlicesOp::getEffects(Effects& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

// Scores `loop` as the innermost loop: adds the operands that it indexes only in their last axis, and
// subtracts those that it indexes in another axis. The result counts twice.
static int InnermostScore(mlir::linalg::GenericOp op, unsigned loop) {
  int score = 0;
  for (mlir::OpOperand& operand : op->getOpOperands()) {
    const mlir::AffineMap map = op.getMatchingIndexingMap(&operand);
    if (!map.isFunctionOfDim(loop)) continue;
    const bool along = !map.dropResult(map.getNumResults() - 1).isFunctionOfDim(loop);
    const int weight = op.isDpsInit(&operand) ? 2 : 1;
    score += along ? weight : -weight;
  }
  return score;
}

DiagnosedSilenceableFailure OrderLoopsOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                mlir::transform::TransformResults& results,
                                                mlir::transform::TransformState& state) {
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    auto op = llvm::dyn_cast<mlir::linalg::GenericOp>(target);
    if (!op || op.getNumLoops() < 2 || op.hasIndexSemantics()) continue;
    unsigned innermost = op.getNumLoops() - 1;
    for (unsigned loop = innermost; loop-- > 0;) {
      if (InnermostScore(op, loop) > InnermostScore(op, innermost)) innermost = loop;
    }
    llvm::SmallVector<unsigned> order;
    for (unsigned loop = 0; loop < op.getNumLoops(); ++loop) {
      if (loop != innermost) order.push_back(loop);
    }
    order.push_back(innermost);
    if (llvm::is_sorted(order)) continue;
    rewriter.setInsertionPoint(op);
    if (mlir::failed(mlir::linalg::interchangeGenericOp(rewriter, op, order)))
      return emitSilenceableError() << "the loops cannot be interchanged";
  }
  return DiagnosedSilenceableFailure::success();
}

void OrderLoopsOp::getEffects(Effects& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

DiagnosedSilenceableFailure AllowReassociationOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                        mlir::transform::TransformResults& results,
                                                        mlir::transform::TransformState& state) {
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    auto op = llvm::dyn_cast<mlir::linalg::LinalgOp>(target);
    if (!op || op.getNumReductionLoops() == 0) continue;
    target->walk([&](mlir::arith::ArithFastMathInterface body) {
      const auto flags = body.getFastMathFlagsAttr().getValue() | mlir::arith::FastMathFlags::reassoc;
      body->setAttr(body.getFastMathAttrName(), mlir::arith::FastMathFlagsAttr::get(getContext(), flags));
    });
  }
  return DiagnosedSilenceableFailure::success();
}

void AllowReassociationOp::getEffects(Effects& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
