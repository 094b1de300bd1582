#include "compiler/transform/tile_root.h"

#include "compiler/transform/step_parameters.h"
#include "compiler/transform/tile_and_fuse.h"
#include "compiler/transform/transform_ops.h"
#include "llvm/ADT/SmallBitVector.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"

namespace diapason::compiler::transform {
namespace {

using mlir::DiagnosedSilenceableFailure;
using mlir::linalg::LinalgOp;

// The result of TileableLoops for each operation, because several operations may read one producer.
using KnownLoops = llvm::DenseMap<mlir::Operation*, llvm::SmallBitVector>;

// The loops are the parallel ones that index every tensor which another linalg op produces, and which are
// also tileable there.
llvm::SmallBitVector FindTileableLoops(LinalgOp op, KnownLoops& known) {
  if (auto found = known.find(op); found != known.end()) return found->second;
  llvm::SmallBitVector loops(op.getNumLoops());
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    loops[loop] = kind == mlir::utils::IteratorType::parallel;
  for (mlir::OpOperand& operand : op->getOpOperands()) {
    auto producer = operand.get().getDefiningOp<LinalgOp>();
    if (!producer) continue;
    const llvm::SmallBitVector inner = FindTileableLoops(producer, known);
    const mlir::AffineMap read = op.getMatchingIndexingMap(&operand);
    const mlir::AffineMap written =
        producer.getIndexingMapMatchingResult(llvm::cast<mlir::OpResult>(operand.get()));
    llvm::SmallBitVector good(op.getNumLoops());
    for (auto [here, there] : llvm::zip(read.getResults(), written.getResults())) {
      auto loop = llvm::dyn_cast<mlir::AffineDimExpr>(here);
      auto source = llvm::dyn_cast<mlir::AffineDimExpr>(there);
      if (loop && source && inner[source.getPosition()]) good.set(loop.getPosition());
    }
    loops &= good;
  }
  known[op] = loops;
  return loops;
}

int64_t LargestDivisor(int64_t n, int64_t at_most) {
  for (int64_t d = std::min(n, at_most); d > 1; --d) {
    if (n % d == 0) return d;
  }
  return 1;
}

}  // namespace

llvm::SmallBitVector TileableLoops(LinalgOp op) {
  KnownLoops known;
  return FindTileableLoops(op, known);
}

llvm::SmallVector<int64_t> RootTileSizes(LinalgOp op, int64_t grain) {
  const llvm::SmallVector<int64_t> extents = op.getStaticLoopRanges();
  const llvm::SmallBitVector tileable = TileableLoops(op);
  int64_t unit = 1;
  for (int64_t extent : extents) unit *= extent;
  llvm::SmallVector<int64_t> sizes(extents.size(), 0);
  for (unsigned loop = 0; loop < sizes.size() && unit > grain; ++loop) {
    if (extents[loop] == 1 || !tileable[loop]) continue;
    unit /= extents[loop];
    sizes[loop] = LargestDivisor(extents[loop], std::max<int64_t>(1, grain / unit));
    unit *= sizes[loop];
  }
  return sizes;
}

DiagnosedSilenceableFailure TileRootOp::apply(mlir::transform::TransformRewriter& rewriter,
                                              mlir::transform::TransformResults& results,
                                              mlir::transform::TransformState& state) {
  const std::optional<int64_t> grain = IntegerOf(state, getGrain());
  if (!grain) return emitSilenceableError() << "the grain must be one integer";
  llvm::SmallVector<mlir::Operation*> loops;
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    auto op = llvm::dyn_cast<LinalgOp>(target);
    if (!op || op.hasDynamicShape())
      return emitSilenceableError() << "the target is not a linalg op with a static shape";
    const llvm::SmallVector<int64_t> sizes = RootTileSizes(op, *grain);
    if (llvm::all_of(sizes, [](int64_t size) { return size == 0; })) continue;
    auto tiled = TileAndFuseIntoForall(rewriter, llvm::cast<mlir::TilingInterface>(target), sizes);
    if (mlir::failed(tiled)) return emitSilenceableError() << "the target cannot be tiled";
    for (mlir::LoopLikeOpInterface loop : tiled->loops) {
      // A producer with several readers has been fused once for each of them.
      mlir::DominanceInfo dominance(loop);
      mlir::eliminateCommonSubExpressions(rewriter, dominance, loop);
      loops.push_back(loop);
    }
  }
  results.set(llvm::cast<mlir::OpResult>(getLoops()), loops);
  return DiagnosedSilenceableFailure::success();
}

void TileRootOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::consumesHandle(getTargetMutable(), effects);
  mlir::transform::onlyReadsHandle(getGrainMutable(), effects);
  mlir::transform::producesHandle(getOperation()->getOpResults(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
