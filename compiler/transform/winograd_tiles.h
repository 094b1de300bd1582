// Emits loops over the tiles of Winograd's algorithm, on tensors. Private to compiler/transform.
#ifndef DIAPASON_COMPILER_TRANSFORM_WINOGRAD_TILES_H_
#define DIAPASON_COMPILER_TRANSFORM_WINOGRAD_TILES_H_

#include <cstdint>

#include "compiler/transform/tensor_loops.h"
#include "compiler/transform/winograd_matrices.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "mlir/IR/BuiltinAttributeInterfaces.h"

namespace diapason::compiler::transform {

// Some tiles that follow one another, and those of their outputs along one axis that are meant.
struct TileRange {
  int64_t first_tile;
  int64_t tiles;
  int64_t first_output;  // within a tile
  int64_t outputs;
};

// How the rows or the columns of a convolution's result are divided into tiles. The last tile is moved back
// so that it ends at the end of the image. Its first outputs are then those of the tile before, but every
// tile is complete.
struct TileAxis {
  TileAxis(int64_t extent, int64_t taps, int64_t outputs);

  int64_t Points() const { return outputs + taps - 1; }
  int64_t NumTiles() const { return (extent + outputs - 1) / outputs; }

  TileRange AllTiles() const { return {0, NumTiles(), 0, outputs}; }
  // Returns ranges that have each output of the image once: all outputs of the tiles that are not moved
  // back, and the last outputs of the one that is.
  llvm::SmallVector<TileRange> EachOutputOnce() const;

  int64_t extent;   // the outputs of the image along this axis
  int64_t taps;     // the taps of the filter; an axis with one tap has tiles of one output
  int64_t outputs;  // the outputs of a tile
  WinogradMatrices matrices;
};

// Emits loops at the place of `builder`. `builder` and `function` are borrowed and must outlive this.
class TileLoops : public TensorLoops {
 public:
  // The arguments of a loop's body, in addition to the tensor that all loops carry.
  struct Place {
    mlir::Value image;
    mlir::Value row;  // the first output of the range in this tile
    mlir::Value column;
    mlir::Value tile;     // the number of the tile, counted over all images
    mlir::Value channel;  // the first channel of a vector
  };

  // The code computes `lanes` channels at a time. Constants are inserted at the beginning of `function`.
  TileLoops(mlir::OpBuilder& builder, mlir::Location loc, mlir::Block& function, int64_t images,
            TileAxis rows, TileAxis columns, int64_t lanes);

  const TileAxis& rows() const { return rows_; }
  const TileAxis& columns() const { return columns_; }
  int64_t NumPoints() const { return rows_.Points() * columns_.Points(); }
  int64_t NumTiles() const { return images_ * rows_.NumTiles() * columns_.NumTiles(); }

  // Returns matrix * values along an axis of `values`, which is not the last one.
  mlir::Value Multiply(const Matrix& matrix, mlir::Value values, unsigned axis);
  // Returns rows * values * columns^T for each lane. `values` is a vector of rows x columns x lanes.
  mlir::Value MultiplyBothSides(const Matrix& rows, const Matrix& columns, mlir::Value values);
  // Returns one row of a vector of rows x columns x lanes.
  mlir::Value Row(mlir::Value vector, int64_t row);

  // Emits loops over images, the tiles of two ranges, and vectors of channels.
  mlir::Value ForEachTile(const TileRange& rows, const TileRange& columns, int64_t channels,
                          mlir::Value tensor,
                          llvm::function_ref<mlir::Value(const Place& place, mlir::Value tensor)> body);

 private:
  mlir::Value FirstOutput(const TileAxis& axis, const TileRange& range, mlir::Value number);
  mlir::Value Constant(mlir::TypedAttr value);

  mlir::Block& function_;
  int64_t images_;
  TileAxis rows_;
  TileAxis columns_;
  int64_t lanes_;
};

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_WINOGRAD_TILES_H_
