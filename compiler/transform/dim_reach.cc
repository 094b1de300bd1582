#include "compiler/transform/dim_reach.h"

namespace diapason::compiler::transform {

using mlir::linalg::GenericOp;

bool DimReach::Fail(llvm::StringRef why) {
  why_ = why.str();
  return false;
}

std::optional<unsigned> DimReach::AxisOf(mlir::Value tensor) const {
  for (auto [value, axis] : axes_) {
    if (value == tensor) return axis;
  }
  return std::nullopt;
}

bool DimReach::ReachLoop(GenericOp op, unsigned dim) {
  for (auto [other, other_dim] : loops_) {
    if (other == op && other_dim != dim) return Fail("it reaches two loops of one op");
  }
  if (!loops_.insert({op, dim})) return true;
  for (mlir::OpOperand& operand : op->getOpOperands()) {
    for (auto [axis, index] : llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults())) {
      if (!index.isFunctionOfDim(dim)) continue;
      if (!llvm::isa<mlir::AffineDimExpr>(index)) return Fail("it occurs in a compound index");
      if (!ReachAxis(operand.get(), axis)) return false;
      if (op.isDpsInit(&operand) && !ReachAxis(op.getTiedOpResult(&operand), axis)) return false;
    }
  }
  return true;
}

bool DimReach::ReachAxis(mlir::Value value, unsigned axis) {
  const std::optional<unsigned> other = AxisOf(value);
  if (other && *other != axis) return Fail("it reaches two axes of one tensor");
  if (!axes_.insert({value, axis})) return true;
  if (llvm::cast<mlir::RankedTensorType>(value.getType()).isDynamicDim(axis))
    return Fail("the size of the dimension is not known");
  if (auto producer = value.getDefiningOp<GenericOp>()) {
    const unsigned result = llvm::cast<mlir::OpResult>(value).getResultNumber();
    if (!ReachUse(producer, *producer.getDpsInitOperand(result), axis)) return false;
  }
  for (mlir::OpOperand& use : value.getUses()) {
    if (auto user = llvm::dyn_cast<GenericOp>(use.getOwner()); user && !ReachUse(user, use, axis))
      return false;
  }
  return true;
}

bool DimReach::ReachUse(GenericOp op, mlir::OpOperand& operand, unsigned axis) {
  auto index = llvm::dyn_cast<mlir::AffineDimExpr>(op.getMatchingIndexingMap(&operand).getResult(axis));
  if (!index) return Fail("it occurs in a compound index");
  return ReachLoop(op, index.getPosition());
}

}  // namespace diapason::compiler::transform
