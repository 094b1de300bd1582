// Tiles an operation into a parallel loop, together with its producers.
#ifndef DIAPASON_COMPILER_TRANSFORM_TILE_AND_FUSE_H_
#define DIAPASON_COMPILER_TRANSFORM_TILE_AND_FUSE_H_

#include <cstdint>

#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"

namespace diapason::compiler::transform {

// Tiles `op` by these sizes, where 0 leaves a loop as it is, into one scf.forall, and fuses its
// producers into it. Users of the results read those of the loop. Fails if the operation cannot be
// tiled.
mlir::FailureOr<mlir::scf::SCFTileAndFuseResult> TileAndFuseIntoForall(mlir::RewriterBase& rewriter,
                                                                       mlir::TilingInterface op,
                                                                       llvm::ArrayRef<int64_t> sizes);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_TILE_AND_FUSE_H_
