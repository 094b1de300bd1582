#include "compiler/transform/winograd_tiles.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

namespace diapason::compiler::transform {
namespace {

mlir::AffineMap LastAxes(mlir::ValueRange indices, size_t count, mlir::MLIRContext* context) {
  return mlir::AffineMap::getMinorIdentityMap(static_cast<unsigned>(indices.size()),
                                              static_cast<unsigned>(count), context);
}

}  // namespace

TileAxis::TileAxis(int64_t extent, int64_t taps, int64_t outputs)
    : extent(extent),
      taps(taps),
      outputs(taps == 1 ? 1 : std::min(outputs, extent)),
      matrices(MakeWinogradMatrices(this->outputs, taps)) {}

llvm::SmallVector<TileRange> TileAxis::EachOutputOnce() const {
  const int64_t complete = extent / outputs, rest = extent % outputs;
  llvm::SmallVector<TileRange> ranges = {{0, complete, 0, outputs}};
  if (rest > 0) ranges.push_back({complete, 1, outputs - rest, rest});
  return ranges;
}

TileLoops::TileLoops(mlir::OpBuilder& builder, mlir::Location loc, mlir::Block& function, int64_t images,
                     TileAxis rows, TileAxis columns, int64_t lanes)
    : builder_(builder),
      loc_(loc),
      function_(function),
      images_(images),
      rows_(std::move(rows)),
      columns_(std::move(columns)),
      lanes_(lanes) {}

mlir::Value TileLoops::Index(int64_t value) {
  return mlir::arith::ConstantIndexOp::create(builder_, loc_, value);
}

mlir::Value TileLoops::Apply(mlir::AffineExpr expr, mlir::ValueRange dims) {
  const auto map = mlir::AffineMap::get(static_cast<unsigned>(dims.size()), 0, expr);
  return mlir::affine::makeComposedAffineApply(builder_, loc_, map, mlir::getAsOpFoldResult(dims));
}

mlir::Value TileLoops::Read(mlir::Value tensor, mlir::ValueRange indices, llvm::ArrayRef<int64_t> shape,
                            mlir::AffineMap map) {
  if (!map) map = LastAxes(indices, shape.size(), builder_.getContext());
  // Reads need padding as an operand, but do not use it inside of the bounds.
  const mlir::Type element = mlir::getElementTypeOrSelf(tensor.getType());
  const mlir::Value padding = Constant(builder_.getZeroAttr(element));
  const auto type = mlir::VectorType::get(shape, element);
  const llvm::SmallVector<bool> in_bounds(shape.size(), true);
  return mlir::vector::TransferReadOp::create(builder_, loc_, type, tensor, indices,
                                              std::optional<mlir::Value>(padding), map, in_bounds);
}

mlir::Value TileLoops::Write(mlir::Value vector, mlir::Value tensor, mlir::ValueRange indices,
                             mlir::AffineMap map) {
  const auto rank = static_cast<size_t>(llvm::cast<mlir::VectorType>(vector.getType()).getRank());
  if (!map) map = LastAxes(indices, rank, builder_.getContext());
  const llvm::SmallVector<bool> in_bounds(rank, true);
  return mlir::vector::TransferWriteOp::create(builder_, loc_, vector, tensor, indices, map, in_bounds)
      .getResult();
}

mlir::Value TileLoops::Broadcast(mlir::Value value, llvm::ArrayRef<int64_t> shape) {
  return mlir::vector::BroadcastOp::create(
      builder_, loc_, mlir::VectorType::get(shape, mlir::getElementTypeOrSelf(value)), value);
}

mlir::Value TileLoops::Reshape(mlir::Value vector, llvm::ArrayRef<int64_t> shape) {
  const auto type = mlir::VectorType::get(shape, mlir::getElementTypeOrSelf(vector.getType()));
  return mlir::vector::ShapeCastOp::create(builder_, loc_, type, vector);
}

mlir::Value TileLoops::Constant(mlir::TypedAttr value) {
  mlir::OpBuilder entry = mlir::OpBuilder::atBlockBegin(&function_);
  return mlir::arith::ConstantOp::create(entry, loc_, value);
}

mlir::Value TileLoops::Multiply(const Matrix& matrix, mlir::Value values, unsigned axis) {
  const auto type = llvm::cast<mlir::VectorType>(values.getType());
  const auto num_rows = static_cast<int64_t>(matrix.size());
  const auto matrix_type = mlir::VectorType::get({num_rows, type.getDimSize(axis)}, type.getElementType());
  llvm::SmallVector<mlir::Attribute> elements;
  for (const auto& row : matrix) {
    for (double element : row) elements.push_back(builder_.getFloatAttr(type.getElementType(), element));
  }
  const mlir::Value constant = Constant(mlir::DenseElementsAttr::get(matrix_type, elements));
  llvm::SmallVector<int64_t> shape(type.getShape());
  shape[axis] = num_rows;
  const mlir::Value zero =
      Constant(builder_.getZeroAttr(mlir::VectorType::get(shape, type.getElementType())));
  // The loops are those of the result, and the one over the columns of the matrix.
  const size_t rank = shape.size();
  llvm::SmallVector<mlir::AffineExpr, 4> loops(rank + 1);
  mlir::bindDimsList(builder_.getContext(), llvm::MutableArrayRef(loops));
  llvm::SmallVector<mlir::AffineExpr> from(loops.begin(), loops.end() - 1), to(from);
  from[axis] = loops.back();
  const llvm::SmallVector<mlir::AffineExpr> by = {loops[axis], loops.back()};
  using mlir::vector::IteratorType;
  llvm::SmallVector<mlir::Attribute> kinds(
      rank, mlir::vector::IteratorTypeAttr::get(builder_.getContext(), IteratorType::parallel));
  kinds.push_back(mlir::vector::IteratorTypeAttr::get(builder_.getContext(), IteratorType::reduction));
  const auto maps = mlir::AffineMap::inferFromExprList({by, from, to}, builder_.getContext());
  return mlir::vector::ContractionOp::create(builder_, loc_, constant, values, zero,
                                             builder_.getAffineMapArrayAttr(maps),
                                             builder_.getArrayAttr(kinds));
}

mlir::Value TileLoops::MultiplyBothSides(const Matrix& rows, const Matrix& columns, mlir::Value values) {
  return Multiply(columns, Multiply(rows, values, 0), 1);
}

mlir::Value TileLoops::Row(mlir::Value vector, int64_t row) {
  return mlir::vector::ExtractOp::create(builder_, loc_, vector, row);
}

mlir::Value TileLoops::For(int64_t end, int64_t step, mlir::Value tensor,
                           llvm::function_ref<mlir::Value(mlir::Value index, mlir::Value tensor)> body) {
  if (end <= step) return body(Index(0), tensor);
  auto loop = mlir::scf::ForOp::create(builder_, loc_, Index(0), Index(end), Index(step), tensor);
  mlir::OpBuilder::InsertionGuard guard(builder_);
  builder_.setInsertionPointToStart(loop.getBody());
  const mlir::Value result = body(loop.getInductionVar(), loop.getRegionIterArg(0));
  mlir::scf::YieldOp::create(builder_, loc_, result);
  return loop.getResult(0);
}

// `number` counts the tiles of the range.
mlir::Value TileLoops::FirstOutput(const TileAxis& axis, const TileRange& range, mlir::Value number) {
  const mlir::AffineExpr first =
      (builder_.getAffineDimExpr(0) + range.first_tile) * axis.outputs + range.first_output;
  if ((range.first_tile + range.tiles) * axis.outputs <= axis.extent) return Apply(first, number);
  const int64_t last = axis.extent - axis.outputs + range.first_output;
  if (range.tiles == 1) return Index(last);
  const auto map =
      mlir::AffineMap::get(1, 0, {first, builder_.getAffineConstantExpr(last)}, builder_.getContext());
  return mlir::affine::AffineMinOp::create(builder_, loc_, map, number);
}

mlir::Value TileLoops::ForEachTile(
    const TileRange& rows, const TileRange& columns, int64_t channels, mlir::Value tensor,
    llvm::function_ref<mlir::Value(const Place& place, mlir::Value tensor)> body) {
  const int64_t tile_rows = rows_.NumTiles();
  const int64_t tile_columns = columns_.NumTiles();
  mlir::AffineExpr i, y, x;
  mlir::bindDims(builder_.getContext(), i, y, x);
  return For(images_, 1, tensor, [&](mlir::Value image, mlir::Value in_image) {
    return For(rows.tiles, 1, in_image, [&](mlir::Value tile_row, mlir::Value in_row) {
      const mlir::Value row = FirstOutput(rows_, rows, tile_row);
      return For(columns.tiles, 1, in_row, [&](mlir::Value tile_column, mlir::Value in_column) {
        const mlir::Value column = FirstOutput(columns_, columns, tile_column);
        const mlir::Value tile =
            Apply((i * tile_rows + y + rows.first_tile) * tile_columns + x + columns.first_tile,
                  {image, tile_row, tile_column});
        return For(channels, lanes_, in_column, [&](mlir::Value channel, mlir::Value innermost) {
          return body({image, row, column, tile, channel}, innermost);
        });
      });
    });
  });
}

}  // namespace diapason::compiler::transform
