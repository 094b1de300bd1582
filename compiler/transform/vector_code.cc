#include "compiler/transform/vector_code.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

namespace diapason::compiler::transform {
namespace {

int64_t LengthOf(mlir::Value value) {
  auto type = llvm::dyn_cast<mlir::VectorType>(value.getType());
  return type ? type.getDimSize(0) : 0;
}

bool IsContiguous(mlir::Value buffer, unsigned axis) {
  auto type = llvm::cast<mlir::MemRefType>(buffer.getType());
  return axis + 1 == type.getRank() && type.isLastDimUnitStride();
}

mlir::VectorType VectorOf(mlir::Type element, int64_t length) {
  return mlir::VectorType::get({length}, element);
}

mlir::Type ElementOf(mlir::Value buffer) {
  return llvm::cast<mlir::MemRefType>(buffer.getType()).getElementType();
}

}  // namespace

bool VectorCode::CanVectorize(mlir::linalg::GenericOp op) {
  return llvm::all_of(op.getBody()->without_terminator(), [](mlir::Operation& inner) {
    return inner.getNumRegions() == 0 && inner.getNumResults() == 1 &&
           inner.getResult(0).getType().isIntOrIndexOrFloat() &&
           (llvm::isa<mlir::arith::ConstantOp>(inner) || mlir::OpTrait::hasElementwiseMappableTraits(&inner));
  });
}

mlir::Value VectorCode::Constant(mlir::TypedAttr value) {
  return mlir::arith::ConstantOp::create(b_, op_.getLoc(), value);
}

mlir::Value VectorCode::Broadcast(Value value, llvm::ArrayRef<int64_t> shape) {
  if (shape.empty() || llvm::isa<mlir::VectorType>(value.getType())) return value;
  const auto type = mlir::VectorType::get(shape, value.getType());
  return mlir::vector::BroadcastOp::create(b_, op_.getLoc(), type, value);
}

mlir::Value VectorCode::Write(mlir::Operation* op, mlir::ValueRange operands) {
  llvm::ArrayRef<int64_t> shape;
  for (Value operand : operands) {
    if (auto vector = llvm::dyn_cast<mlir::VectorType>(operand.getType())) shape = vector.getShape();
  }
  Values all(operands);
  mlir::Type type = op->getResult(0).getType();
  if (!shape.empty()) type = mlir::VectorType::get(shape, type);
  for (Value& operand : all) operand = Broadcast(operand, shape);
  return b_.create(op->getLoc(), op->getName().getIdentifier(), all, type, op->getAttrs())->getResult(0);
}

VectorCode::Values VectorCode::Body(mlir::ValueRange arguments, llvm::ArrayRef<int64_t> shape) {
  mlir::IRMapping map;
  for (auto [from, to] : llvm::zip(op_.getBody()->getArguments(), arguments)) {
    if (to) map.map(from, to);
  }
  for (mlir::Operation& inner : op_.getBody()->without_terminator()) {
    Values operands;
    for (Value operand : inner.getOperands()) operands.push_back(map.lookupOrDefault(operand));
    map.map(inner.getResult(0), Write(&inner, operands));
  }
  Values results;
  for (Value yielded : op_.getBody()->getTerminator()->getOperands())
    results.push_back(Broadcast(map.lookupOrDefault(yielded), shape));
  return results;
}

mlir::Value VectorCode::Combine(const Combiner& combiner, Value accumulator, Value contribution) {
  mlir::IRMapping map;
  map.map(combiner.accumulator, accumulator);
  map.map(combiner.contribution, contribution);
  for (mlir::Operation* op : combiner.ops) {
    Values operands;
    for (Value operand : op->getOperands()) operands.push_back(map.lookup(operand));
    map.map(op->getResult(0), Write(op, operands));
  }
  return map.lookup(combiner.result);
}

mlir::Value VectorCode::Part(Value vector, int64_t start, int64_t length) {
  return mlir::vector::ExtractStridedSliceOp::create(b_, op_.getLoc(), vector, {start}, {length}, {1});
}

VectorCode::Values VectorCode::CombineLanes(const Combiner& combiner, llvm::ArrayRef<Values> rows) {
  llvm::SmallVector<Values> left(rows);
  Values sums(rows.size());
  for (int64_t length = LengthOf(left[0][0]); length > 0; length /= 2) {
    // In pairs, so that the additions do not wait for each other.
    for (size_t step = 1; step < rows[0].size(); step *= 2) {
      for (Values& row : left) {
        for (size_t i = 0; i + step < row.size() && LengthOf(row[i + step]) == length; i += 2 * step)
          row[i] = Combine(combiner, row[i], row[i + step]);
      }
    }
    for (auto [row, sum] : llvm::zip(left, sums)) {
      if (!row.empty() && LengthOf(row[0]) == length) {
        sum = sum ? Combine(combiner, sum, row[0]) : row[0];
        const auto* end = llvm::find_if(row, [&](Value value) { return LengthOf(value) != length; });
        row.erase(row.begin(), row.begin() + (end - row.begin()));
      }
    }
    if (length == 1) break;
    for (Value& sum : sums)
      sum = Combine(combiner, Part(sum, 0, length / 2), Part(sum, length / 2, length / 2));
  }
  for (Value& sum : sums) sum = mlir::vector::ExtractOp::create(b_, op_.getLoc(), sum, int64_t{0});
  return sums;
}

mlir::Value VectorCode::Load(Value buffer, unsigned axis, int64_t length, IndicesOfLane indices) {
  const mlir::VectorType type = VectorOf(ElementOf(buffer), length);
  if (IsContiguous(buffer, axis))
    return mlir::vector::LoadOp::create(b_, op_.getLoc(), type, buffer, indices(0));
  Values elements;
  for (int64_t lane = 0; lane < length; ++lane)
    elements.push_back(mlir::memref::LoadOp::create(b_, op_.getLoc(), buffer, indices(lane)));
  return mlir::vector::FromElementsOp::create(b_, op_.getLoc(), type, elements);
}

void VectorCode::Store(Value value, Value buffer, unsigned axis, int64_t length, IndicesOfLane indices) {
  if (IsContiguous(buffer, axis)) {
    mlir::vector::StoreOp::create(b_, op_.getLoc(), value, buffer, indices(0));
    return;
  }
  for (int64_t lane = 0; lane < length; ++lane) {
    Value element = mlir::vector::ExtractOp::create(b_, op_.getLoc(), value, lane);
    mlir::memref::StoreOp::create(b_, op_.getLoc(), element, buffer, indices(lane));
  }
}

}  // namespace diapason::compiler::transform
