// n-D vectors -> 1-D rows. Stock lowering to outer products puts k innermost and spills where a tile has several rows.
#include "compiler/transform/argument_roles.h"
#include "compiler/transform/transform_ops.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"

namespace diapason::compiler {
namespace {

using Position = llvm::SmallVector<int64_t>;

int64_t NumRows(mlir::VectorType type) {
  int64_t rows = 1;
  for (int64_t extent : type.getShape().drop_back()) rows *= extent;
  return rows;
}

Position RowPosition(mlir::VectorType type, int64_t row) {
  Position position(type.getRank() - 1);
  for (int64_t axis = type.getRank() - 2; axis >= 0; --axis) {
    position[axis] = row % type.getDimSize(axis);
    row /= type.getDimSize(axis);
  }
  return position;
}

mlir::VectorType RowType(mlir::VectorType type) {
  return mlir::VectorType::get({type.getShape().back()}, type.getElementType());
}

mlir::Value AssembleRows(mlir::PatternRewriter& rewriter, mlir::Location loc, mlir::VectorType type,
                         llvm::ArrayRef<mlir::Value> rows) {
  mlir::Value out = mlir::ub::PoisonOp::create(rewriter, loc, type);
  for (auto [i, row] : llvm::enumerate(rows))
    out = mlir::vector::InsertOp::create(rewriter, loc, row, out, RowPosition(type, static_cast<int64_t>(i)));
  return out;
}

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

// vector.contract (m..., k) x (k, n) -> (m..., n): k outermost, then every m: broadcast a scalar, one FMA per row.
class ContractToRows : public mlir::OpRewritePattern<mlir::vector::ContractionOp> {
 public:
  ContractToRows(mlir::MLIRContext* context, bool skip_zero_columns)
      : OpRewritePattern(context), skip_zero_columns_(skip_zero_columns) {}

  mlir::LogicalResult matchAndRewrite(mlir::vector::ContractionOp op,
                                      mlir::PatternRewriter& rewriter) const override {
    auto type = llvm::dyn_cast<mlir::VectorType>(op.getAccType());
    if (!type || op.getKind() != mlir::vector::CombiningKind::ADD || !type.getElementType().isF32())
      return mlir::failure();
    const auto maps = op.getIndexingMapsArray();
    const mlir::AffineMap lhs = maps[0], rhs = maps[1], acc = maps[2];
    if (acc.getNumResults() < 1 || lhs.getNumResults() != acc.getNumResults() || rhs.getNumResults() != 2)
      return mlir::failure();
    const unsigned n = acc.getDimPosition(acc.getNumResults() - 1), k = rhs.getDimPosition(0);
    if (rhs.getDimPosition(1) != n || !mlir::vector::isReductionIterator(op.getIteratorTypes()[k]))
      return mlir::failure();
    llvm::SmallVector<int64_t> bounds;
    op.getIterationBounds(bounds);

    const mlir::Location loc = op.getLoc();
    const bool k_is_last = lhs.getDimPosition(lhs.getNumResults() - 1) == k;
    const ZeroColumns zero = skip_zero_columns_ && k_is_last ? ZeroColumns::Of(op.getLhs()) : ZeroColumns();
    llvm::SmallVector<mlir::Value> sums;
    for (int64_t row = 0; row < NumRows(type); ++row)
      sums.push_back(mlir::vector::ExtractOp::create(rewriter, loc, op.getAcc(), RowPosition(type, row)));
    for (int64_t step = 0; step < bounds[k]; ++step) {
      mlir::Value weights = mlir::vector::ExtractOp::create(rewriter, loc, op.getRhs(), Position{step});
      for (int64_t row = 0; row < NumRows(type); ++row) {
        const Position position = RowPosition(type, row);
        if (!position.empty() && zero.Contains(position.back())) continue;
        mlir::Value scalar = mlir::vector::ExtractOp::create(rewriter, loc, op.getLhs(),
                                                             LhsPosition(lhs, acc, k, step, position));
        mlir::Value factor = mlir::vector::BroadcastOp::create(rewriter, loc, RowType(type), scalar);
        sums[row] = mlir::vector::FMAOp::create(rewriter, loc, factor, weights, sums[row]);
      }
    }
    rewriter.replaceOp(op, AssembleRows(rewriter, loc, type, sums));
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

  const bool skip_zero_columns_;
};

// An elementwise op on an n-D vector: one op per row.
class ElementwiseToRows : public mlir::RewritePattern {
 public:
  explicit ElementwiseToRows(mlir::MLIRContext* context)
      : RewritePattern(mlir::Pattern::MatchAnyOpTypeTag(), 1, context) {}

  mlir::LogicalResult matchAndRewrite(mlir::Operation* op, mlir::PatternRewriter& rewriter) const override {
    if (!mlir::OpTrait::hasElementwiseMappableTraits(op) || op->getNumResults() != 1) return mlir::failure();
    auto type = llvm::dyn_cast<mlir::VectorType>(op->getResult(0).getType());
    if (!type || type.getRank() < 2) return mlir::failure();
    if (!llvm::all_of(op->getOperandTypes(), llvm::IsaPred<mlir::VectorType>)) return mlir::failure();
    llvm::SmallVector<mlir::Value> rows;
    for (int64_t row = 0; row < NumRows(type); ++row) {
      llvm::SmallVector<mlir::Value> operands;
      for (mlir::Value operand : op->getOperands()) {
        operands.push_back(
            mlir::vector::ExtractOp::create(rewriter, op->getLoc(), operand, RowPosition(type, row)));
      }
      rows.push_back(
          rewriter
              .create(op->getLoc(), op->getName().getIdentifier(), operands, {RowType(type)}, op->getAttrs())
              ->getResult(0));
    }
    rewriter.replaceOp(op, AssembleRows(rewriter, op->getLoc(), type, rows));
    return mlir::success();
  }
};

}  // namespace

void VectorsToRowsOp::populatePatterns(mlir::RewritePatternSet& patterns) {
  patterns.add<ElementwiseToRows>(patterns.getContext());
  patterns.add<ContractToRows>(patterns.getContext(), getSkipZeroColumns());
  mlir::populateVectorToSCFConversionPatterns(
      patterns, mlir::VectorTransferToSCFOptions().enableFullUnroll().setTargetRank(1));
}

}  // namespace diapason::compiler
