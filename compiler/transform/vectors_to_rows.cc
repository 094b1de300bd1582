// n-D vectors -> rows that registers hold: 1-D vectors whose lengths are powers of two (24 elements are 16 and 8). Values
// that loops carry, too: LLVM takes a vector of another length that crosses a block apart, element by element.
// Stock lowering to outer products puts k innermost and spills where a tile has several rows.
#include "compiler/transform/argument_roles.h"
#include "compiler/transform/transform_ops.h"
#include "llvm/ADT/bit.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/ViewLikeInterfaceUtils.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace diapason::compiler {
namespace {

using mlir::ConversionPatternRewriter;
using mlir::DiagnosedSilenceableFailure;
using mlir::OpConversionPattern;
using Position = llvm::SmallVector<int64_t>;
using Values = llvm::SmallVector<mlir::Value>;

// A part of a vector: `length` elements of one row, from `start` on.
struct Piece {
  Position row;  // in all axes but the last
  int64_t start;
  int64_t length;
};

// Powers of two, the largest first.
llvm::SmallVector<std::pair<int64_t, int64_t>> CutRow(int64_t length) {
  llvm::SmallVector<std::pair<int64_t, int64_t>> parts;  // start, length
  for (int64_t start = 0; start < length; start += parts.back().second)
    parts.push_back({start, static_cast<int64_t>(llvm::bit_floor(static_cast<uint64_t>(length - start)))});
  return parts;
}

Position RowPosition(mlir::VectorType type, int64_t row) {
  Position position(type.getRank() - 1);
  for (int64_t axis = type.getRank() - 2; axis >= 0; --axis) {
    position[axis] = row % type.getDimSize(axis);
    row /= type.getDimSize(axis);
  }
  return position;
}

int64_t NumRows(mlir::VectorType type) { return type.getNumElements() / type.getShape().back(); }

llvm::SmallVector<Piece> Pieces(mlir::VectorType type) {
  llvm::SmallVector<Piece> pieces;
  for (int64_t row = 0; row < NumRows(type); ++row) {
    for (auto [start, length] : CutRow(type.getShape().back()))
      pieces.push_back({RowPosition(type, row), start, length});
  }
  return pieces;
}

bool IsCut(mlir::VectorType type) {
  return type.isScalable() || type.getRank() == 0 ||
         (type.getRank() == 1 && llvm::isPowerOf2_64(static_cast<uint64_t>(type.getDimSize(0))));
}

mlir::VectorType PieceType(mlir::VectorType type, const Piece& piece) {
  return mlir::VectorType::get({piece.length}, type.getElementType());
}

// ---- between a vector and its pieces, where an operation stays as it is

Values TakeApart(mlir::OpBuilder& b, mlir::TypeRange, mlir::ValueRange whole, mlir::Location loc) {
  Values out;
  if (whole.size() != 1) return out;
  const auto type = llvm::cast<mlir::VectorType>(whole.front().getType());
  for (const Piece& piece : Pieces(type)) {
    mlir::Value row = whole.front();
    if (type.getRank() > 1) row = mlir::vector::ExtractOp::create(b, loc, row, piece.row);
    if (piece.length != type.getShape().back())
      row = mlir::vector::ExtractStridedSliceOp::create(b, loc, row, {piece.start}, {piece.length}, {1});
    out.push_back(row);
  }
  return out;
}

mlir::Value Assemble(mlir::OpBuilder& b, mlir::VectorType type, mlir::ValueRange pieces, mlir::Location loc) {
  const auto row_type = mlir::VectorType::get({type.getShape().back()}, type.getElementType());
  mlir::Value out = mlir::ub::PoisonOp::create(b, loc, type), row;
  for (auto [piece, value] : llvm::zip(Pieces(type), pieces)) {
    if (piece.length == row_type.getDimSize(0)) {
      row = value;
    } else {
      if (piece.start == 0) row = mlir::ub::PoisonOp::create(b, loc, row_type);
      row = mlir::vector::InsertStridedSliceOp::create(b, loc, value, row, {piece.start}, {1});
    }
    if (piece.start + piece.length < row_type.getDimSize(0)) continue;
    out = type.getRank() == 1 ? row : mlir::vector::InsertOp::create(b, loc, row, out, piece.row).getResult();
  }
  return out;
}

class PieceTypes : public mlir::TypeConverter {
 public:
  PieceTypes() {
    addConversion([](mlir::Type type) { return type; });
    addConversion([](mlir::VectorType type,
                     llvm::SmallVectorImpl<mlir::Type>& types) -> std::optional<mlir::LogicalResult> {
      if (IsCut(type)) return std::nullopt;
      for (const Piece& piece : Pieces(type)) types.push_back(PieceType(type, piece));
      return mlir::success();
    });
    addSourceMaterialization(Assemble);
    addTargetMaterialization(TakeApart);
  }
};

// ---- operations

// Which columns of a contraction's left operand are known to be zero: the operand is read from a slice of an argument,
// and its last axis but one runs along the argument's columns.
class ZeroColumns {
 public:
  static ZeroColumns Of(mlir::Value lhs) {
    ZeroColumns columns;
    auto read = lhs.getDefiningOp<mlir::vector::TransferReadOp>();
    if (!read || !read.getPermutationMap().isMinorIdentity()) return columns;
    const auto type = llvm::cast<mlir::ShapedType>(read.getBase().getType());
    const int64_t axis = type.getRank() - 2;  // the last axis is the contracted one
    if (axis < 0 || read.getVectorType().getRank() < 2) return columns;
    auto start = FindSliceStart(read.getBase(), static_cast<unsigned>(axis));
    const auto index = mlir::getConstantIntValue(read.getIndices()[axis]);
    if (!start || !start->dynamic.empty() || !index) return columns;
    columns.range_ = FindNonZeroRange(start->argument, start->axis);
    columns.first_ = start->fixed + *index * start->step;
    columns.step_ = start->step;
    return columns;
  }

