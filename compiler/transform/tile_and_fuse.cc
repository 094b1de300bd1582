#include "compiler/transform/tile_and_fuse.h"

namespace diapason::compiler::transform {

mlir::FailureOr<mlir::scf::SCFTileAndFuseResult> TileAndFuseIntoForall(mlir::RewriterBase& rewriter,
                                                                       mlir::TilingInterface op,
                                                                       llvm::ArrayRef<int64_t> sizes) {
  mlir::scf::SCFTileAndFuseOptions options;
  options.tilingOptions.setTileSizes(mlir::getAsIndexOpFoldResult(op.getContext(), sizes));
  options.tilingOptions.setLoopType(mlir::scf::SCFTilingOptions::LoopType::ForallOp);
  auto tiled = mlir::scf::tileConsumerAndFuseProducersUsingSCF(rewriter, op, options);
  if (mlir::failed(tiled)) return mlir::failure();
  for (mlir::OpResult result : op->getResults()) {
    if (mlir::Value by = tiled->replacements.lookup(result)) rewriter.replaceAllUsesWith(result, by);
  }
  return tiled;
}

}  // namespace diapason::compiler::transform
