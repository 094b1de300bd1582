#include "compiler/transform/loop_motion.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace diapason::compiler::transform {
namespace {

// Returns whether `value` can be computed before `loop`.
bool CanLeave(mlir::Value value, mlir::scf::ForOp loop) {
  if (loop.isDefinedOutsideOfLoop(value)) return true;
  mlir::Operation* op = value.getDefiningOp();
  return op != nullptr && op->getNumRegions() == 0 && mlir::isPure(op) &&
         llvm::all_of(op->getOperands(), [&](mlir::Value operand) { return CanLeave(operand, loop); });
}

mlir::Value Clone(mlir::OpBuilder& builder, mlir::Value value, mlir::IRMapping& map) {
  if (mlir::Value known = map.lookupOrNull(value)) return known;
  mlir::Operation* op = value.getDefiningOp();
  mlir::Block* block = builder.getInsertionBlock();
  if (op == nullptr || op->getBlock() == block || block->findAncestorOpInBlock(*op) == nullptr) return value;
  for (mlir::Value operand : op->getOperands()) Clone(builder, operand, map);
  builder.clone(*op, map);
  return map.lookup(value);
}

}  // namespace

bool IsMultipleOf(mlir::OpFoldResult value, int64_t factor) {
  if (const auto constant = mlir::getConstantIntValue(value)) return *constant % factor == 0;
  const auto index = llvm::cast<mlir::Value>(value);
  if (auto apply = index.getDefiningOp<mlir::affine::AffineApplyOp>()) {
    llvm::SmallVector<mlir::AffineExpr> operands;
    for (auto [i, operand] : llvm::enumerate(apply.getMapOperands())) {
      const mlir::AffineExpr dim = mlir::getAffineDimExpr(static_cast<unsigned>(i), apply.getContext());
      operands.push_back(IsMultipleOf(operand, factor) ? dim * factor : dim);
    }
    mlir::AffineMap map = apply.getAffineMap();
    const unsigned dims = map.getNumDims();
    return map.getResult(0)
        .replaceDimsAndSymbols(llvm::ArrayRef(operands).take_front(dims),
                               llvm::ArrayRef(operands).drop_front(dims))
        .isMultipleOf(factor);
  }
  auto argument = llvm::dyn_cast<mlir::BlockArgument>(index);
  if (!argument) return false;
  auto loop = llvm::dyn_cast<mlir::LoopLikeOpInterface>(argument.getOwner()->getParentOp());
  if (!loop) return false;
  const auto variables = loop.getLoopInductionVars();
  const auto lower = loop.getLoopLowerBounds();
  const auto steps = loop.getLoopSteps();
  if (!variables || !lower || !steps) return false;
  for (auto [variable, begin, step] : llvm::zip(*variables, *lower, *steps)) {
    if (variable == index) return IsMultipleOf(begin, factor) && IsMultipleOf(step, factor);
  }
  return false;
}

mlir::Operation* FrontOfLoops(mlir::Operation* op, mlir::Value value) {
  while (auto loop = llvm::dyn_cast<mlir::scf::ForOp>(op->getParentOp())) {
    if (!CanLeave(value, loop)) break;
    op = loop;
  }
  return op;
}

mlir::Value ComputeInFront(mlir::OpBuilder& builder, mlir::Value value) {
  mlir::IRMapping map;
  return Clone(builder, value, map);
}

}  // namespace diapason::compiler::transform
