#include "compiler/transform/transform_ops.h"
#include "mlir/Dialect/Affine/ViewLikeInterfaceUtils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/IR/PatternMatch.h"

namespace diapason::compiler::transform {
namespace {

// Returns loop and stride if `index` is `d * S` with S > 1.
std::optional<std::pair<unsigned, int64_t>> StridedIndex(mlir::AffineExpr index) {
  auto product = llvm::dyn_cast<mlir::AffineBinaryOpExpr>(index);
  if (!product || product.getKind() != mlir::AffineExprKind::Mul) return std::nullopt;
  auto loop = llvm::dyn_cast<mlir::AffineDimExpr>(product.getLHS());
  auto stride = llvm::dyn_cast<mlir::AffineConstantExpr>(product.getRHS());
  if (!loop || !stride || stride.getValue() <= 1) return std::nullopt;
  return std::make_pair(loop.getPosition(), stride.getValue());
}

// Turns a strided convolution into a contraction, after its window has been tiled to one position.
class StridedAccessToSlice : public mlir::OpRewritePattern<mlir::linalg::GenericOp> {
 public:
  using OpRewritePattern::OpRewritePattern;

  mlir::LogicalResult matchAndRewrite(mlir::linalg::GenericOp op,
                                      mlir::PatternRewriter& rewriter) const override {
    if (!op.hasPureTensorSemantics()) return mlir::failure();
    llvm::SmallVector<mlir::AffineMap> maps = op.getIndexingMapsArray();
    llvm::SmallVector<mlir::Value> inputs(op.getInputs());
    bool changed = false;
    for (unsigned i = 0; i < inputs.size(); ++i) changed |= SliceInput(op, rewriter, inputs[i], maps[i]);
    if (!changed) return mlir::failure();
    rewriter.modifyOpInPlace(op, [&] {
      op.getInputsMutable().assign(inputs);
      op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
    });
    return mlir::success();
  }

 private:
  static bool SliceInput(mlir::linalg::GenericOp op, mlir::PatternRewriter& rewriter, mlir::Value& input,
                         mlir::AffineMap& map) {
    auto type = llvm::dyn_cast<mlir::RankedTensorType>(input.getType());
    if (!type || !type.hasStaticShape()) return false;
    const llvm::SmallVector<int64_t> extents = op.getStaticLoopRanges();
    llvm::SmallVector<mlir::OpFoldResult> offsets(type.getRank(), rewriter.getIndexAttr(0));
    llvm::SmallVector<mlir::OpFoldResult> sizes =
        mlir::getAsIndexOpFoldResult(op.getContext(), type.getShape());
    llvm::SmallVector<mlir::OpFoldResult> strides(type.getRank(), rewriter.getIndexAttr(1));
    llvm::SmallVector<mlir::AffineExpr> indices(map.getResults());
    bool changed = false;
    for (auto [axis, index] : llvm::enumerate(indices)) {
      const auto strided = StridedIndex(index);
      if (!strided) continue;
      sizes[axis] = rewriter.getIndexAttr(extents[strided->first]);
      strides[axis] = rewriter.getIndexAttr(strided->second);
      index = rewriter.getAffineDimExpr(strided->first);
      changed = true;
    }
    if (!changed) return false;
    input = mlir::tensor::ExtractSliceOp::create(rewriter, op.getLoc(), input, offsets, sizes, strides);
    map = mlir::AffineMap::get(map.getNumDims(), 0, indices, op.getContext());
    return true;
  }
};

// Merges a slice of a slice, if the outer slice has no other uses. A slice that is also written into stays,
// because bufferization can find that the write goes to the place of the read only if both use the same
// slice.
class MergeExtractedSlices : public mlir::OpRewritePattern<mlir::tensor::ExtractSliceOp> {
 public:
  using OpRewritePattern::OpRewritePattern;

  mlir::LogicalResult matchAndRewrite(mlir::tensor::ExtractSliceOp op,
                                      mlir::PatternRewriter& rewriter) const override {
    auto outer = op.getSource().getDefiningOp<mlir::tensor::ExtractSliceOp>();
    if (!outer || !llvm::all_of(outer->getUsers(), llvm::IsaPred<mlir::tensor::ExtractSliceOp>)) {
      return mlir::failure();
    }
    llvm::SmallVector<mlir::OpFoldResult> offsets, sizes, strides;
    if (failed(mlir::affine::mergeOffsetsSizesAndStrides(rewriter, op.getLoc(), outer, op,
                                                         outer.getDroppedDims(), offsets, sizes, strides))) {
      return mlir::failure();
    }
    rewriter.replaceOpWithNewOp<mlir::tensor::ExtractSliceOp>(op, op.getType(), outer.getSource(), offsets,
                                                              sizes, strides);
    return mlir::success();
  }
};

// Merges two insertions. If a value is inserted into a slice that it fills, and the slice is inserted into a
// tensor, then the value is inserted into the tensor directly.
class MergeInsertedSlices : public mlir::OpRewritePattern<mlir::tensor::InsertSliceOp> {
 public:
  using OpRewritePattern::OpRewritePattern;

  mlir::LogicalResult matchAndRewrite(mlir::tensor::InsertSliceOp op,
                                      mlir::PatternRewriter& rewriter) const override {
    auto inner = op.getSource().getDefiningOp<mlir::tensor::InsertSliceOp>();
    if (!inner || !inner->hasOneUse()) return mlir::failure();
    const mlir::RankedTensorType filled = inner.getDestType();
    if (!filled.hasStaticShape() || !inner.getSourceType().hasStaticShape() ||
        inner.getSourceType().getNumElements() != filled.getNumElements()) {
      return mlir::failure();
    }
    rewriter.replaceOpWithNewOp<mlir::tensor::InsertSliceOp>(
        op, inner.getSource(), op.getDest(), op.getMixedOffsets(), op.getMixedSizes(), op.getMixedStrides());
    return mlir::success();
  }
};

}  // namespace

void MergeSlicesOp::populatePatterns(mlir::RewritePatternSet& patterns) {
  patterns.add<MergeExtractedSlices, MergeInsertedSlices>(patterns.getContext());
}

void StridedAccessToSliceOp::populatePatterns(mlir::RewritePatternSet& patterns) {
  patterns.add<StridedAccessToSlice>(patterns.getContext());
}

void ScalarTransferReadsOp::populatePatterns(mlir::RewritePatternSet& patterns) {
  mlir::vector::populateScalarVectorTransferLoweringPatterns(patterns, /*benefit=*/1,
                                                             /*allowMultipleUses=*/true);
}

}  // namespace diapason::compiler::transform