  bool Contains(int64_t column) const {
    if (!range_) return false;
    const int64_t at = first_ + column * step_;
    return at < range_->low || at >= range_->high;
  }

 private:
  std::optional<NonZeroRange> range_;
  int64_t first_ = 0;
  int64_t step_ = 1;
};

// vector.contract (m..., k) x (k, n) -> (m..., n): k outermost, then every m: broadcast a scalar, one FMA per piece.
class CutContraction : public OpConversionPattern<mlir::vector::ContractionOp> {
 public:
  CutContraction(const mlir::TypeConverter& types, mlir::MLIRContext* context, bool skip_zero_columns)
      : OpConversionPattern(types, context), skip_zero_columns_(skip_zero_columns) {}

  static bool Fits(mlir::vector::ContractionOp op) {
    auto type = llvm::dyn_cast<mlir::VectorType>(op.getAccType());
    if (!type || op.getKind() != mlir::vector::CombiningKind::ADD || !type.getElementType().isF32())
      return false;
    const auto maps = op.getIndexingMapsArray();
    const mlir::AffineMap lhs = maps[0], rhs = maps[1], acc = maps[2];
    if (acc.getNumResults() < 1 || lhs.getNumResults() != acc.getNumResults() || rhs.getNumResults() != 2)
      return false;
    return rhs.getDimPosition(1) == acc.getDimPosition(acc.getNumResults() - 1) &&
           mlir::vector::isReductionIterator(op.getIteratorTypes()[rhs.getDimPosition(0)]);
  }

