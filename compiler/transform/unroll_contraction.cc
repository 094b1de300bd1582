#include "compiler/transform/argument_roles.h"
#include "compiler/transform/linear_code.h"
#include "compiler/transform/unroll_patterns.h"
#include "compiler/transform/vector_pieces.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace diapason::compiler::transform {
namespace {

using mlir::ConversionPatternRewriter;
using mlir::OpConversionPattern;

// The columns of a contraction's left operand that are known to be zero. They are known if the operand is
// read from a slice of an argument. The columns are the operand's second last axis.
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

// Unrolls vector.contract (m..., k) x (k, n) -> (m..., n), as AddUnrolledContractions describes.
class UnrollContraction : public OpConversionPattern<mlir::vector::ContractionOp> {
 public:
  UnrollContraction(const mlir::TypeConverter& types, mlir::MLIRContext* context, bool skip_zero_columns)
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
    const auto pieces = PiecesOf(llvm::cast<mlir::VectorType>(op.getAccType()));
    const int64_t per_row = static_cast<int64_t>(CutRow(op.getRhsType().getShape().back()).size());
    PieceValues sums(adaptor.getAcc());
    mlir::Value scalar;
    for (int64_t step = 0; step < op.getRhsType().getDimSize(0); ++step) {
      for (size_t i = 0; i < pieces.size(); ++i) {
        const VectorPiece& piece = pieces[i];
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

// Multiplies a constant matrix by a vector, along any axis but the last: (m, k) x (x..., k, y..., n) ->
// (x..., m, y..., n). The coefficients become parts of the code (linear_code.h).
class MultiplyByConstant : public OpConversionPattern<mlir::vector::ContractionOp> {
 public:
  MultiplyByConstant(const mlir::TypeConverter& types, mlir::MLIRContext* context)
      : OpConversionPattern(types, context, /*benefit=*/2) {}

  static bool Fits(mlir::vector::ContractionOp op) {
    mlir::DenseElementsAttr matrix;
    if (op.getKind() != mlir::vector::CombiningKind::ADD || op.getLhsType().getRank() != 2 ||
        !mlir::matchPattern(op.getLhs(), mlir::m_Constant(&matrix)) ||
        !mlir::matchPattern(op.getAcc(), mlir::m_AnyZeroFloat()))
      return false;
    return Axis(op).has_value();
  }

  mlir::LogicalResult matchAndRewrite(mlir::vector::ContractionOp op, OneToNOpAdaptor adaptor,
                                      ConversionPatternRewriter& rewriter) const override {
    if (!Fits(op)) return mlir::failure();
    const unsigned axis = *Axis(op);
    const llvm::ArrayRef<int64_t> shape = op.getRhsType().getShape();
    // The pieces of one step along the axis follow one another.
    const auto parts = static_cast<int64_t>(CutRow(shape.back()).size());
    const int64_t inner = llvm::product_of(shape.drop_front(axis + 1).drop_back()) * parts;
    const Matrix matrix = MatrixOf(op);
    const auto height = static_cast<int64_t>(matrix.size()), width = shape[axis];
    mlir::OpBuilder constants(rewriter);
    constants.setInsertionPointToStart(
        &op->getParentOfType<mlir::FunctionOpInterface>().getFunctionBody().front());
    PieceValues results(adaptor.getRhs().size() / width * height);
    for (int64_t outer = 0; outer < llvm::product_of(shape.take_front(axis)); ++outer) {
      for (int64_t i = 0; i < inner; ++i) {
        PieceValues values;
        for (int64_t k = 0; k < width; ++k)
          values.push_back(adaptor.getRhs()[(outer * width + k) * inner + i]);
        LinearCode code(rewriter, constants, op.getLoc(), values.front().getType());
        for (auto [m, value] : llvm::enumerate(code.Multiply(matrix, values)))
          results[(outer * height + static_cast<int64_t>(m)) * inner + i] = value;
      }
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return mlir::success();
  }

 private:
  // Returns the axis along which the matrix is multiplied, if there is one.
  static std::optional<unsigned> Axis(mlir::vector::ContractionOp op) {
    const auto maps = op.getIndexingMapsArray();
    const mlir::AffineMap lhs = maps[0], rhs = maps[1], acc = maps[2];
    if (rhs.getNumResults() != acc.getNumResults()) return std::nullopt;
    std::optional<unsigned> axis;
    for (unsigned i = 0; i < rhs.getNumResults(); ++i) {
      if (rhs.getResult(i) == acc.getResult(i)) continue;
      if (axis || rhs.getResult(i) != lhs.getResult(1) || acc.getResult(i) != lhs.getResult(0))
        return std::nullopt;
      axis = i;
    }
    return axis && *axis + 1 < rhs.getNumResults() ? axis : std::nullopt;
  }

  static Matrix MatrixOf(mlir::vector::ContractionOp op) {
    mlir::DenseElementsAttr elements;
    mlir::matchPattern(op.getLhs(), mlir::m_Constant(&elements));
    Matrix matrix(op.getLhsType().getDimSize(0));
    int64_t i = 0;
    for (const llvm::APFloat& element : elements.getValues<llvm::APFloat>())
      matrix[i++ / op.getLhsType().getDimSize(1)].push_back(element.convertToDouble());
    return matrix;
  }
};

}  // namespace

void AddUnrolledContractions(const mlir::TypeConverter& types, bool skip_zero_columns,
                             mlir::RewritePatternSet& patterns, mlir::ConversionTarget& target) {
  patterns.add<UnrollContraction>(types, patterns.getContext(), skip_zero_columns);
  patterns.add<MultiplyByConstant>(types, patterns.getContext());
  target.addDynamicallyLegalOp<mlir::vector::ContractionOp>([](mlir::vector::ContractionOp op) {
    return !UnrollContraction::Fits(op) && !MultiplyByConstant::Fits(op);
  });
}

}  // namespace diapason::compiler::transform
