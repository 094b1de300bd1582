#include "compiler/transform/winograd_tiles.h"

#include <algorithm>
#include <utility>

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

namespace diapason::compiler::transform {

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
    : TensorLoops(builder, loc),
      function_(function),
      images_(images),
      rows_(std::move(rows)),
      columns_(std::move(columns)),
      lanes_(lanes) {}

mlir::Value TileLoops::Constant(mlir::TypedAttr value) {
  mlir::OpBuilder entry = mlir::OpBuilder::atBlockBegin(&function_);
  return mlir::arith::ConstantOp::create(entry, loc(), value);
}

mlir::Value TileLoops::Multiply(const Matrix& matrix, mlir::Value values, unsigned axis) {
  const auto type = llvm::cast<mlir::VectorType>(values.getType());
  const auto num_rows = static_cast<int64_t>(matrix.size());
  const auto matrix_type = mlir::VectorType::get({num_rows, type.getDimSize(axis)}, type.getElementType());
  llvm::SmallVector<mlir::Attribute> elements;
  for (const auto& row : matrix) {
    for (double element : row) elements.push_back(builder().getFloatAttr(type.getElementType(), element));
  }
  const mlir::Value constant = Constant(mlir::DenseElementsAttr::get(matrix_type, elements));
  llvm::SmallVector<int64_t> shape(type.getShape());
  shape[axis] = num_rows;
  const mlir::Value zero =
      Constant(builder().getZeroAttr(mlir::VectorType::get(shape, type.getElementType())));
  // The loops are those of the result, and the one over the columns of the matrix.
  const size_t rank = shape.size();
  llvm::SmallVector<mlir::AffineExpr, 4> loops(rank + 1);
  mlir::bindDimsList(builder().getContext(), llvm::MutableArrayRef(loops));
  llvm::SmallVector<mlir::AffineExpr> from(loops.begin(), loops.end() - 1), to(from);
  from[axis] = loops.back();
  const llvm::SmallVector<mlir::AffineExpr> by = {loops[axis], loops.back()};
  using mlir::vector::IteratorType;
  llvm::SmallVector<mlir::Attribute> kinds(
      rank, mlir::vector::IteratorTypeAttr::get(builder().getContext(), IteratorType::parallel));
  kinds.push_back(mlir::vector::IteratorTypeAttr::get(builder().getContext(), IteratorType::reduction));
  const auto maps = mlir::AffineMap::inferFromExprList({by, from, to}, builder().getContext());
  return mlir::vector::ContractionOp::create(builder(), loc(), constant, values, zero,
                                             builder().getAffineMapArrayAttr(maps),
                                             builder().getArrayAttr(kinds));
}

mlir::Value TileLoops::MultiplyBothSides(const Matrix& rows, const Matrix& columns, mlir::Value values) {
  return Multiply(columns, Multiply(rows, values, 0), 1);
}

mlir::Value TileLoops::Row(mlir::Value vector, int64_t row) {
  return mlir::vector::ExtractOp::create(builder(), loc(), vector, row);
}

// `number` counts the tiles of the range.
mlir::Value TileLoops::FirstOutput(const TileAxis& axis, const TileRange& range, mlir::Value number) {
  const mlir::AffineExpr first =
      (builder().getAffineDimExpr(0) + range.first_tile) * axis.outputs + range.first_output;
  if ((range.first_tile + range.tiles) * axis.outputs <= axis.extent) return Apply(first, number);
  const int64_t last = axis.extent - axis.outputs + range.first_output;
  if (range.tiles == 1) return Index(last);
  const auto map =
      mlir::AffineMap::get(1, 0, {first, builder().getAffineConstantExpr(last)}, builder().getContext());
  return mlir::affine::AffineMinOp::create(builder(), loc(), map, number);
}

mlir::Value TileLoops::ForEachTile(
    const TileRange& rows, const TileRange& columns, int64_t channels, mlir::Value tensor,
    llvm::function_ref<mlir::Value(const Place& place, mlir::Value tensor)> body) {
  const int64_t tile_rows = rows_.NumTiles();
  const int64_t tile_columns = columns_.NumTiles();
  mlir::AffineExpr i, y, x;
  mlir::bindDims(builder().getContext(), i, y, x);
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
