// Which tile sizes transform.diapason.tile_root gives a root: for the operation itself and for the symbolic
// trace.
#ifndef DIAPASON_COMPILER_TRANSFORM_TILE_ROOT_H_
#define DIAPASON_COMPILER_TRANSFORM_TILE_ROOT_H_

#include <cstdint>

#include "llvm/ADT/SmallVector.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace diapason::compiler::transform {

// One for each loop, 0 for loops that stay whole. Loops are taken from outside; the first that may not be
// tiled ends it.
llvm::SmallVector<int64_t> RootTileSizes(mlir::linalg::LinalgOp op, int64_t grain);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_TILE_ROOT_H_
