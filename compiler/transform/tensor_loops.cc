#include "compiler/transform/tensor_loops.h"

#include <optional>

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

namespace diapason::compiler::transform {
namespace {

mlir::AffineMap LastAxes(mlir::ValueRange indices, size_t count, mlir::MLIRContext* context) {
  return mlir::AffineMap::getMinorIdentityMap(static_cast<unsigned>(indices.size()),
                                              static_cast<unsigned>(count), context);
}

}  // namespace

mlir::Value TensorLoops::Index(int64_t value) {
  return mlir::arith::ConstantIndexOp::create(builder_, loc_, value);
}

mlir::Value TensorLoops::Apply(mlir::AffineExpr expr, mlir::ValueRange dims) {
  const auto map = mlir::AffineMap::get(static_cast<unsigned>(dims.size()), 0, expr);
  return mlir::affine::makeComposedAffineApply(builder_, loc_, map, mlir::getAsOpFoldResult(dims));
}

mlir::Value TensorLoops::Empty(llvm::ArrayRef<int64_t> shape) {
  return mlir::tensor::EmptyOp::create(builder_, loc_, shape, builder_.getF32Type());
}

mlir::Value TensorLoops::For(int64_t end, int64_t step, mlir::Value tensor,
                             llvm::function_ref<mlir::Value(mlir::Value index, mlir::Value tensor)> body) {
  if (end <= step) return body(Index(0), tensor);
  auto loop = mlir::scf::ForOp::create(builder_, loc_, Index(0), Index(end), Index(step), tensor);
  mlir::OpBuilder::InsertionGuard guard(builder_);
  builder_.setInsertionPointToStart(loop.getBody());
  const mlir::Value result = body(loop.getInductionVar(), loop.getRegionIterArg(0));
  mlir::scf::YieldOp::create(builder_, loc_, result);
  return loop.getResult(0);
}

mlir::Value TensorLoops::Read(mlir::Value tensor, mlir::ValueRange indices, llvm::ArrayRef<int64_t> shape,
                              mlir::AffineMap map) {
  if (!map) map = LastAxes(indices, shape.size(), builder_.getContext());
  // Reads need padding as an operand, but do not use it inside of the bounds.
  const mlir::Type element = mlir::getElementTypeOrSelf(tensor.getType());
  const mlir::Value padding = mlir::arith::ConstantOp::create(builder_, loc_, builder_.getZeroAttr(element));
  const auto type = mlir::VectorType::get(shape, element);
  const llvm::SmallVector<bool> in_bounds(shape.size(), true);
  return mlir::vector::TransferReadOp::create(builder_, loc_, type, tensor, indices,
                                              std::optional<mlir::Value>(padding), map, in_bounds);
}

mlir::Value TensorLoops::Write(mlir::Value vector, mlir::Value tensor, mlir::ValueRange indices,
                               mlir::AffineMap map) {
  const auto rank = static_cast<size_t>(llvm::cast<mlir::VectorType>(vector.getType()).getRank());
  if (!map) map = LastAxes(indices, rank, builder_.getContext());
  const llvm::SmallVector<bool> in_bounds(rank, true);
  return mlir::vector::TransferWriteOp::create(builder_, loc_, vector, tensor, indices, map, in_bounds)
      .getResult();
}

mlir::Value TensorLoops::Broadcast(mlir::Value value, llvm::ArrayRef<int64_t> shape) {
  return mlir::vector::BroadcastOp::create(
      builder_, loc_, mlir::VectorType::get(shape, mlir::getElementTypeOrSelf(value)), value);
}

mlir::Value TensorLoops::Reshape(mlir::Value vector, llvm::ArrayRef<int64_t> shape) {
  const auto type = mlir::VectorType::get(shape, mlir::getElementTypeOrSelf(vector.getType()));
  return mlir::vector::ShapeCastOp::create(builder_, loc_, type, vector);
}

mlir::Value CommonStart(mlir::linalg::LinalgOp contraction) {
  const mlir::Value init = contraction.getDpsInitOperand(0)->get();
  auto start = init.getDefiningOp<mlir::linalg::GenericOp>();
  const auto rank = static_cast<unsigned>(llvm::cast<mlir::RankedTensorType>(init.getType()).getRank());
  if (!start || start.getNumLoops() != rank) return {};
  const mlir::Value result =
      llvm::cast<mlir::linalg::YieldOp>(start.getBody()->getTerminator()).getOperand(0);
  if (start.getNumDpsInputs() == 0)
    return result.getDefiningOp<mlir::arith::ConstantOp>() ? result : mlir::Value();
  if (start.getNumDpsInputs() != 1 || result != start.getBody()->getArgument(0)) return {};
  const mlir::AffineMap map = start.getMatchingIndexingMap(start.getDpsInputOperand(0));
  const mlir::AffineExpr last = mlir::getAffineDimExpr(rank - 1, map.getContext());
  return map == mlir::AffineMap::get(rank, 0, last) ? start.getDpsInputOperand(0)->get() : mlir::Value();
}

}  // namespace diapason::compiler::transform
