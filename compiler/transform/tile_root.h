// Computes the tile sizes that transform.diapason.tile_root gives to a root. The operation itself and the
// symbolic trace (compiler/space) use it.
#ifndef DIAPASON_COMPILER_TRANSFORM_TILE_ROOT_H_
#define DIAPASON_COMPILER_TRANSFORM_TILE_ROOT_H_

#include <cstdint>

#include "llvm/ADT/SmallVector.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace diapason::compiler::transform {

// Returns one size for each loop, and 0 for loops that are not tiled. Loops are tiled from the outermost
// inwards, up to the first that must not be tiled, until a unit has at most `grain` elements.
llvm::SmallVector<int64_t> RootTileSizes(mlir::linalg::LinalgOp op, int64_t grain);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_TILE_ROOT_H_