  mlir::LogicalResult matchAndRewrite(mlir::vector::ContractionOp op, OneToNOpAdaptor adaptor,
                                      ConversionPatternRewriter& rewriter) const override {
    if (!Fits(op)) return mlir::failure();
    const auto maps = op.getIndexingMapsArray();
    const mlir::AffineMap lhs = maps[0], acc = maps[2];
    const unsigned k = maps[1].getDimPosition(0);
    const mlir::Location loc = op.getLoc();
    const bool k_is_last = lhs.getDimPosition(lhs.getNumResults() - 1) == k;
    const ZeroColumns zero = skip_zero_columns_ && k_is_last ? ZeroColumns::Of(op.getLhs()) : ZeroColumns();
    const auto pieces = Pieces(llvm::cast<mlir::VectorType>(op.getAccType()));
    const int64_t per_row = static_cast<int64_t>(CutRow(op.getRhsType().getShape().back()).size());
    Values sums(adaptor.getAcc());
    mlir::Value scalar;
    for (int64_t step = 0; step < op.getRhsType().getDimSize(0); ++step) {
      for (size_t i = 0; i < pieces.size(); ++i) {
        const Piece& piece = pieces[i];
        if (!piece.row.empty() && zero.Contains(piece.row.back())) continue;
        if (piece.start == 0)
          scalar = Element(rewriter, loc, op.getLhsType(), adaptor.getLhs(),
                           LhsPosition(lhs, acc, k, step, piece.row));
        const mlir::Value weights = adaptor.getRhs()[step * per_row + static_cast<int64_t>(i) % per_row];
        mlir::Value factor = mlir::vector::BroadcastOp::create(rewriter, loc, sums[i].getType(), scalar);
        sums[i] = mlir::vector::FMAOp::create(rewriter, loc, factor, weights, sums[i]);
      }
    }
    rewriter.replaceOpWithMultiple(op, {sums});
    return mlir::success();
  }

 private:
  static Position LhsPosition(mlir::AffineMap lhs, mlir::AffineMap acc, unsigned k, int64_t step,
                              const Position& row) {
    Position position;
    for (unsigned i = 0; i < lhs.getNumResults(); ++i) {
      const unsigned dim = lhs.getDimPosition(i);
      if (dim == k) position.push_back(step);
      for (unsigned j = 0; j + 1 < acc.getNumResults(); ++j) {
        if (acc.getDimPosition(j) == dim) position.push_back(row[j]);
      }
    }
    return position;
  }

  static mlir::Value Element(mlir::OpBuilder& b, mlir::Location loc, mlir::VectorType type,
                             mlir::ValueRange pieces, const Position& position) {
    int64_t row = 0;
    for (size_t axis = 0; axis + 1 < position.size(); ++axis)
      row = row * type.getDimSize(static_cast<unsigned>(axis)) + position[axis];
    const auto parts = CutRow(type.getShape().back());
    int64_t part = 0;
    while (parts[part].first + parts[part].second <= position.back()) ++part;
    return mlir::vector::ExtractOp::create(b, loc, pieces[row * static_cast<int64_t>(parts.size()) + part],
                                           Position{position.back() - parts[part].first});
  }

