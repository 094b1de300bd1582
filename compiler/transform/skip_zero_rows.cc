#include "compiler/transform/argument_roles.h"
#include "compiler/transform/transform_ops.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace diapason::compiler::transform {
namespace {

using mlir::DiagnosedSilenceableFailure;

// Returns by how many rows an iteration of the loop moves `offset`: 1 if it is the loop's counter, and D if
// it is the counter times D, as in a dilated window. Returns nullopt for other offsets.
std::optional<int64_t> RowsPerIteration(mlir::scf::ForOp loop, mlir::OpFoldResult offset) {
  auto value = llvm::dyn_cast<mlir::Value>(offset);
  if (!value) return std::nullopt;
  if (value == loop.getInductionVar()) return 1;
  auto apply = value.getDefiningOp<mlir::affine::AffineApplyOp>();
  if (!apply || apply.getMapOperands().size() != 1 || apply.getMapOperands()[0] != loop.getInductionVar())
    return std::nullopt;
  auto times = llvm::dyn_cast<mlir::AffineBinaryOpExpr>(apply.getAffineMap().getResult(0));
  if (!times || times.getKind() != mlir::AffineExprKind::Mul ||
      !llvm::isa<mlir::AffineDimExpr>(times.getLHS()))
    return std::nullopt;
  auto factor = llvm::dyn_cast<mlir::AffineConstantExpr>(times.getRHS());
  if (!factor || factor.getValue() < 1) return std::nullopt;
  return factor.getValue();
}

// The loop moves `slice` along `axis` by `step` rows an iteration. Clamps the loop's bounds to iterations in
// which not all rows of the slice are known to be zero. Returns false if nothing is known about them.
bool ClampBySlice(mlir::scf::ForOp loop, mlir::tensor::ExtractSliceOp slice, unsigned axis, int64_t step) {
  const std::optional<SliceStart> start = FindSliceStart(slice.getSource(), axis);
  if (!start || start->step != 1) return false;
  const std::optional<NonZeroRange> range = FindNonZeroRange(start->argument, start->axis);
  if (!range) return false;
  mlir::OpBuilder b(loop);
  const mlir::Location loc = loop.getLoc();
  mlir::AffineExpr row = b.getAffineConstantExpr(start->fixed);
  for (unsigned i = 0; i < start->dynamic.size(); ++i) row = row + b.getAffineDimExpr(i);
  const unsigned num_dims = static_cast<unsigned>(start->dynamic.size()) + 1;
  auto bound = [&](mlir::AffineExpr limit, mlir::Value old) {
    llvm::SmallVector<mlir::Value> operands(start->dynamic);
    operands.push_back(old);
    auto map = mlir::AffineMap::get(num_dims, 0, {limit, b.getAffineDimExpr(num_dims - 1)}, b.getContext());
    return std::make_pair(map, operands);
  };
  // Iteration k has the rows from row + k * step to row + k * step + height - 1.
  const int64_t height = slice.getStaticSizes()[axis];
  const mlir::AffineExpr first = b.getAffineConstantExpr(range->low) - row - (height - 1),
                         end = b.getAffineConstantExpr(range->high) - row;
  auto [low_map, low] = bound(first.ceilDiv(step), loop.getLowerBound());
  auto [high_map, high] = bound(end.ceilDiv(step), loop.getUpperBound());
  loop.setLowerBound(mlir::affine::AffineMaxOp::create(b, loc, low_map, low));
  loop.setUpperBound(mlir::affine::AffineMinOp::create(b, loc, high_map, high));
  return true;
}

void ClampLoop(mlir::scf::ForOp loop) {
  loop.walk([&](mlir::tensor::ExtractSliceOp slice) {
    for (auto [axis, offset] : llvm::enumerate(slice.getMixedOffsets())) {
      const std::optional<int64_t> step = RowsPerIteration(loop, offset);
      if (step && !mlir::ShapedType::isDynamic(slice.getStaticSizes()[axis]) &&
          ClampBySlice(loop, slice, static_cast<unsigned>(axis), *step))
        return mlir::WalkResult::interrupt();
    }
    return mlir::WalkResult::advance();
  });
}

}  // namespace

DiagnosedSilenceableFailure SkipZeroRowsOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                  mlir::transform::TransformResults& results,
                                                  mlir::transform::TransformState& state) {
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    auto loop = llvm::dyn_cast<mlir::scf::ForOp>(target);
    if (!loop) return emitSilenceableError() << "the target is not an scf.for";
    ClampLoop(loop);
  }
  return DiagnosedSilenceableFailure::success();
}

void SkipZeroRowsOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler::transform
