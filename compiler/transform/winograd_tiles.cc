#include "compiler/transform/winograd_tiles.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace diapason::compiler::transform {
namespace {

mlir::AffineMap MinorIdentity(mlir::ValueRange indices, mlir::MLIRContext* context) {
  return mlir::AffineMap::getMinorIdentityMap(static_cast<unsigned>(indices.size()), 1, context);
}

}  // namespace

TileAxis::TileAxis(int64_t extent, int64_t taps, int64_t outputs)
    : extent(extent),
      taps(taps),
      outputs(taps == 1 ? 1 : std::min(outputs, extent)),
      matrices(MakeWinogradMatrices(this->outputs, taps)) {}

TileLoops::TileLoops(mlir::OpBuilder& builder, mlir::Location loc, mlir::Block& function, int64_t images,
                     TileAxis rows, TileAxis columns, int64_t lanes)
    : builder_(builder),
      loc_(loc),
      function_(function),
      images_(images),
      rows_(std::move(rows)),
      columns_(std::move(columns)),
      lanes_(lanes),
      vector_(mlir::VectorType::get({lanes}, builder.getF32Type())) {
  mlir::OpBuilder entry = mlir::OpBuilder::atBlockBegin(&function);
  padding_ = mlir::arith::ConstantOp::create(entry, loc, entry.getF32FloatAttr(0));
}

mlir::Value TileLoops::Index(int64_t value) {
  return mlir::arith::ConstantIndexOp::create(builder_, loc_, value);
}

mlir::Value TileLoops::Apply(mlir::AffineExpr expr, mlir::ValueRange dims) {
  const auto map = mlir::AffineMap::get(static_cast<unsigned>(dims.size()), 0, expr);
  return mlir::affine::makeComposedAffineApply(builder_, loc_, map, mlir::getAsOpFoldResult(dims));
}

mlir::Value TileLoops::Shift(mlir::Value index, int64_t by) {
  return by == 0 ? index : Apply(builder_.getAffineDimExpr(0) + by, index);
}

mlir::Value TileLoops::Read(mlir::Value tensor, mlir::ValueRange indices) {
  const bool in_bounds[] = {true};
  return mlir::vector::TransferReadOp::create(
      builder_, loc_, vector_, tensor, indices, std::optional<mlir::Value>(padding_),
      MinorIdentity(indices, builder_.getContext()), llvm::ArrayRef(in_bounds));
}

mlir::Value TileLoops::Broadcast(mlir::Value number) {
  return mlir::vector::BroadcastOp::create(builder_, loc_, vector_, number);
}

mlir::Value TileLoops::Write(mlir::Value vector, mlir::Value tensor, mlir::ValueRange indices) {
  const bool in_bounds[] = {true};
  return mlir::vector::TransferWriteOp::create(builder_, loc_, vector, tensor, indices,
                                               MinorIdentity(indices, builder_.getContext()),
                                               llvm::ArrayRef(in_bounds))
      .getResult();
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

mlir::Value TileLoops::FirstOutput(const TileAxis& axis, mlir::Value tile) {
  const mlir::AffineExpr first = builder_.getAffineDimExpr(0) * axis.outputs;
  if (axis.extent % axis.outputs == 0) return Apply(first, tile);
  const mlir::AffineExpr last = builder_.getAffineConstantExpr(axis.extent - axis.outputs);
  const auto map = mlir::AffineMap::get(1, 0, {first, last}, builder_.getContext());
  return mlir::affine::AffineMinOp::create(builder_, loc_, map, tile);
}

mlir::Value TileLoops::ForEachTile(
    int64_t channels, mlir::Value tensor,
    llvm::function_ref<mlir::Value(const Place& place, mlir::Value tensor)> body) {
  const int64_t tile_rows = rows_.NumTiles();
  const int64_t tile_columns = columns_.NumTiles();
  mlir::AffineExpr i, y, x;
  mlir::bindDims(builder_.getContext(), i, y, x);
  return For(images_, 1, tensor, [&](mlir::Value image, mlir::Value in_image) {
    return For(tile_rows, 1, in_image, [&](mlir::Value tile_row, mlir::Value in_row) {
      const mlir::Value row = FirstOutput(rows_, tile_row);
      return For(tile_columns, 1, in_row, [&](mlir::Value tile_column, mlir::Value in_column) {
        const mlir::Value column = FirstOutput(columns_, tile_column);
        const mlir::Value tile =
            Apply((i * tile_rows + y) * tile_columns + x, {image, tile_row, tile_column});
        return For(channels, lanes_, in_column, [&](mlir::Value channel, mlir::Value innermost) {
          return body({image, row, column, tile, channel}, innermost);
        });
      });
    });
  });
}

}  // namespace diapason::compiler::transform
