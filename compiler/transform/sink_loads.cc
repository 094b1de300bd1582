// transform.diapason.sink_loads moves loads down to their first use. The stock pattern
// x86vector.sink_vector_producer_ops does this too, but the order that it gives to loads with the same user
// differs from run to run, and it moves loads over writes.
#include <algorithm>

#include "compiler/transform/transform_ops.h"
#include "llvm/ADT/DenseMap.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace diapason::compiler::transform {
namespace {

// Sinks the loads of one block. Loads that go to the same place keep their order.
void SinkLoads(mlir::Block& block, mlir::RewriterBase& rewriter) {
  llvm::DenseMap<mlir::Operation*, size_t> places;
  llvm::SmallVector<mlir::Operation*> ops, loads;
  llvm::SmallVector<size_t> writes;
  for (mlir::Operation& op : block) {
    places[&op] = ops.size();
    if (llvm::isa<mlir::vector::TransferReadOp, mlir::vector::LoadOp>(op)) {
      loads.push_back(&op);
    } else if (!mlir::isMemoryEffectFree(&op) && !mlir::hasSingleEffect<mlir::MemoryEffects::Read>(&op)) {
      writes.push_back(ops.size());
    }
    ops.push_back(&op);
  }
  for (mlir::Operation* load : loads) {
    const size_t place = places[load];
    const auto write = std::upper_bound(writes.begin(), writes.end(), place);
    size_t end = write == writes.end() ? ops.size() - 1 : *write;  // a block's last operation ends it
    for (mlir::Operation* user : load->getUsers())
      end = std::min(end, places[block.findAncestorOpInBlock(*user)]);
    if (end > place + 1) rewriter.moveOpBefore(load, ops[end]);
  }
}

}  // namespace

mlir::DiagnosedSilenceableFailure SinkLoadsOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                     mlir::transform::TransformResults& results,
                                                     mlir::transform::TransformState& state) {
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    target->walk([&](mlir::Block* block) { SinkLoads(*block, rewriter); });
  }
  return mlir::DiagnosedSilenceableFailure::success();
}

void SinkLoadsOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
