// Finds the loops and the tile sizes that transform.diapason.tile_root gives to a root. The operation
// itself, match_rows, and the symbolic trace (compiler/space) use them.
#ifndef DIAPASON_COMPILER_TRANSFORM_TILE_ROOT_H_
#define DIAPASON_COMPILER_TRANSFORM_TILE_ROOT_H_

#include <cstdint>

#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/SmallVector.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace diapason::compiler::transform {

// Returns the loops of `op` that can be tiled without computing any element of a producer twice.
llvm::SmallBitVector TileableLoops(mlir::linalg::LinalgOp op);

// Returns one size for each loop, and 0 for loops that are not tiled. Loops are tiled from the outermost
// inwards, except those that must not be tiled, until a unit has at most `grain` elements.
llvm::SmallVector<int64_t> RootTileSizes(mlir::linalg::LinalgOp op, int64_t grain);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_TILE_ROOT_H_
