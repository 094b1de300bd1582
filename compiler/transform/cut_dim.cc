#include <array>

#include "compiler/transform/dim_reach.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace diapason::compiler::transform {
namespace {

using mlir::linalg::GenericOp;
using Parts = std::array<mlir::Value, 2>;  // the first part and the rest

class Cutter {
 public:
  Cutter(const DimReach& reach, int64_t at, int64_t extent)
      : reach_(reach), starts_{0, at}, sizes_{at, extent - at} {}

  // Returns the operation that computes the rest of `op`, which becomes the operation of the first part.
  GenericOp Cut(GenericOp op) {
    mlir::OpBuilder b(op);
    llvm::SmallVector<mlir::Value> rest_operands;
    for (mlir::OpOperand& operand : op->getOpOperands()) {
      const std::optional<unsigned> axis = reach_.AxisOf(operand.get());
      const Parts parts = axis ? PartsOf(operand.get(), *axis) : Parts{operand.get(), operand.get()};
      operand.set(parts[0]);
      rest_operands.push_back(parts[1]);
    }
    llvm::SmallVector<mlir::Type> rest_types;
    for (mlir::OpOperand& init : op.getDpsInitsMutable())
      rest_types.push_back(rest_operands[init.getOperandNumber()].getType());
    b.setInsertionPointAfter(op);
    auto rest = llvm::cast<GenericOp>(mlir::clone(b, op, rest_types, rest_operands));
    for (mlir::OpResult result : op->getResults()) {
      const std::optional<unsigned> axis = reach_.AxisOf(result);
      if (!axis) continue;
      const mlir::Type whole = result.getType();
      result.setType(op.getDpsInitOperand(result.getResultNumber())->get().getType());
      const Parts parts = {result, rest->getResult(result.getResultNumber())};
      parts_[result] = parts;
      JoinForOtherUsers(parts, whole, *axis, rest);
    }
    return rest;
  }

 private:
  using Pieces = llvm::SmallVector<mlir::OpFoldResult>;

  // The offsets and the sizes of a part of a tensor or buffer.
  std::pair<Pieces, Pieces> Slice(mlir::ShapedType type, unsigned axis, int part) const {
    mlir::Builder b(type.getContext());
    Pieces offsets(type.getRank(), b.getIndexAttr(0)), sizes;
    for (int64_t size : type.getShape()) sizes.push_back(b.getIndexAttr(size));
    offsets[axis] = b.getIndexAttr(starts_[part]);
    sizes[axis] = b.getIndexAttr(sizes_[part]);
    return {offsets, sizes};
  }

  static Pieces Ones(mlir::ShapedType type) {
    return Pieces(type.getRank(), mlir::Builder(type.getContext()).getIndexAttr(1));
  }

  Parts PartsOf(mlir::Value value, unsigned axis) {
    if (auto known = parts_.find(value); known != parts_.end()) return known->second;
    mlir::OpBuilder b(value.getContext());
    b.setInsertionPointAfterValue(value);
    auto type = llvm::cast<mlir::RankedTensorType>(value.getType());
    Parts parts;
    for (int part = 0; part < 2; ++part) {
      const auto [offsets, sizes] = Slice(type, axis, part);
      if (value.getDefiningOp<mlir::tensor::EmptyOp>()) {
        parts[part] = mlir::tensor::EmptyOp::create(b, value.getLoc(), sizes, type.getElementType());
      } else if (auto view = value.getDefiningOp<mlir::bufferization::ToTensorOp>()) {
        const mlir::Value buffer = PartOfBuffer(view.getBuffer(), axis, part);
        auto buffer_type = llvm::cast<mlir::MemRefType>(buffer.getType());
        parts[part] = mlir::bufferization::ToTensorOp::create(
            b, view.getLoc(), mlir::RankedTensorType::get(buffer_type.getShape(), type.getElementType()),
            buffer, view.getRestrict(), view.getWritable());
      } else {
        parts[part] =
            mlir::tensor::ExtractSliceOp::create(b, value.getLoc(), value, offsets, sizes, Ones(type));
      }
    }
    return parts_[value] = parts;
  }

  // Returns a part of a buffer. There is only one view of each, so that reads and stores use the same value.
  mlir::Value PartOfBuffer(mlir::Value buffer, unsigned axis, int part) {
    mlir::Value& view = buffers_[{buffer, axis}][part];
    if (!view) {
      auto type = llvm::cast<mlir::MemRefType>(buffer.getType());
      mlir::OpBuilder b(buffer.getContext());
      b.setInsertionPointAfterValue(buffer);
      const auto [offsets, sizes] = Slice(type, axis, part);
      view = mlir::memref::SubViewOp::create(b, buffer.getLoc(), buffer, offsets, sizes, Ones(type));
    }
    return view;
  }

  // Lets users that are not linalg ops store both parts, or use a tensor that consists of them.
  void JoinForOtherUsers(const Parts& parts, mlir::Type whole, unsigned axis, mlir::Operation* rest) {
    for (mlir::OpOperand& use : llvm::make_early_inc_range(parts[0].getUses())) {
      if (llvm::isa<GenericOp>(use.getOwner())) continue;
      mlir::OpBuilder b(use.getOwner());
      auto store = llvm::dyn_cast<mlir::bufferization::MaterializeInDestinationOp>(use.getOwner());
      if (store && use.getOperandNumber() == 0 && llvm::isa<mlir::MemRefType>(store.getDest().getType())) {
        const mlir::Value buffer = store.getDest();
        auto other = llvm::cast<mlir::bufferization::MaterializeInDestinationOp>(b.clone(*store));
        store.getDestMutable().assign(PartOfBuffer(buffer, axis, 0));
        other.getSourceMutable().assign(parts[1]);
        other.getDestMutable().assign(PartOfBuffer(buffer, axis, 1));
        continue;
      }
      auto type = llvm::cast<mlir::RankedTensorType>(whole);
      mlir::Value joined =
          mlir::tensor::EmptyOp::create(b, rest->getLoc(), type.getShape(), type.getElementType());
      for (int part = 0; part < 2; ++part) {
        const auto [offsets, sizes] = Slice(type, axis, part);
        joined = mlir::tensor::InsertSliceOp::create(b, rest->getLoc(), parts[part], joined, offsets, sizes,
                                                     Ones(type));
      }
      use.set(joined);
    }
  }

  const DimReach& reach_;
  const std::array<int64_t, 2> starts_;
  const std::array<int64_t, 2> sizes_;
  llvm::DenseMap<mlir::Value, Parts> parts_;  // by the whole value, or by its first part
  llvm::DenseMap<std::pair<mlir::Value, unsigned>, Parts> buffers_;
};

}  // namespace

GenericOp CutDim(GenericOp op, const DimReach& reach, int64_t at, int64_t extent) {
  llvm::SmallVector<GenericOp> ops;
  for (auto [reached, dim] : reach.loops()) ops.push_back(llvm::cast<GenericOp>(reached));
  llvm::sort(ops, [](GenericOp a, GenericOp b) { return a->isBeforeInBlock(b); });
  Cutter cutter(reach, at, extent);
  GenericOp rest;
  for (GenericOp each : ops) {
    GenericOp other = cutter.Cut(each);
    if (each == op) rest = other;
  }
  return rest;
}

}  // namespace diapason::compiler::transform
