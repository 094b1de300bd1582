#include "compiler/transform/unroll_patterns.h"
#include "compiler/transform/vector_pieces.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/ViewLikeInterfaceUtils.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace diapason::compiler::transform {
namespace {

using mlir::ConversionPatternRewriter;
using mlir::OpConversionPattern;

// Returns whether this reads or writes whole vectors in a buffer, without mask, along any axes.
template <typename Transfer>
bool IsWholeTransfer(Transfer op) {
  const auto results = op.getPermutationMap().getResults();
  return llvm::isa<mlir::MemRefType>(op.getBase().getType()) && !op.getMask() && !op.hasOutOfBoundsDim() &&
         !results.empty() && llvm::isa<mlir::AffineDimExpr>(results.back());
}

// Returns whether the elements of a row are contiguous: they lie along the last axis of the buffer that the
// slices are taken from. Other rows (of an operand that is stored in another order than the loops run) are
// transferred element by element, because vector loads cannot read them, and because MLIR's patterns that
// fold such a transfer into an expand_shape never end.
template <typename Transfer>
bool RowsAreContiguous(Transfer op) {
  mlir::Value buffer = op.getBase();
  unsigned axis = llvm::cast<mlir::AffineDimExpr>(op.getPermutationMap().getResults().back()).getPosition();
  while (auto slice = buffer.template getDefiningOp<mlir::memref::SubViewOp>()) {
    const llvm::SmallBitVector dropped = slice.getDroppedDims();
    unsigned source = 0;
    for (unsigned kept = 0; dropped[source] || kept < axis; ++source) kept += !dropped[source];
    if (slice.getStaticStrides()[source] != 1) return false;
    axis = source;
    buffer = slice.getSource();
  }
  auto type = llvm::cast<mlir::MemRefType>(buffer.getType());
  return axis + 1 == type.getRank() && type.isLastDimUnitStride();
}

// Where a transfer reads or writes: the buffer that its slices are taken from, and the indices in it. They
// are computed once for all pieces. A slice with strides stays, because its rows are cheaper to address
// from it, except for operands of a contraction, whose elements are read as scalars.
class TransferTarget {
 public:
  template <typename Transfer>
  TransferTarget(Transfer op, mlir::RewriterBase& rewriter)
      : buffer_(op.getBase()),
        indices_(op.getIndices()),
        steps_(indices_.size(), 1),
        map_(op.getPermutationMap()) {
    const bool scalars =
        op->getNumResults() == 1 && llvm::all_of(op->getUsers(), llvm::IsaPred<mlir::vector::ContractionOp>);
    while (auto slice = buffer_.template getDefiningOp<mlir::memref::SubViewOp>()) {
      if (!LeaveSlice(slice, scalars, rewriter)) break;
    }
  }

  mlir::Value buffer() const { return buffer_; }

  // The permutation map of a transfer of one piece.
  mlir::AffineMap row_map() const {
    return mlir::AffineMap::get(map_.getNumDims(), 0, {map_.getResults().back()}, map_.getContext());
  }

  // Returns the indices of the piece's element number `element`.
  PieceValues IndicesOf(const VectorPiece& piece, mlir::Location loc, mlir::OpBuilder& b,
                        int64_t element = 0) const {
    Position offsets(piece.row);
    offsets.push_back(piece.start + element);
    PieceValues indices(indices_);
    for (auto [expr, offset] : llvm::zip(map_.getResults(), offsets)) {
      auto axis = llvm::dyn_cast<mlir::AffineDimExpr>(expr);  // null for axes that are broadcast
      if (!axis || offset == 0) continue;
      mlir::Value& index = indices[axis.getPosition()];
      index = mlir::getValueOrCreateConstantIndexOp(
          b, loc,
          mlir::affine::makeComposedFoldedAffineApply(
              b, loc, b.getAffineDimExpr(0) + offset * steps_[axis.getPosition()],
              llvm::ArrayRef<mlir::OpFoldResult>(index)));
    }
    return indices;
  }

 private:
  bool LeaveSlice(mlir::memref::SubViewOp slice, bool scalars, mlir::RewriterBase& rewriter) {
    const llvm::ArrayRef<int64_t> strides = slice.getStaticStrides();
    const llvm::SmallBitVector dropped = slice.getDroppedDims();
    const mlir::AffineMap map = mlir::expandDimsToRank(map_, static_cast<int64_t>(strides.size()), dropped);
    const unsigned row_axis = llvm::cast<mlir::AffineDimExpr>(map.getResults().back()).getPosition();
    if (llvm::is_contained(strides, mlir::ShapedType::kDynamic) || strides[row_axis] != 1) return false;
    if (!scalars && !slice.hasUnitStride()) return false;
    PieceValues indices;
    mlir::affine::resolveIndicesIntoOpWithOffsetsAndStrides(rewriter, slice.getLoc(), slice.getMixedOffsets(),
                                                            slice.getMixedStrides(), dropped, indices_,
                                                            indices);
    Position steps(strides);
    for (unsigned axis = 0, kept = 0; axis < steps.size(); ++axis) {
      if (!dropped[axis]) steps[axis] *= steps_[kept++];
    }
    buffer_ = slice.getSource();
    indices_ = std::move(indices);
    steps_ = std::move(steps);
    map_ = map;
    return true;
  }

