#include "compiler/transform/transform_ops.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace diapason::compiler::transform {
namespace {

using mlir::DiagnosedSilenceableFailure;

// Returns the buffer that a memref value is, or is a view of.
mlir::Value Buffer(mlir::Value value) {
  while (auto view = value.getDefiningOp<mlir::ViewLikeOpInterface>()) value = view.getViewSource();
  return value;
}

bool IsElement(mlir::memref::LoadOp load, mlir::memref::StoreOp store) {
  return load && load.getMemRef() == store.getMemRef() && load.getIndices() == store.getIndices();
}

bool SameInAllIterations(mlir::scf::ForOp loop, mlir::Value memref, mlir::ValueRange indices) {
  return loop.isDefinedOutsideOfLoop(memref) &&
         llvm::all_of(indices, [&](mlir::Value index) { return loop.isDefinedOutsideOfLoop(index); });
}

// Moves a load of an element out of the loop if the loop only reads its buffer. Returns whether it moved one.
bool HoistOneLoad(mlir::RewriterBase& rewriter, mlir::scf::ForOp loop) {
  const auto trips = loop.getStaticTripCount();
  if (!trips || trips->isZero()) return false;
  for (auto load : loop.getBody()->getOps<mlir::memref::LoadOp>()) {
    if (!SameInAllIterations(loop, load.getMemRef(), load.getIndices())) continue;
    const mlir::Value buffer = Buffer(load.getMemRef());
    const mlir::WalkResult writers = loop.walk([&](mlir::Operation* op) {
      const bool reads = llvm::isa<mlir::memref::LoadOp, mlir::ViewLikeOpInterface>(op);
      const bool touches = llvm::any_of(op->getOperands(), [&](mlir::Value operand) {
        return llvm::isa<mlir::MemRefType>(operand.getType()) && Buffer(operand) == buffer;
      });
      return touches && !reads ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
    });
    if (writers.wasInterrupted()) continue;
    rewriter.moveOpBefore(load, loop);
    return true;
  }
  return false;
}

// Returns the only load of the element that `store` writes, or null. The element must be the same in all of
// the loop's iterations, and nothing else in the loop may access its buffer.
mlir::memref::LoadOp FindAccumulator(mlir::scf::ForOp loop, mlir::memref::StoreOp store) {
  if (!SameInAllIterations(loop, store.getMemRef(), store.getIndices())) return {};
  const mlir::Value buffer = Buffer(store.getMemRef());
  mlir::memref::LoadOp found;
  const mlir::WalkResult others = loop.walk([&](mlir::Operation* op) {
    for (mlir::Value operand : op->getOperands()) {
      if (op == store || !llvm::isa<mlir::MemRefType>(operand.getType()) || Buffer(operand) != buffer)
        continue;
      auto load = llvm::dyn_cast<mlir::memref::LoadOp>(op);
      const bool is_it = !found && op->getBlock() == store->getBlock() && IsElement(load, store) &&
                         op->isBeforeInBlock(store);
      if (!is_it) return mlir::WalkResult::interrupt();
      found = load;
    }
    return mlir::WalkResult::advance();
  });
  return others.wasInterrupted() ? mlir::memref::LoadOp() : found;
}

// Replaces the loop by one that carries an accumulator. Returns whether it did.
bool PromoteOne(mlir::RewriterBase& rewriter, mlir::scf::ForOp loop) {
  for (auto store : loop.getBody()->getOps<mlir::memref::StoreOp>()) {
    mlir::memref::LoadOp load = FindAccumulator(loop, store);
    if (!load) continue;
    const mlir::Location loc = store.getLoc();
    rewriter.setInsertionPoint(loop);
    mlir::Value start = mlir::memref::LoadOp::create(rewriter, loc, store.getMemRef(), store.getIndices());
    const mlir::Value next = store.getValue();
    auto replaced = loop.replaceWithAdditionalYields(
        rewriter, start, /*replaceInitOperandUsesInLoop=*/false,
        [&](mlir::OpBuilder&, mlir::Location, llvm::ArrayRef<mlir::BlockArgument>) {
          return llvm::SmallVector<mlir::Value>{next};
        });
    if (mlir::failed(replaced)) return false;
    auto new_loop = llvm::cast<mlir::scf::ForOp>(replaced->getOperation());
    rewriter.replaceOp(load, new_loop.getRegionIterArgs().back());
    rewriter.setInsertionPointAfter(new_loop);
    mlir::memref::StoreOp::create(rewriter, loc, new_loop.getResults().back(), store.getMemRef(),
                                  store.getIndices());
    rewriter.eraseOp(store);
    return true;
  }
  return false;
}

}  // namespace

DiagnosedSilenceableFailure PromoteAccumulatorsOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                         mlir::transform::TransformResults& results,
                                                         mlir::transform::TransformState& state) {
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    bool changed = true;
    while (changed) {
      changed = target
                    ->walk<mlir::WalkOrder::PostOrder>([&](mlir::scf::ForOp loop) {
                      const bool done = HoistOneLoad(rewriter, loop) || PromoteOne(rewriter, loop);
                      return done ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
                    })
                    .wasInterrupted();
    }
  }
  return DiagnosedSilenceableFailure::success();
}

void PromoteAccumulatorsOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
