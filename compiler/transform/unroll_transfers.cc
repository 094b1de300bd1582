#include <optional>

#include "compiler/transform/transpose_rows.h"
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
  return llvm::isa<mlir::MemRefType>(op.getBase().getType()) && !op.getMask() && !op.hasOutOfBoundsDim() &&
         op.getPermutationMap().getNumResults() > 0;
}

// Returns whether all elements of a row are one element of the buffer.
bool RowsAreBroadcast(mlir::vector::TransferReadOp op) {
  return llvm::isa<mlir::AffineConstantExpr>(op.getPermutationMap().getResults().back());
}

// Returns whether elements along axis `number` of the vector are contiguous: they lie along the last axis of
// the buffer that the slices are taken from.
template <typename Transfer>
bool IsContiguous(Transfer op, unsigned number) {
  auto dim = llvm::dyn_cast<mlir::AffineDimExpr>(op.getPermutationMap().getResult(number));
  if (!dim) return false;
  mlir::Value buffer = op.getBase();
  unsigned axis = dim.getPosition();
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

// Returns whether the elements of a row are contiguous. Other rows (of an operand that is stored in another
// order than the loops run) are transferred element by element or transposed, because vector loads cannot
// read them, and because MLIR's patterns that fold such a transfer into an expand_shape never end.
template <typename Transfer>
bool RowsAreContiguous(Transfer op) {
  return IsContiguous(op, op.getPermutationMap().getNumResults() - 1);
}

// Returns the axis of the vector along which a read whose rows are not contiguous should load, so that blocks
// can be transposed: the contiguous one. Returns nullopt if there is none with several elements.
std::optional<unsigned> ContiguousAxis(mlir::vector::TransferReadOp op) {
  for (unsigned axis = 0; axis + 1 < op.getPermutationMap().getNumResults(); ++axis) {
    if (op.getVectorType().getDimSize(axis) > 1 && IsContiguous(op, axis)) return axis;
  }
  return std::nullopt;
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

  // The permutation map of a transfer of one piece, and of a transfer along another axis of the vector.
  mlir::AffineMap row_map() const { return map_along(map_.getNumResults() - 1); }
  mlir::AffineMap map_along(unsigned axis) const {
    return mlir::AffineMap::get(map_.getNumDims(), 0, {map_.getResult(axis)}, map_.getContext());
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
    auto row_axis = llvm::dyn_cast<mlir::AffineDimExpr>(map.getResults().back());  // null for a broadcast
    if (llvm::is_contained(strides, mlir::ShapedType::kDynamic)) return false;
    if (row_axis && strides[row_axis.getPosition()] != 1) return false;
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
  UnrollRead(const mlir::TypeConverter& types, mlir::MLIRContext* context, bool transpose)
      : OpConversionPattern(types, context), transpose_(transpose) {}

  static bool Fits(mlir::vector::TransferReadOp op) { return IsWholeTransfer(op); }

  mlir::LogicalResult matchAndRewrite(mlir::vector::TransferReadOp op, OneToNOpAdaptor,
                                      ConversionPatternRewriter& rewriter) const override {
    if (!Fits(op)) return mlir::failure();
    const TransferTarget target(op, rewriter);
    const bool contiguous = RowsAreContiguous(op), broadcast = RowsAreBroadcast(op);
    const std::optional<unsigned> axis =
        transpose_ && !contiguous && !broadcast ? ContiguousAxis(op) : std::nullopt;
    PieceValues results;
    if (axis) {
      results = Transpose(op, target, *axis, rewriter);
    } else {
      for (const VectorPiece& piece : PiecesOf(op.getVectorType())) {
        results.push_back(contiguous  ? Load(op, target, piece, rewriter)
                          : broadcast ? Broadcast(op, target, piece, rewriter)
                                      : Gather(op, target, piece, rewriter));
      }
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return mlir::success();
  }

 private:
  using Read = mlir::vector::TransferReadOp;

  static mlir::Value Load(Read op, const TransferTarget& target, const VectorPiece& piece,
                          ConversionPatternRewriter& rewriter) {
    return Read::create(rewriter, op.getLoc(), PieceType(op.getVectorType(), piece), target.buffer(),
                        target.IndicesOf(piece, op.getLoc(), rewriter),
                        std::optional<mlir::Value>(op.getPadding()), target.row_map(),
                        llvm::ArrayRef<bool>{true});
  }

  static mlir::Value Broadcast(Read op, const TransferTarget& target, const VectorPiece& piece,
                               ConversionPatternRewriter& rewriter) {
    mlir::Value element = mlir::memref::LoadOp::create(rewriter, op.getLoc(), target.buffer(),
                                                       target.IndicesOf(piece, op.getLoc(), rewriter));
    return mlir::vector::BroadcastOp::create(rewriter, op.getLoc(), PieceType(op.getVectorType(), piece),
                                             element);
  }

  static mlir::Value Gather(Read op, const TransferTarget& target, const VectorPiece& piece,
                            ConversionPatternRewriter& rewriter) {
    const mlir::VectorType type = PieceType(op.getVectorType(), piece);
    PieceValues elements;
    for (int64_t e = 0; e < piece.length; ++e) {
      elements.push_back(mlir::memref::LoadOp::create(rewriter, op.getLoc(), target.buffer(),
                                                      target.IndicesOf(piece, op.getLoc(), rewriter, e)));
    }
    return mlir::vector::FromElementsOp::create(rewriter, op.getLoc(), type, elements);
  }

  // Loads along `axis` of the vector, and transposes blocks of this axis and the last one.
  static PieceValues Transpose(Read op, const TransferTarget& target, unsigned axis,
                               ConversionPatternRewriter& rewriter) {
    const mlir::VectorType type = op.getVectorType();
    const llvm::SmallVector<VectorPiece> pieces = PiecesOf(type);
    const auto cuts = CutRow(type.getDimSize(axis));
    PieceValues results(pieces.size());
    // The pieces of the row that is `i` steps along `axis` behind piece number p begin at p + i * distance.
    auto distance = static_cast<int64_t>(CutRow(type.getShape().back()).size());
    for (int64_t d = axis + 1; d + 1 < type.getRank(); ++d) distance *= type.getDimSize(d);
    for (auto [number, piece] : llvm::enumerate(pieces)) {
      const auto cut = llvm::find_if(cuts, [&](auto c) { return c.first == piece.row[axis]; });
      if (cut == cuts.end()) continue;  // the row is inside of a block
      PieceValues lines;
      for (int64_t e = 0; e < piece.length; ++e) {
        lines.push_back(Read::create(
            rewriter, op.getLoc(), mlir::VectorType::get({cut->second}, type.getElementType()),
            target.buffer(), target.IndicesOf(piece, op.getLoc(), rewriter, e),
            std::optional<mlir::Value>(op.getPadding()), target.map_along(axis), llvm::ArrayRef<bool>{true}));
      }
      for (auto [i, row] : llvm::enumerate(TransposeRows(lines, rewriter, op.getLoc())))
        results[number + i * distance] = row;
    }
    return results;
  }

  const bool transpose_;
};

class UnrollWrite : public OpConversionPattern<mlir::vector::TransferWriteOp> {
 public:
  using OpConversionPattern::OpConversionPattern;

  static bool Fits(mlir::vector::TransferWriteOp op) {
    return IsWholeTransfer(op) && llvm::isa<mlir::AffineDimExpr>(op.getPermutationMap().getResults().back());
  }

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

void AddUnrolledTransfers(const mlir::TypeConverter& types, bool transpose, mlir::RewritePatternSet& patterns,
                          mlir::ConversionTarget& target) {
  patterns.add<UnrollRead>(types, patterns.getContext(), transpose);
  patterns.add<UnrollWrite>(types, patterns.getContext());
  TransferIsLegalUnlessCut<mlir::vector::TransferReadOp, UnrollRead>(target, types);
  TransferIsLegalUnlessCut<mlir::vector::TransferWriteOp, UnrollWrite>(target, types);
}

}  // namespace diapason::compiler::transform
