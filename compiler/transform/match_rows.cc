#include <algorithm>
#include <functional>
#include <numeric>

#include "compiler/transform/tile_root.h"
#include "compiler/transform/transform_ops.h"
#include "compiler/transform/vector_code.h"
#include "compiler/transform/vector_loops.h"
#include "llvm/ADT/SetVector.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace diapason::compiler::transform {
namespace {

using mlir::DiagnosedSilenceableFailure;
using mlir::linalg::GenericOp;

int64_t Iterations(GenericOp op) {
  const llvm::SmallVector<int64_t> extents = op.getStaticLoopRanges();
  return std::accumulate(extents.begin(), extents.end(), int64_t{1}, std::multiplies<>());
}

bool IsFunction(mlir::Operation& op) {
  return llvm::isa<mlir::math::MathDialect>(op.getDialect()) &&
         !llvm::isa<mlir::math::AbsFOp, mlir::math::AbsIOp, mlir::math::FmaOp, mlir::math::SqrtOp,
                    mlir::math::FloorOp, mlir::math::CeilOp, mlir::math::CopySignOp, mlir::math::IsNaNOp,
                    mlir::math::IsInfOp>(op);
}

// Returns how many additions take as long as the op's body.
int64_t Cost(GenericOp op) {
  constexpr int64_t kFunction = 16, kDivision = 8;
  int64_t cost = 1;  // the loads and stores
  for (mlir::Operation& inner : op.getBody()->without_terminator()) {
    const bool divides = llvm::isa<mlir::arith::DivFOp, mlir::math::SqrtOp>(inner);
    cost += IsFunction(inner) ? kFunction : divides ? kDivision : 1;
  }
  return cost;
}

// Returns why the op cannot be part of a chain, or an empty string.
llvm::StringRef WhyNotInChain(GenericOp op) {
  if (!op || op.hasDynamicShape() || op.getNumLoops() == 0 || op.hasIndexSemantics() ||
      !VectorCode::CanVectorize(op))
    return "an op is not an elementwise op or a reduction of static shape";
  bool reads_all = op.getNumReductionLoops() == 0;
  for (mlir::OpOperand& operand : op->getOpOperands()) {
    const mlir::AffineMap map = op.getMatchingIndexingMap(&operand);
    if (!map.isProjectedPermutation(/*allowZeroInResults=*/true)) return "an op has a compound index";
    reads_all |= op.isDpsInput(&operand) && map.isPermutation();
  }
  return reads_all ? "" : "an op is a contraction";
}

// Collects `op` and the ops that it reads. Returns why they are not a chain, or an empty string.
llvm::StringRef CollectChain(GenericOp op, llvm::SmallSetVector<mlir::Operation*, 8>& chain) {
  if (llvm::StringRef why = WhyNotInChain(op); !why.empty()) return why;
  if (!chain.insert(op)) return "";
  for (mlir::Value operand : op->getOperands()) {
    mlir::Operation* producer = operand.getDefiningOp();
    if (!producer ||
        llvm::isa<mlir::tensor::EmptyOp, mlir::bufferization::ToTensorOp, mlir::arith::ConstantOp>(producer))
      continue;
    if (llvm::StringRef why = CollectChain(llvm::dyn_cast<GenericOp>(producer), chain); !why.empty())
      return why;
  }
  return "";
}

}  // namespace

DiagnosedSilenceableFailure MatchRowsOp::apply(mlir::transform::TransformRewriter& rewriter,
                                               mlir::transform::TransformResults& results,
                                               mlir::transform::TransformState& state) {
  auto payload = state.getPayloadOps(getTarget());
  auto root = llvm::hasSingleElement(payload) ? llvm::dyn_cast<GenericOp>(*payload.begin()) : GenericOp();
  llvm::SmallSetVector<mlir::Operation*, 8> chain;
  if (llvm::StringRef why = CollectChain(root, chain); !why.empty()) return emitSilenceableError() << why;

  const llvm::SmallVector<int64_t> extents = root.getStaticLoopRanges();
  const llvm::SmallBitVector tileable = TileableLoops(root);
  int64_t rows = 1, last = 1;
  for (unsigned loop = 0; loop < extents.size(); ++loop) {
    if (!tileable[loop]) continue;
    rows *= extents[loop];
    if (extents[loop] > 1) last = extents[loop];
  }
  int64_t most = 0, reduced = 0;
  bool along = false;
  for (mlir::Operation* op : chain) {
    auto generic = llvm::cast<GenericOp>(op);
    most = std::max(most, Iterations(generic));
    if (generic.getNumReductionLoops() == 0 || Iterations(generic) <= reduced) continue;
    reduced = Iterations(generic);
    along = generic.getIteratorTypesArray()[ContiguousLoop(generic)] == mlir::utils::IteratorType::parallel;
  }
  if (reduced == 0) return emitSilenceableError() << "no op is a reduction";
  int64_t passes = 0, cost = 0;
  for (mlir::Operation* op : chain) {
    if (Iterations(llvm::cast<GenericOp>(op)) != most) continue;
    ++passes;
    cost += Cost(llvm::cast<GenericOp>(op));
  }
  const int64_t values[] = {rows, last, Iterations(root) / rows, most / rows, along ? 1 : 0, passes, cost};
  mlir::Builder b(getContext());
  for (auto [result, value] : llvm::zip(getOperation()->getOpResults(), values))
    results.setParams(result, {b.getI64IntegerAttr(value)});
  return DiagnosedSilenceableFailure::success();
}

void MatchRowsOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::producesHandle(getOperation()->getOpResults(), effects);
  mlir::transform::onlyReadsPayload(effects);
}

}  // namespace diapason::compiler::transform
