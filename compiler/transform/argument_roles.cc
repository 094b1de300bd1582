#include "compiler/transform/argument_roles.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace diapason::compiler::transform {
namespace {

bool IsReshape(mlir::Operation* op) {
  return llvm::isa<mlir::memref::ExpandShapeOp, mlir::memref::CollapseShapeOp, mlir::tensor::ExpandShapeOp,
                   mlir::tensor::CollapseShapeOp>(op);
}

bool IsFunctionArgument(mlir::BlockArgument argument) {
  auto function = llvm::dyn_cast_or_null<mlir::FunctionOpInterface>(argument.getOwner()->getParentOp());
  return function && argument.getOwner()->isEntryBlock();
}

// Returns the axis of the source that `axis` of the slice corresponds to. Returns nullopt if that cannot be
// said.
std::optional<unsigned> SourceAxis(mlir::OffsetSizeAndStrideOpInterface slice, unsigned axis) {
  llvm::SmallBitVector dropped;
  if (auto op = llvm::dyn_cast<mlir::tensor::ExtractSliceOp>(slice.getOperation())) {
    dropped = op.getDroppedDims();
  } else if (auto view = llvm::dyn_cast<mlir::memref::SubViewOp>(slice.getOperation())) {
    dropped = view.getDroppedDims();
  } else {
    return std::nullopt;
  }
  for (unsigned source = 0; source < dropped.size(); ++source) {
    if (dropped[source]) continue;
    if (axis-- == 0) return source;
  }
  return std::nullopt;
}

}  // namespace

mlir::BlockArgument FindArgument(mlir::Value value) {
  while (true) {
    if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(value))
      return IsFunctionArgument(argument) ? argument : mlir::BlockArgument();
    mlir::Operation* op = value.getDefiningOp();
    if (!llvm::isa<mlir::bufferization::ToTensorOp, mlir::tensor::ExtractSliceOp, mlir::memref::SubViewOp>(
            op) &&
        !IsReshape(op))
      return {};
    value = op->getOperand(0);
  }
}

bool HasArgumentAttr(mlir::BlockArgument argument, llvm::StringRef name) {
  auto function = llvm::cast<mlir::FunctionOpInterface>(argument.getOwner()->getParentOp());
  return static_cast<bool>(function.getArgAttr(argument.getArgNumber(), name));
}

std::optional<SliceStart> FindSliceStart(mlir::Value value, unsigned axis) {
  SliceStart start;
  while (true) {
    if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(value)) {
      if (!IsFunctionArgument(argument)) return std::nullopt;
      start.argument = argument;
      start.axis = axis;
      return start;
    }
    mlir::Operation* op = value.getDefiningOp();
    if (auto view = llvm::dyn_cast<mlir::bufferization::ToTensorOp>(op)) {
      value = view.getBuffer();
      continue;
    }
    auto slice = llvm::dyn_cast<mlir::OffsetSizeAndStrideOpInterface>(op);
    std::optional<unsigned> source = slice ? SourceAxis(slice, axis) : std::nullopt;
    if (!source) return std::nullopt;
    axis = *source;
    const mlir::OpFoldResult offset = slice.getMixedOffsets()[axis];
    const std::optional<int64_t> step = mlir::getConstantIntValue(slice.getMixedStrides()[axis]);
    if (!step) return std::nullopt;
    // The values so far count elements of this slice, and those are `step` elements apart in its source.
    if (*step != 1 && !start.dynamic.empty()) return std::nullopt;
    start.fixed *= *step;
    start.step *= *step;
    if (std::optional<int64_t> fixed = mlir::getConstantIntValue(offset)) {
      start.fixed += *fixed;
    } else {
      start.dynamic.push_back(llvm::cast<mlir::Value>(offset));
    }
    value = op->getOperand(0);
  }
}

std::optional<NonZeroRange> FindNonZeroRange(mlir::BlockArgument argument, unsigned axis) {
  auto function = llvm::cast<mlir::FunctionOpInterface>(argument.getOwner()->getParentOp());
  auto zero =
      function.getArgAttrOfType<mlir::DenseI64ArrayAttr>(argument.getArgNumber(), workload::kZeroAttr);
  auto type = llvm::dyn_cast<mlir::ShapedType>(argument.getType());
  if (!zero || !type || 2 * axis + 1 >= static_cast<unsigned>(zero.size())) return std::nullopt;
  const NonZeroRange range = {zero[2 * axis], type.getDimSize(axis) - zero[2 * axis + 1]};
  if (range.low == 0 && range.high == type.getDimSize(axis)) return std::nullopt;
  return range;
}

}  // namespace diapason::compiler::transform