  const bool skip_zero_columns_;
};

// An elementwise operation: one for each piece.
class CutElementwise : public mlir::ConversionPattern {
 public:
  CutElementwise(const mlir::TypeConverter& types, mlir::MLIRContext* context)
      : ConversionPattern(types, mlir::Pattern::MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  static bool Fits(mlir::Operation* op) {
    return mlir::OpTrait::hasElementwiseMappableTraits(op) && op->getNumResults() == 1 &&
           llvm::isa<mlir::VectorType>(op->getResult(0).getType()) &&
           llvm::all_of(op->getOperandTypes(), llvm::IsaPred<mlir::VectorType>);
  }

  mlir::LogicalResult matchAndRewrite(mlir::Operation* op, llvm::ArrayRef<mlir::ValueRange> operands,
                                      ConversionPatternRewriter& rewriter) const override {
    if (!Fits(op)) return mlir::failure();
    const auto type = llvm::cast<mlir::VectorType>(op->getResult(0).getType());
    Values results;
    for (auto [i, piece] : llvm::enumerate(Pieces(type))) {
      Values parts;
      for (mlir::ValueRange operand : operands) parts.push_back(operand[i]);
      results.push_back(rewriter
                            .create(op->getLoc(), op->getName().getIdentifier(), parts,
                                    {PieceType(type, piece)}, op->getAttrs())
                            ->getResult(0));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return mlir::success();
  }
};

class CutConstant : public OpConversionPattern<mlir::arith::ConstantOp> {
 public:
  using OpConversionPattern::OpConversionPattern;

  static bool Fits(mlir::arith::ConstantOp op) {
    return llvm::isa<mlir::VectorType>(op.getType()) && llvm::isa<mlir::SplatElementsAttr>(op.getValue());
  }

  mlir::LogicalResult matchAndRewrite(mlir::arith::ConstantOp op, OneToNOpAdaptor,
                                      ConversionPatternRewriter& rewriter) const override {
    if (!Fits(op)) return mlir::failure();
    const auto type = llvm::cast<mlir::VectorType>(op.getType());
    const auto value = llvm::cast<mlir::SplatElementsAttr>(op.getValue());
    Values results;
    for (const Piece& piece : Pieces(type)) {
      results.push_back(mlir::arith::ConstantOp::create(
          rewriter, op.getLoc(),
          mlir::DenseElementsAttr::get(PieceType(type, piece), value.getSplatValue<mlir::Attribute>())));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return mlir::success();
  }
};

// Of a scalar, or of a vector whose rows are as long.
class CutBroadcast : public OpConversionPattern<mlir::vector::BroadcastOp> {
 public:
  using OpConversionPattern::OpConversionPattern;

  static bool Fits(mlir::vector::BroadcastOp op) {
    auto source = llvm::dyn_cast<mlir::VectorType>(op.getSourceType());
    return !source ||
           (source.getRank() > 0 && source.getShape().back() == op.getResultVectorType().getShape().back());
  }

  mlir::LogicalResult matchAndRewrite(mlir::vector::BroadcastOp op, OneToNOpAdaptor adaptor,
                                      ConversionPatternRewriter& rewriter) const override {
    if (!Fits(op)) return mlir::failure();
    const mlir::VectorType type = op.getResultVectorType();
    const auto source = llvm::dyn_cast<mlir::VectorType>(op.getSourceType());
    const auto per_row = static_cast<int64_t>(CutRow(type.getShape().back()).size());
    Values results;
    for (auto [i, piece] : llvm::enumerate(Pieces(type))) {
      if (!source) {
        results.push_back(mlir::vector::BroadcastOp::create(rewriter, op.getLoc(), PieceType(type, piece),
                                                            adaptor.getSource().front()));
        continue;
      }
      int64_t row = 0;  // axes that the source lacks or has once do not count
      for (int64_t axis = 0; axis + 1 < source.getRank(); ++axis) {
        const int64_t extent = source.getDimSize(axis);
        row = row * extent + (extent == 1 ? 0 : piece.row[axis + type.getRank() - source.getRank()]);
      }
      results.push_back(adaptor.getSource()[row * per_row + static_cast<int64_t>(i) % per_row]);
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return mlir::success();
  }
};

// Rows stay rows where only the axes before them change.
class CutShapeCast : public OpConversionPattern<mlir::vector::ShapeCastOp> {
 public:
  using OpConversionPattern::OpConversionPattern;

  static bool Fits(mlir::vector::ShapeCastOp op) {
    const mlir::VectorType from = op.getSourceVectorType(), to = op.getResultVectorType();
    return from.getRank() > 0 && to.getRank() > 0 && from.getShape().back() == to.getShape().back();
  }

  mlir::LogicalResult matchAndRewrite(mlir::vector::ShapeCastOp op, OneToNOpAdaptor adaptor,
                                      ConversionPatternRewriter& rewriter) const override {
    if (!Fits(op)) return mlir::failure();
    rewriter.replaceOpWithMultiple(op, {adaptor.getSource()});
    return mlir::success();
  }
};

// Whole reads and writes of buffers, along any axes.
template <typename Transfer>
bool IsWholeTransfer(Transfer op) {
  const auto results = op.getPermutationMap().getResults();
  return llvm::isa<mlir::MemRefType>(op.getBase().getType()) && !op.getMask() && !op.hasOutOfBoundsDim() &&
         !results.empty() && llvm::isa<mlir::AffineDimExpr>(results.back());
}

// Whether the elements of a row lie side by side, along the last axis of the buffer behind all slices. Rows that do not
// (of an operand that is stored in another order than the loops run) go element by element: vector loads cannot read
// them, and MLIR's patterns that fold such a transfer into an expand_shape never end.
template <typename Transfer>
bool RowsLieTogether(Transfer op) {
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

// Where a transfer goes: the buffer behind the slices that it names, and the indices there. Found once for all the
// pieces. Rows of a slice with strides are cheaper to address from the slice; what a contraction reads becomes scalars.
class Place {
 public:
  template <typename Transfer>
  Place(Transfer op, mlir::RewriterBase& rewriter)
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

  // Of a piece's rows.
  mlir::AffineMap row_map() const {
    return mlir::AffineMap::get(map_.getNumDims(), 0, {map_.getResults().back()}, map_.getContext());
  }

  // Of the piece's element number `element`.
  Values IndicesOf(const Piece& piece, mlir::Location loc, mlir::OpBuilder& b, int64_t element = 0) const {
    Position offsets(piece.row);
    offsets.push_back(piece.start + element);
    Values indices(indices_);
    for (auto [expr, offset] : llvm::zip(map_.getResults(), offsets)) {
      auto axis = llvm::dyn_cast<mlir::AffineDimExpr>(expr);  // the others are broadcast
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
    Values indices;
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
  Values indices_;
  Position steps_;  // that one further along an axis of the transfer's slice takes here
  mlir::AffineMap map_;
};

class CutRead : public OpConversionPattern<mlir::vector::TransferReadOp> {
 public:
  using OpConversionPattern::OpConversionPattern;

  static bool Fits(mlir::vector::TransferReadOp op) { return IsWholeTransfer(op); }

  mlir::LogicalResult matchAndRewrite(mlir::vector::TransferReadOp op, OneToNOpAdaptor,
                                      ConversionPatternRewriter& rewriter) const override {
    if (!Fits(op)) return mlir::failure();
    const Place place(op, rewriter);
    Values results;
    const bool together = RowsLieTogether(op);
    for (const Piece& piece : Pieces(op.getVectorType())) {
      if (!together) {
        results.push_back(Gathered(op, place, piece, rewriter));
        continue;
      }
      results.push_back(mlir::vector::TransferReadOp::create(
          rewriter, op.getLoc(), PieceType(op.getVectorType(), piece), place.buffer(),
          place.IndicesOf(piece, op.getLoc(), rewriter), std::optional<mlir::Value>(op.getPadding()),
          place.row_map(), llvm::ArrayRef<bool>{true}));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return mlir::success();
  }

 private:
  static mlir::Value Gathered(mlir::vector::TransferReadOp op, const Place& place, const Piece& piece,
                              ConversionPatternRewriter& rewriter) {
    const mlir::VectorType type = PieceType(op.getVectorType(), piece);
    Values elements;
    for (int64_t e = 0; e < piece.length; ++e) {
      elements.push_back(mlir::memref::LoadOp::create(rewriter, op.getLoc(), place.buffer(),
                                                      place.IndicesOf(piece, op.getLoc(), rewriter, e)));
    }
    return mlir::vector::FromElementsOp::create(rewriter, op.getLoc(), type, elements);
  }
};

class CutWrite : public OpConversionPattern<mlir::vector::TransferWriteOp> {
 public:
  using OpConversionPattern::OpConversionPattern;

  static bool Fits(mlir::vector::TransferWriteOp op) { return IsWholeTransfer(op); }

  mlir::LogicalResult matchAndRewrite(mlir::vector::TransferWriteOp op, OneToNOpAdaptor adaptor,
                                      ConversionPatternRewriter& rewriter) const override {
    if (!Fits(op)) return mlir::failure();
    const Place place(op, rewriter);
    const bool together = RowsLieTogether(op);
    for (auto [piece, value] : llvm::zip(Pieces(op.getVectorType()), adaptor.getValueToStore())) {
      if (!together) {
        Scatter(op, value, place, piece, rewriter);
        continue;
      }
      mlir::vector::TransferWriteOp::create(rewriter, op.getLoc(), value, place.buffer(),
                                            place.IndicesOf(piece, op.getLoc(), rewriter), place.row_map(),
                                            llvm::ArrayRef<bool>{true});
    }
    rewriter.eraseOp(op);
    return mlir::success();
  }

 private:
  static void Scatter(mlir::vector::TransferWriteOp op, mlir::Value row, const Place& place,
                      const Piece& piece, ConversionPatternRewriter& rewriter) {
    for (int64_t e = 0; e < piece.length; ++e) {
      mlir::Value element = mlir::vector::ExtractOp::create(rewriter, op.getLoc(), row, e);
      mlir::memref::StoreOp::create(rewriter, op.getLoc(), element, place.buffer(),
                                    place.IndicesOf(piece, op.getLoc(), rewriter, e));
    }
  }
};

template <typename Op, typename Pattern>
void TransferStaysUnlessCut(mlir::ConversionTarget& target, const mlir::TypeConverter& types) {
  target.addDynamicallyLegalOp<Op>([&types](Op op) {
    return !Pattern::Fits(op) || (types.isLegal(op.getOperation()) && RowsLieTogether(op));
  });
}

template <typename Op, typename Pattern>
void StaysUnlessCut(mlir::ConversionTarget& target, const mlir::TypeConverter& types) {
  target.addDynamicallyLegalOp<Op>(
      [&types](Op op) { return types.isLegal(op.getOperation()) || !Pattern::Fits(op); });
}

}  // namespace

DiagnosedSilenceableFailure VectorsToRowsOp::apply(mlir::transform::TransformRewriter& rewriter,
                                                   mlir::transform::TransformResults& results,
                                                   mlir::transform::TransformState& state) {
  const PieceTypes types;
  mlir::ConversionTarget legal(*getContext());
  mlir::RewritePatternSet patterns(getContext());
  patterns.add<CutElementwise, CutConstant, CutBroadcast, CutShapeCast, CutRead, CutWrite>(types,
                                                                                           getContext());
  patterns.add<CutContraction>(types, getContext(), getSkipZeroColumns());
  mlir::scf::populateSCFStructuralTypeConversionsAndLegality(types, patterns, legal);
  legal.addDynamicallyLegalOp<mlir::vector::ContractionOp>(
      [](mlir::vector::ContractionOp op) { return !CutContraction::Fits(op); });
  StaysUnlessCut<mlir::arith::ConstantOp, CutConstant>(legal, types);
  StaysUnlessCut<mlir::vector::BroadcastOp, CutBroadcast>(legal, types);
  StaysUnlessCut<mlir::vector::ShapeCastOp, CutShapeCast>(legal, types);
  TransferStaysUnlessCut<mlir::vector::TransferReadOp, CutRead>(legal, types);
  TransferStaysUnlessCut<mlir::vector::TransferWriteOp, CutWrite>(legal, types);
  legal.markUnknownOpDynamicallyLegal(
      [&](mlir::Operation* op) { return types.isLegal(op) || !CutElementwise::Fits(op); });
  mlir::ConversionConfig config;
  config.listener =
      static_cast<mlir::RewriterBase::Listener*>(rewriter.getListener());  // a TransformRewriter has no other
  const mlir::FrozenRewritePatternSet frozen(std::move(patterns));
  for (mlir::Operation* target : state.getPayloadOps(getTarget())) {
    if (mlir::failed(mlir::applyPartialConversion(target, legal, frozen, config)))
      return emitDefiniteFailure() << "vectors cannot be cut into rows";
  }
  return DiagnosedSilenceableFailure::success();
}

void VectorsToRowsOp::getEffects(llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance>& effects) {
  mlir::transform::onlyReadsHandle(getTargetMutable(), effects);
  mlir::transform::modifiesPayload(effects);
}

}  // namespace diapason::compiler
