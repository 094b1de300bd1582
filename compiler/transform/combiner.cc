#include "compiler/transform/combiner.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

namespace diapason::compiler::transform {
namespace {

// Returns whether the ops are a comparison of both operands and a selection of one of them.
bool SelectsAnOperand(const Combiner& combiner) {
  if (combiner.ops.size() != 2 || !llvm::isa<mlir::arith::CmpFOp, mlir::arith::CmpIOp>(combiner.ops[0]))
    return false;
  auto select = llvm::dyn_cast<mlir::arith::SelectOp>(combiner.ops[1]);
  const mlir::Value a = combiner.accumulator, c = combiner.contribution;
  return select && select.getCondition() == combiner.ops[0]->getResult(0) &&
         ((select.getTrueValue() == a && select.getFalseValue() == c) ||
          (select.getTrueValue() == c && select.getFalseValue() == a));
}

}  // namespace

std::optional<Combiner> FindCombiner(mlir::linalg::GenericOp op, unsigned result) {
  mlir::Block* body = op.getBody();
  Combiner combiner;
  combiner.accumulator = body->getArgument(static_cast<unsigned>(op.getNumDpsInputs()) + result);
  llvm::SmallPtrSet<void*, 8> dependent{combiner.accumulator.getAsOpaquePointer()};
  for (mlir::Operation& inner : body->without_terminator()) {
    const auto depends = [&](mlir::Value value) { return dependent.contains(value.getAsOpaquePointer()); };
    if (llvm::none_of(inner.getOperands(), depends)) continue;
    if (inner.getNumResults() != 1) return std::nullopt;
    for (mlir::Value operand : inner.getOperands()) {
      if (depends(operand)) continue;
      if (combiner.contribution && combiner.contribution != operand) return std::nullopt;
      combiner.contribution = operand;
    }
    dependent.insert(inner.getResult(0).getAsOpaquePointer());
    combiner.ops.push_back(&inner);
  }
  if (combiner.ops.empty() || !combiner.contribution) return std::nullopt;
  combiner.result = combiner.ops.back()->getResult(0);
  for (mlir::OpOperand& yielded : body->getTerminator()->getOpOperands()) {
    const bool is_it = yielded.getOperandNumber() == result;
    if (is_it ? yielded.get() != combiner.result : dependent.contains(yielded.get().getAsOpaquePointer()))
      return std::nullopt;
  }
  if (SelectsAnOperand(combiner)) return combiner;
  if (combiner.ops.size() != 1) return std::nullopt;
  const std::optional<mlir::TypedAttr> neutral = mlir::arith::getNeutralElement(combiner.ops[0]);
  if (!neutral) return std::nullopt;
  combiner.neutral = *neutral;
  return combiner;
}

}  // namespace diapason::compiler::transform
