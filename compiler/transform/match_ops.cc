#include "compiler/transform/argument_roles.h"
#include "compiler/transform/transform_ops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace diapason::compiler::transform {
namespace {

using mlir::DiagnosedSilenceableFailure;
using Effects = llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>;

// Returns the linalg op of a handle, or null if the handle does not hold exactly one.
mlir::linalg::LinalgOp SingleLinalgOp(mlir::transform::TransformState& state, mlir::Value handle) {
  auto payload = state.getPayloadOps(handle);
  if (!llvm::hasSingleElement(payload)) return {};
  return llvm::dyn_cast<mlir::linalg::LinalgOp>(*payload.begin());
}

int64_t LoopOfLastAxis(mlir::AffineMap map) {
  if (map.getNumResults() == 0) return -1;
  auto loop = llvm::dyn_cast<mlir::AffineDimExpr>(map.getResults().back());
  return loop ? static_cast<int64_t>(loop.getPosition()) : -1;
}

}  // namespace

DiagnosedSilenceableFailure MatchOperandOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                  mlir::transform::TransformResults& results,
                                                  mlir::transform::TransformState& state) {
  mlir::linalg::LinalgOp op = SingleLinalgOp(state, getTarget());
  if (!op || getOperand() >= op->getNumOperands())
    return emitSilenceableError() << "the target is not a linalg op with operand " << getOperand();
  mlir::OpOperand& operand = op->getOpOperand(static_cast<unsigned>(getOperand()));
  mlir::BlockArgument argument = FindArgument(operand.get());
  const bool constant = argument && HasArgumentAttr(argument, workload::kConstantAttr);
  const bool border = argument && HasArgumentAttr(argument, workload::kZeroAttr);
  mlir::Builder b(getContext());
  auto param = [&](int64_t value) { return llvm::SmallVector<mlir::Attribute>{b.getI64IntegerAttr(value)}; };
  results.setParams(llvm::cast<mlir::OpResult>(getConstant()), param(constant ? 1 : 0));
  results.setParams(llvm::cast<mlir::OpResult>(getBorder()), param(border ? 1 : 0));
  results.setParams(llvm::cast<mlir::OpResult>(getLast()),
                    param(LoopOfLastAxis(op.getMatchingIndexingMap(&operand))));
  return DiagnosedSilenceableFailure::success();
}

void MatchOperandOp::getEffects(Effects& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::producesHandle(getOperation()->getOpResults(), effects);
  mlir::transform::onlyReadsPayload(effects);
}

DiagnosedSilenceableFailure MatchCombinerOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                   mlir::transform::TransformResults& results,
                                                   mlir::transform::TransformState& state) {
  mlir::linalg::LinalgOp op = SingleLinalgOp(state, getTarget());
  if (!op) return emitSilenceableError() << "the target is not a linalg op";
  const mlir::Value yielded = op.getBlock()->getTerminator()->getOperand(0);
  const bool sums = llvm::isa_and_nonnull<mlir::arith::AddFOp, mlir::arith::AddIOp>(yielded.getDefiningOp());
  mlir::Builder b(getContext());
  results.setParams(llvm::cast<mlir::OpResult>(getSums()), {b.getI64IntegerAttr(sums ? 1 : 0)});
  return DiagnosedSilenceableFailure::success();
}

void MatchCombinerOp::getEffects(Effects& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::producesHandle(getOperation()->getOpResults(), effects);
  mlir::transform::onlyReadsPayload(effects);
}

DiagnosedSilenceableFailure MatchContractionOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                      mlir::transform::TransformResults& results,
                                                      mlir::transform::TransformState& state) {
  mlir::linalg::LinalgOp op = SingleLinalgOp(state, getTarget());
  if (!op || op.getNumLoops() < 3 || op.hasDynamicShape() || op.getNumDpsInputs() != 2 ||
      op.getNumDpsInits() != 1)
    return emitSilenceableError() << "the target does not have three loops, two inputs and one result";
  const auto kinds = op.getIteratorTypesArray();
  const unsigned k = op.getNumLoops() - 1, n = k - 1, m = k - 2;
  for (unsigned loop = 0; loop <= k; ++loop) {
    if ((kinds[loop] == mlir::utils::IteratorType::reduction) != (loop == k))
      return emitSilenceableError() << "not exactly the last loop is a reduction";
  }
  const auto maps = op.getIndexingMapsArray();
  const auto last_is = [](mlir::AffineMap map, std::initializer_list<unsigned> loops) {
    const int64_t last = LoopOfLastAxis(map);
    return llvm::any_of(loops, [&](unsigned loop) { return last == static_cast<int64_t>(loop); });
  };
  const mlir::AffineMap left = maps[0], right = maps[1], result = maps[2];
  const bool plain = llvm::all_of(maps, [](mlir::AffineMap map) { return map.isProjectedPermutation(); });
  if (!plain || !left.isFunctionOfDim(m) || left.isFunctionOfDim(n) || !left.isFunctionOfDim(k) ||
      right.isFunctionOfDim(m) || !right.isFunctionOfDim(n) || !right.isFunctionOfDim(k) ||
      result.getNumResults() != k || !last_is(left, {m, k}) || !last_is(right, {n, k}) ||
      !last_is(result, {n}))
    return emitSilenceableError() << "the operands are not those of a product over the loops m, n and k";
  const llvm::SmallVector<int64_t> extents = op.getStaticLoopRanges();
  int64_t batch = 1;
  for (unsigned loop = 0; loop < m; ++loop) batch *= extents[loop];
  mlir::Builder b(getContext());
  auto set = [&](mlir::Value out, int64_t value) {
    results.setParams(llvm::cast<mlir::OpResult>(out), {b.getI64IntegerAttr(value)});
  };
  set(getBatch(), batch);
  set(getM(), extents[m]);
  set(getN(), extents[n]);
  set(getK(), extents[k]);
  set(getLeftK(), last_is(left, {k}));
  set(getRightK(), last_is(right, {k}));
  return DiagnosedSilenceableFailure::success();
}

void MatchContractionOp::getEffects(Effects& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::producesHandle(getOperation()->getOpResults(), effects);
  mlir::transform::onlyReadsPayload(effects);
}

DiagnosedSilenceableFailure MatchRootOp::apply(mlir::transform::TransformRewriter& rewriter,
                                               mlir::transform::TransformResults& results,
                                               mlir::transform::TransformState& state) {
  mlir::linalg::LinalgOp op = SingleLinalgOp(state, getTarget());
  if (!op) return emitSilenceableError() << "the target is not a linalg op";
  for (mlir::Operation* user : op->getUsers()) {
    if (llvm::isa<mlir::linalg::LinalgOp>(user))
      return emitSilenceableError() << "another linalg op reads the target";
  }
  return DiagnosedSilenceableFailure::success();
}

void MatchRootOp::getEffects(Effects& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::onlyReadsPayload(effects);
}

}  // namespace diapason::compiler::transform
