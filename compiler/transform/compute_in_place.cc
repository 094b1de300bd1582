#include "compiler/transform/transform_ops.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"

namespace diapason::compiler::transform {
namespace {

using mlir::DiagnosedSilenceableFailure;
using mlir::linalg::GenericOp;

// Returns the operand by which `reader` reads a value that could be computed in its destination, or null.
mlir::OpOperand* FindInput(GenericOp reader) {
  if (reader.getNumReductionLoops() > 0 || reader->getNumResults() != 1) return nullptr;
  mlir::OpOperand* destination = reader.getDpsInitOperand(0);
  if (reader.payloadUsesValueFromOperand(destination)) return nullptr;
  for (mlir::OpOperand* input : reader.getDpsInputOperands()) {
    auto producer = input->get().getDefiningOp<GenericOp>();
    if (!producer || !input->get().hasOneUse() || producer->getBlock() != reader->getBlock() ||
        input->get().getType() != destination->get().getType() ||
        reader.getMatchingIndexingMap(input) != reader.getMatchingIndexingMap(destination))
      continue;
    const auto result = llvm::cast<mlir::OpResult>(input->get()).getResultNumber();
    if (producer.getDpsInitOperand(result)->get().getDefiningOp<mlir::tensor::EmptyOp>()) return input;
  }
  return nullptr;
}

// Moves the operation that defines `value` before `op`, if it depends only on values that are defined there.
bool MoveBefore(mlir::RewriterBase& rewriter, mlir::Value value, mlir::Operation* op) {
  mlir::Operation* definition = value.getDefiningOp();
  if (!definition || definition->getBlock() != op->getBlock() || definition->isBeforeInBlock(op)) return true;
  mlir::DominanceInfo dominance;
  const auto is_known = [&](mlir::Value operand) { return dominance.properlyDominates(operand, op); };
  if (!mlir::isMemoryEffectFree(definition) || !llvm::all_of(definition->getOperands(), is_known))
    return false;
  rewriter.moveOpBefore(definition, op);
  return true;
}

}  // namespace

DiagnosedSilenceableFailure ComputeInPlaceOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                    mlir::transform::TransformResults& results,
                                                    mlir::transform::TransformState& state) {
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    target->walk([&](GenericOp reader) {
      mlir::OpOperand* input = FindInput(reader);
      if (!input) return;
      const auto value = llvm::cast<mlir::OpResult>(input->get());
      auto producer = llvm::cast<GenericOp>(value.getOwner());
      mlir::OpOperand* destination = reader.getDpsInitOperand(0);
      if (!MoveBefore(rewriter, destination->get(), producer)) return;
      rewriter.modifyOpInPlace(
          producer, [&] { producer.getDpsInitOperand(value.getResultNumber())->set(destination->get()); });
      rewriter.modifyOpInPlace(reader, [&] { destination->set(value); });
    });
  }
  return DiagnosedSilenceableFailure::success();
}

void ComputeInPlaceOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
