#include "compiler/transform/argument_roles.h"
#include "compiler/transform/transform_ops.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace diapason::compiler::transform {
namespace {

using mlir::DiagnosedSilenceableFailure;

// The loop moves `slice` along `axis`. Clamps the loop's bounds to iterations in which not all rows of the
// slice are known to be zero. Returns false if nothing is known about them.
bool ClampBySlice(mlir::scf::ForOp loop, mlir::tensor::ExtractSliceOp slice, unsigned axis) {
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
  // Iteration k has the rows from row + k to row + k + height - 1.
  const int64_t height = slice.getStaticSizes()[axis];
  auto [low_map, low] = bound(b.getAffineConstantExpr(range->low) - row - (height - 1), loop.getLowerBound());
  auto [high_map, high] = bound(b.getAffineConstantExpr(range->high) - row, loop.getUpperBound());
  loop.setLowerBound(mlir::affine::AffineMaxOp::create(b, loc, low_map, low));
  loop.setUpperBound(mlir::affine::AffineMinOp::create(b, loc, high_map, high));
  return true;
}

void ClampLoop(mlir::scf::ForOp loop) {
  loop.walk([&](mlir::tensor::ExtractSliceOp slice) {
    for (auto [axis, offset] : llvm::enumerate(slice.getMixedOffsets())) {
      if (llvm::dyn_cast<mlir::Value>(offset) != loop.getInductionVar()) continue;
      if (!mlir::ShapedType::isDynamic(slice.getStaticSizes()[axis]) &&
          ClampBySlice(loop, slice, static_cast<unsigned>(axis)))
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
