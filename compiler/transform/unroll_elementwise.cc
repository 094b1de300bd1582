#include "compiler/transform/unroll_patterns.h"
#include "compiler/transform/vector_pieces.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace diapason::compiler::transform {
namespace {

using mlir::ConversionPatternRewriter;
using mlir::OpConversionPattern;

// Replaces an elementwise operation by one for each piece.
class UnrollElementwise : public mlir::ConversionPattern {
 public:
  UnrollElementwise(const mlir::TypeConverter& types, mlir::MLIRContext* context)
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
    PieceValues results;
    for (auto [i, piece] : llvm::enumerate(PiecesOf(type))) {
      PieceValues parts;
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

class UnrollConstant : public OpConversionPattern<mlir::arith::ConstantOp> {
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
    PieceValues results;
    for (const VectorPiece& piece : PiecesOf(type)) {
      results.push_back(mlir::arith::ConstantOp::create(
          rewriter, op.getLoc(),
          mlir::DenseElementsAttr::get(PieceType(type, piece), value.getSplatValue<mlir::Attribute>())));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return mlir::success();
  }
};

// Unrolls the broadcast of a scalar, or of a vector whose rows are as long as those of the result.
class UnrollBroadcast : public OpConversionPattern<mlir::vector::BroadcastOp> {
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
    PieceValues results;
    for (auto [i, piece] : llvm::enumerate(PiecesOf(type))) {
      if (!source) {
        results.push_back(mlir::vector::BroadcastOp::create(rewriter, op.getLoc(), PieceType(type, piece),
                                                            adaptor.getSource().front()));
        continue;
      }
      int64_t row = 0;  // axes that the source does not have, or whose size is 1, are not counted
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

// Unrolls a transposed broadcast of a vector whose elements are the same along each row of the result: each
// piece is the broadcast of one element.
//   transpose (broadcast %v : vector<4xf32> to vector<16x4xf32>), [1, 0] : vector<4x16xf32>
class UnrollTransposedBroadcast : public OpConversionPattern<mlir::vector::TransposeOp> {
 public:
  using OpConversionPattern::OpConversionPattern;

  static bool Fits(mlir::vector::TransposeOp op) {
    auto broadcast = op.getVector().getDefiningOp<mlir::vector::BroadcastOp>();
    if (!broadcast) return false;
    auto source = llvm::dyn_cast<mlir::VectorType>(broadcast.getSourceType());
    if (!source || source.getRank() == 0) return false;
    const int64_t axis = op.getPermutation().back() - MissingAxes(op, source);
    return axis < 0 || source.getDimSize(static_cast<unsigned>(axis)) == 1;
  }

  mlir::LogicalResult matchAndRewrite(mlir::vector::TransposeOp op, OneToNOpAdaptor,
                                      ConversionPatternRewriter& rewriter) const override {
    if (!Fits(op)) return mlir::failure();
    const mlir::Value from = op.getVector().getDefiningOp<mlir::vector::BroadcastOp>().getSource();
    const auto source = llvm::cast<mlir::VectorType>(from.getType());
    const mlir::VectorType type = op.getResultVectorType();
    PieceValues results;
    for (const VectorPiece& piece : PiecesOf(type)) {
      Position position(source.getRank(), 0);
      for (auto [axis, index] : llvm::zip(op.getPermutation().drop_back(), piece.row)) {
        const int64_t own = axis - MissingAxes(op, source);
        if (own >= 0 && source.getDimSize(static_cast<unsigned>(own)) > 1) position[own] = index;
      }
      mlir::Value element = mlir::vector::ExtractOp::create(rewriter, op.getLoc(), from, position);
      results.push_back(
          mlir::vector::BroadcastOp::create(rewriter, op.getLoc(), PieceType(type, piece), element));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return mlir::success();
  }

 private:
  // Returns how many leading axes of the broadcast vector the source does not have.
  static int64_t MissingAxes(mlir::vector::TransposeOp op, mlir::VectorType source) {
    return op.getSourceVectorType().getRank() - source.getRank();
  }
};

// Unrolls a shape cast that changes only the axes before the last one, so that rows do not change.
class UnrollShapeCast : public OpConversionPattern<mlir::vector::ShapeCastOp> {
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

// Takes rows, or vectors of rows, out of a vector.
class UnrollExtract : public OpConversionPattern<mlir::vector::ExtractOp> {
 public:
  using OpConversionPattern::OpConversionPattern;

  static bool Fits(mlir::vector::ExtractOp op) {
    return !op.hasDynamicPosition() && llvm::isa<mlir::VectorType>(op.getType());
  }

  mlir::LogicalResult matchAndRewrite(mlir::vector::ExtractOp op, OneToNOpAdaptor adaptor,
                                      ConversionPatternRewriter& rewriter) const override {
    if (!Fits(op)) return mlir::failure();
    int64_t first = 0;
    for (auto [position, extent] : llvm::zip(op.getStaticPosition(), op.getSourceVectorType().getShape()))
      first = first * extent + position;
    const size_t count = PiecesOf(llvm::cast<mlir::VectorType>(op.getType())).size();
    rewriter.replaceOpWithMultiple(op,
                                   {adaptor.getSource().slice(static_cast<size_t>(first) * count, count)});
    return mlir::success();
  }
};

template <typename Op, typename Pattern>
void IsLegalUnlessCut(mlir::ConversionTarget& target, const mlir::TypeConverter& types) {
  target.addDynamicallyLegalOp<Op>(
      [&types](Op op) { return types.isLegal(op.getOperation()) || !Pattern::Fits(op); });
}

}  // namespace

void AddUnrolledElementwise(const mlir::TypeConverter& types, mlir::RewritePatternSet& patterns,
                            mlir::ConversionTarget& target) {
  patterns.add<UnrollElementwise, UnrollConstant, UnrollBroadcast, UnrollTransposedBroadcast, UnrollShapeCast,
               UnrollExtract>(types, patterns.getContext());
  IsLegalUnlessCut<mlir::arith::ConstantOp, UnrollConstant>(target, types);
  IsLegalUnlessCut<mlir::vector::BroadcastOp, UnrollBroadcast>(target, types);
  IsLegalUnlessCut<mlir::vector::TransposeOp, UnrollTransposedBroadcast>(target, types);
  IsLegalUnlessCut<mlir::vector::ShapeCastOp, UnrollShapeCast>(target, types);
  IsLegalUnlessCut<mlir::vector::ExtractOp, UnrollExtract>(target, types);
  target.markUnknownOpDynamicallyLegal(
      [&types](mlir::Operation* op) { return types.isLegal(op) || !UnrollElementwise::Fits(op); });
}

}  // namespace diapason::compiler::transform