  mlir::Value buffer_;
  PieceValues indices_;
  Position steps_;  // for each axis of the buffer how far one step in the transfer's slice moves
  mlir::AffineMap map_;
};

class UnrollRead : public OpConversionPattern<mlir::vector::TransferReadOp> {
 public:
  using OpConversionPattern::OpConversionPattern;

  static bool Fits(mlir::vector::TransferReadOp op) { return IsWholeTransfer(op); }

  mlir::LogicalResult matchAndRewrite(mlir::vector::TransferReadOp op, OneToNOpAdaptor,
                                      ConversionPatternRewriter& rewriter) const override {
    if (!Fits(op)) return mlir::failure();
    const TransferTarget target(op, rewriter);
    PieceValues results;
    const bool contiguous = RowsAreContiguous(op);
    for (const VectorPiece& piece : PiecesOf(op.getVectorType())) {
      if (!contiguous) {
        results.push_back(Gather(op, target, piece, rewriter));
        continue;
      }
      results.push_back(mlir::vector::TransferReadOp::create(
          rewriter, op.getLoc(), PieceType(op.getVectorType(), piece), target.buffer(),
          target.IndicesOf(piece, op.getLoc(), rewriter), std::optional<mlir::Value>(op.getPadding()),
          target.row_map(), llvm::ArrayRef<bool>{true}));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return mlir::success();
  }

 private:
  static mlir::Value Gather(mlir::vector::TransferReadOp op, const TransferTarget& target,
                            const VectorPiece& piece, ConversionPatternRewriter& rewriter) {
    const mlir::VectorType type = PieceType(op.getVectorType(), piece);
    PieceValues elements;
    for (int64_t e = 0; e < piece.length; ++e) {
      elements.push_back(mlir::memref::LoadOp::create(rewriter, op.getLoc(), target.buffer(),
                                                      target.IndicesOf(piece, op.getLoc(), rewriter, e)));
    }
    return mlir::vector::FromElementsOp::create(rewriter, op.getLoc(), type, elements);
  }
};

class UnrollWrite : public OpConversionPattern<mlir::vector::TransferWriteOp> {
 public:
  using OpConversionPattern::OpConversionPattern;

  static bool Fits(mlir::vector::TransferWriteOp op) { return IsWholeTransfer(op); }

  mlir::LogicalResult matchAndRewrite(mlir::vector::TransferWriteOp op, OneToNOpAdaptor adaptor,
                                      ConversionPatternRewriter& rewriter) const override {
    if (!Fits(op)) return mlir::failure();
    const TransferTarget target(op, rewriter);
    const bool contiguous = RowsAreContiguous(op);
    for (auto [piece, value] : llvm::zip(PiecesOf(op.getVectorType()), adaptor.getValueToStore())) {
      if (!contiguous) {
        Scatter(op, value, target, piece, rewriter);
        continue;
      }
      mlir::vector::TransferWriteOp::create(rewriter, op.getLoc(), value, target.buffer(),
                                            target.IndicesOf(piece, op.getLoc(), rewriter), target.row_map(),
                                            llvm::ArrayRef<bool>{true});
    }
    rewriter.eraseOp(op);
    return mlir::success();
  }

 private:
  static void Scatter(mlir::vector::TransferWriteOp op, mlir::Value row, const TransferTarget& target,
                      const VectorPiece& piece, ConversionPatternRewriter& rewriter) {
    for (int64_t e = 0; e < piece.length; ++e) {
      mlir::Value element = mlir::vector::ExtractOp::create(rewriter, op.getLoc(), row, e);
      mlir::memref::StoreOp::create(rewriter, op.getLoc(), element, target.buffer(),
                                    target.IndicesOf(piece, op.getLoc(), rewriter, e));
    }
  }
};

template <typename Op, typename Pattern>
void TransferIsLegalUnlessCut(mlir::ConversionTarget& conversion, const mlir::TypeConverter& types) {
  conversion.addDynamicallyLegalOp<Op>([&types](Op op) {
    return !Pattern::Fits(op) || (types.isLegal(op.getOperation()) && RowsAreContiguous(op));
  });
}

}  // namespace

void AddUnrolledTransfers(const mlir::TypeConverter& types, mlir::RewritePatternSet& patterns,
                          mlir::ConversionTarget& target) {
  patterns.add<UnrollRead, UnrollWrite>(types, patterns.getContext());
  TransferIsLegalUnlessCut<mlir::vector::TransferReadOp, UnrollRead>(target, types);
  TransferIsLegalUnlessCut<mlir::vector::TransferWriteOp, UnrollWrite>(target, types);
}

}  // namespace diapason::compiler::transform
