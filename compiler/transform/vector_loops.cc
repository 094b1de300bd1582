#include "compiler/transform/vector_loops.h"

#include <algorithm>
#include <optional>

#include "compiler/transform/combiner.h"
#include "compiler/transform/vector_code.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/bit.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace diapason::compiler::transform {
namespace {

using mlir::Value;
using Values = llvm::SmallVector<Value>;

// A part of a block of columns, which one vector holds.
struct Piece {
  int64_t start, length;
};

// Cuts `length` elements into whole vectors, and the rest into vectors of smaller powers of two.
llvm::SmallVector<Piece> Cut(int64_t length, int64_t lanes) {
  llvm::SmallVector<Piece> pieces;
  for (int64_t start = 0; start < length; start += pieces.back().length) {
    const auto rest = static_cast<uint64_t>(length - start);
    pieces.push_back({start, std::min<int64_t>(lanes, static_cast<int64_t>(llvm::bit_floor(rest)))});
  }
  return pieces;
}

// Writes the loops of one op. The *columns* are the iterations of the loop along contiguous memory. If the
// columns are reduced, some *rows*, the iterations of the last parallel loop, are computed together, so that
// their horizontal sums overlap.
class VectorLoops {
 public:
  VectorLoops(mlir::RewriterBase& rewriter, mlir::linalg::GenericOp op, const VectorLoopOptions& options)
      : b_(rewriter),
        op_(op),
        code_(rewriter, op),
        options_(options),
        extents_(op.getStaticLoopRanges()),
        columns_(ContiguousLoop(op)),
        index_(extents_.size()),
        scalars_(op->getNumOperands()) {
    const auto kinds = op.getIteratorTypesArray();
    reduces_columns_ = kinds[columns_] == mlir::utils::IteratorType::reduction;
    for (unsigned loop = 0; loop < kinds.size(); ++loop) {
      if (loop == columns_) continue;
      (kinds[loop] == mlir::utils::IteratorType::parallel ? outer_ : reduced_).push_back(loop);
    }
    if (reduces_columns_) {
      const auto row =
          llvm::find_if(llvm::reverse(outer_), [&](unsigned loop) { return extents_[loop] > 1; });
      if (row != outer_.rend()) {
        row_loop_ = *row;
        outer_.erase(llvm::find(outer_, *row_loop_));
      }
    }
    for (unsigned result = 0; result < op.getNumDpsInits(); ++result) {
      if (IsReduced(result)) sums_.push_back({result, FindCombiner(op, result)});
    }
  }

  bool PartsCanBeCombined() const {
    return !reduces_columns_ || llvm::all_of(sums_, [](const Sum& sum) { return sum.combiner.has_value(); });
  }

  void Write() {
    b_.setInsertionPoint(op_);
    Loop(outer_, {}, [&](mlir::ValueRange) {
      WriteRows();
      return Values();
    });
    b_.eraseOp(op_);
  }

 private:
  struct Sum {
    unsigned result;
    std::optional<Combiner> combiner;
  };
  using Body = llvm::function_ref<Values(mlir::ValueRange)>;

  // Whether the result has one element for all iterations of the reductions.
  bool IsReduced(unsigned result) {
    const mlir::AffineMap map = op_.getMatchingIndexingMap(op_.getDpsInitOperand(result));
    return (reduces_columns_ && !map.isFunctionOfDim(columns_)) ||
           llvm::any_of(reduced_, [&](unsigned loop) { return !map.isFunctionOfDim(loop); });
  }

  Value Constant(int64_t value) { return mlir::arith::ConstantIndexOp::create(b_, op_.getLoc(), value); }

  // Writes loops over all of `loops`, in this order, which carry `values`. Returns their last values.
  Values Loop(llvm::ArrayRef<unsigned> loops, mlir::ValueRange values, Body body) {
    if (loops.empty()) return body(values);
    return Range(loops.front(), 0, extents_[loops.front()], 1, values,
                 [&](mlir::ValueRange inner) { return Loop(loops.drop_front(), inner, body); });
  }

  // Writes one loop over [begin, end), of which `step` is a divisor, unless it has a single iteration.
  Values Range(unsigned loop, int64_t begin, int64_t end, int64_t step, mlir::ValueRange values, Body body) {
    if (begin == end) return Values(values);
    if (end - begin == step) {
      index_[loop] = Constant(begin);
      return body(values);
    }
    Value low = Constant(begin), high = Constant(end), by = Constant(step);
    auto made = mlir::scf::ForOp::create(b_, op_.getLoc(), low, high, by, values);
    mlir::OpBuilder::InsertionGuard guard(b_);
    b_.setInsertionPointToStart(made.getBody());
    index_[loop] = made.getInductionVar();
    Values last = body(made.getRegionIterArgs());
    if (!values.empty()) {
      b_.setInsertionPointToEnd(made.getBody());
      mlir::scf::YieldOp::create(b_, op_.getLoc(), last);
    }
    return Values(made.getResults());
  }

  void WriteRows() {
    if (!reduces_columns_) return WriteColumns();
    const int64_t rows = row_loop_ ? extents_[*row_loop_] : 1;
    const int64_t together = std::min(options_.rows, rows), whole = rows - rows % together;
    const auto reduce = [&](int64_t count) {
      return [this, count](mlir::ValueRange) {
        ReduceRows(count);
        return Values();
      };
    };
    if (!row_loop_) return ReduceRows(1);
    Range(*row_loop_, 0, whole, together, {}, reduce(together));
    Range(*row_loop_, whole, rows, std::max<int64_t>(1, rows - whole), {}, reduce(rows - whole));
  }

  // Columns that are not reduced: each lane has an element of its own.
  void WriteColumns() {
    const int64_t block = options_.vectors * options_.lanes, extent = extents_[columns_];
    const int64_t left = extent % block;
    // A rest of less than a vector belongs to the last block, because another pass over the reductions costs
    // more than it.
    const bool joins = left < options_.lanes && extent > block;
    const int64_t rest = joins ? left + block : left, whole = extent - rest;
    const auto write = [&](int64_t length) {
      return [this, length](mlir::ValueRange) {
        WriteBlock(Cut(length, options_.lanes));
        return Values();
      };
    };
    LoadScalars(1, /*in_reduction=*/false);
    Range(columns_, 0, whole, block, {}, write(block));
    Range(columns_, whole, extent, std::max<int64_t>(1, rest), {}, write(rest));
  }

  void WriteBlock(llvm::ArrayRef<Piece> pieces) {
    Values sums;
    for (const Sum& sum : sums_) {
      for (const Piece& piece : pieces) sums.push_back(LoadResult(sum.result, piece));
    }
    const auto slots = llvm::to_vector(llvm::seq(static_cast<unsigned>(pieces.size())));
    sums = Loop(reduced_, sums, [&](mlir::ValueRange inner) {
      LoadScalars(1, /*in_reduction=*/true);
      return Compute(pieces, slots, static_cast<unsigned>(pieces.size()), 1, inner);
    });
    for (auto [i, sum] : llvm::enumerate(sums_)) {
      for (auto [p, piece] : llvm::enumerate(pieces))
        Store(sum.result, 0, piece, sums[i * pieces.size() + p]);
    }
  }

  // Columns that are reduced. Each row has a partial result for each vector of a block, and one for each
  // piece that is shorter than a vector.
  void ReduceRows(int64_t rows) {
    const int64_t lanes = options_.lanes, block = options_.vectors * lanes, extent = extents_[columns_];
    const int64_t whole = extent - extent % block;
    const llvm::SmallVector<Piece> main = Cut(block, lanes), rest = Cut(extent - whole, lanes);
    llvm::SmallVector<int64_t> lengths;
    if (whole > 0) lengths.assign(main.size(), lanes);
    const auto main_slots = llvm::to_vector(llvm::seq(static_cast<unsigned>(main.size())));
    llvm::SmallVector<unsigned> rest_slots;
    for (auto [i, piece] : llvm::enumerate(rest)) {
      const bool has_slot = piece.length == lanes && i < lengths.size();
      rest_slots.push_back(static_cast<unsigned>(has_slot ? i : lengths.size()));
      if (!has_slot) lengths.push_back(piece.length);
    }
    const auto slots = static_cast<unsigned>(lengths.size());
    LoadScalars(rows, /*in_reduction=*/false);
    Values sums;
    for (const Sum& sum : sums_) {
      for (int64_t row = 0; row < rows; ++row) {
        for (int64_t length : lengths) sums.push_back(StartOfPart(sum, row, length));
      }
    }
    sums = Loop(reduced_, sums, [&](mlir::ValueRange inner) {
      LoadScalars(rows, /*in_reduction=*/true);
      Values parts = Range(columns_, 0, whole, block, inner, [&](mlir::ValueRange values) {
        return Compute(main, main_slots, slots, rows, values);
      });
      return Range(columns_, whole, extent, std::max<int64_t>(1, extent - whole), parts,
                   [&](mlir::ValueRange values) { return Compute(rest, rest_slots, slots, rows, values); });
    });
    for (auto [i, sum] : llvm::enumerate(sums_)) {
      llvm::SmallVector<Values> parts;
      for (int64_t row = 0; row < rows; ++row) {
        const auto first = sums.begin() + static_cast<int64_t>((i * static_cast<size_t>(rows)) * slots) +
                           row * static_cast<int64_t>(slots);
        parts.emplace_back(first, first + slots);
      }
      const Values totals = code_.CombineLanes(*sum.combiner, parts);
      for (auto [row, total] : llvm::enumerate(totals)) {
        const Values where = Indices(op_.getDpsInitOperand(sum.result), static_cast<int64_t>(row), 0);
        Value start =
            mlir::memref::LoadOp::create(b_, op_.getLoc(), op_.getDpsInitOperand(sum.result)->get(), where);
        Value all = code_.Combine(*sum.combiner, start, total);
        mlir::memref::StoreOp::create(b_, op_.getLoc(), all, op_.getDpsInitOperand(sum.result)->get(), where);
      }
    }
  }

  Value StartOfPart(const Sum& sum, int64_t row, int64_t length) {
    if (sum.combiner->neutral) return code_.Broadcast(code_.Constant(sum.combiner->neutral), length);
    mlir::OpOperand* operand = op_.getDpsInitOperand(sum.result);
    Value start = mlir::memref::LoadOp::create(b_, op_.getLoc(), operand->get(), Indices(operand, row, 0));
    return code_.Broadcast(start, length);
  }

  // Computes the body for all pieces of a block and for some rows. `sums` has `slots` partial results for
  // each row of each sum, and piece number p belongs to slots_of[p]. Returns the new partial results.
  Values Compute(llvm::ArrayRef<Piece> pieces, llvm::ArrayRef<unsigned> slots_of, unsigned slots,
                 int64_t rows, mlir::ValueRange sums) {
    Values next(sums);
    for (auto [p, piece] : llvm::enumerate(pieces)) {
      llvm::SmallVector<Values> operands(static_cast<size_t>(rows));
      for (mlir::OpOperand& operand : op_->getOpOperands()) {
        for (int64_t row = 0; row < rows; ++row) {
          Values& mine = operands[static_cast<size_t>(row)];
          const bool same = row > 0 && !op_.getMatchingIndexingMap(&operand).isFunctionOfDim(*row_loop_);
          mine.push_back(same ? operands[0].back() : Load(operand, row, piece));
        }
      }
      llvm::SmallVector<Values> results;
      for (int64_t row = 0; row < rows; ++row) {
        Values& mine = operands[static_cast<size_t>(row)];
        for (auto [i, sum] : llvm::enumerate(sums_)) {
          mine[op_.getNumDpsInputs() + sum.result] =
              next[(i * static_cast<size_t>(rows) + static_cast<size_t>(row)) * slots + slots_of[p]];
        }
        results.push_back(code_.Body(mine, piece.length));
      }
      for (int64_t row = 0; row < rows; ++row) {
        const Values& mine = results[static_cast<size_t>(row)];
        for (unsigned result = 0; result < mine.size(); ++result) {
          if (!IsReduced(result)) Store(result, row, piece, mine[result]);
        }
        for (auto [i, sum] : llvm::enumerate(sums_))
          next[(i * static_cast<size_t>(rows) + static_cast<size_t>(row)) * slots + slots_of[p]] =
              mine[sum.result];
      }
    }
    return next;
  }

  // Returns the indices of the element at the current iteration, `row` rows and `column` columns further.
  Values Indices(mlir::OpOperand* operand, int64_t row, int64_t column) {
    Values indices;
    for (mlir::AffineExpr expr : op_.getMatchingIndexingMap(operand).getResults()) {
      auto loop = llvm::dyn_cast<mlir::AffineDimExpr>(expr);
      if (!loop) {
        indices.push_back(Constant(llvm::cast<mlir::AffineConstantExpr>(expr).getValue()));
        continue;
      }
      const unsigned at = loop.getPosition();
      const int64_t more = at == columns_ ? column : row_loop_ == at ? row : 0;
      Value index = index_[at];
      if (more != 0) index = mlir::arith::AddIOp::create(b_, op_.getLoc(), index, Constant(more));
      indices.push_back(index);
    }
    return indices;
  }

  // Loads the operands that are the same for all columns, outside of the loop over columns. Those that change
  // in the other reductions are loaded inside of these.
  void LoadScalars(int64_t rows, bool in_reduction) {
    for (mlir::OpOperand& operand : op_->getOpOperands()) {
      const mlir::AffineMap map = op_.getMatchingIndexingMap(&operand);
      const bool changes = llvm::any_of(reduced_, [&](unsigned loop) { return map.isFunctionOfDim(loop); });
      if (!IsRead(operand) || map.isFunctionOfDim(columns_) || changes != in_reduction) continue;
      Values& scalars = scalars_[operand.getOperandNumber()];
      scalars.clear();
      const bool by_row = row_loop_ && map.isFunctionOfDim(*row_loop_);
      for (int64_t row = 0; row < (by_row ? rows : 1); ++row) {
        const bool is_buffer = llvm::isa<mlir::MemRefType>(operand.get().getType());
        scalars.push_back(is_buffer ? mlir::memref::LoadOp::create(b_, op_.getLoc(), operand.get(),
                                                                   Indices(&operand, row, 0))
                                    : operand.get());
      }
    }
  }

  // Whether the body reads the operand from memory. Sums are carried through the loops.
  bool IsRead(mlir::OpOperand& operand) {
    if (!op_.isDpsInit(&operand)) return true;
    const auto result = static_cast<unsigned>(operand.getOperandNumber() - op_.getNumDpsInputs());
    return !IsReduced(result) && op_.payloadUsesValueFromOperand(&operand);
  }

  // Returns null for an operand that the body does not read.
  Value Load(mlir::OpOperand& operand, int64_t row, const Piece& piece) {
    if (!IsRead(operand)) return Value();
    if (!op_.getMatchingIndexingMap(&operand).isFunctionOfDim(columns_)) {
      const Values& scalars = scalars_[operand.getOperandNumber()];
      return scalars[scalars.size() == 1 ? 0 : static_cast<size_t>(row)];
    }
    return code_.Load(operand.get(), ColumnAxis(&operand), piece.length,
                      [&](int64_t lane) { return Indices(&operand, row, piece.start + lane); });
  }

  Value LoadResult(unsigned result, const Piece& piece) {
    mlir::OpOperand* operand = op_.getDpsInitOperand(result);
    return code_.Load(operand->get(), ColumnAxis(operand), piece.length,
                      [&](int64_t lane) { return Indices(operand, 0, piece.start + lane); });
  }

  void Store(unsigned result, int64_t row, const Piece& piece, Value value) {
    mlir::OpOperand* operand = op_.getDpsInitOperand(result);
    code_.Store(value, operand->get(), ColumnAxis(operand), piece.length,
                [&](int64_t lane) { return Indices(operand, row, piece.start + lane); });
  }

  unsigned ColumnAxis(mlir::OpOperand* operand) {
    return *op_.getMatchingIndexingMap(operand).getResultPosition(
        mlir::getAffineDimExpr(columns_, op_.getContext()));
  }

  mlir::RewriterBase& b_;
  mlir::linalg::GenericOp op_;
  VectorCode code_;
  const VectorLoopOptions options_;
  const llvm::SmallVector<int64_t> extents_;
  const unsigned columns_;
  bool reduces_columns_ = false;
  llvm::SmallVector<unsigned> outer_, reduced_;  // the other loops, without the one over rows
  std::optional<unsigned> row_loop_;
  llvm::SmallVector<Sum> sums_;
  // Where code is written now: the index of each loop, and for each operand that has no columns its value in
  // each row, or one for all rows.
  Values index_;
  llvm::SmallVector<Values> scalars_;
};

bool IsIndexedByLoops(mlir::AffineMap map) { return map.isProjectedPermutation(/*allowZeroInResults=*/true); }

bool HasWholeBytes(mlir::Type type) {
  const mlir::Type element = mlir::getElementTypeOrSelf(type);
  return element.isIntOrFloat() && element.getIntOrFloatBitWidth() % 8 == 0;
}

}  // namespace

unsigned ContiguousLoop(mlir::linalg::GenericOp op) {
  unsigned best = op.getNumLoops() - 1;
  llvm::SmallVector<double> scores(op.getNumLoops(), 0);
  for (mlir::OpOperand& operand : op->getOpOperands()) {
    auto type = llvm::dyn_cast<mlir::ShapedType>(operand.get().getType());
    const mlir::AffineMap map = op.getMatchingIndexingMap(&operand);
    for (unsigned loop = 0; type && loop < scores.size(); ++loop) {
      if (!map.isFunctionOfDim(loop)) continue;
      const bool along = !map.dropResult(map.getNumResults() - 1).isFunctionOfDim(loop);
      const auto weight = static_cast<double>(type.getNumElements() * (op.isDpsInit(&operand) ? 2 : 1));
      scores[loop] += along ? weight : -weight;
    }
  }
  for (unsigned loop = best; loop-- > 0;) {
    if (scores[loop] > scores[best]) best = loop;
  }
  return best;
}

bool HasVectorLoops(mlir::linalg::GenericOp op) {
  if (!op.hasPureBufferSemantics() || op.hasDynamicShape() || op.getNumLoops() == 0 || op.hasIndexSemantics())
    return false;
  if (!llvm::all_of(op.getIndexingMapsArray(), IsIndexedByLoops) ||
      !llvm::all_of(op->getOperandTypes(), HasWholeBytes))
    return false;
  mlir::IRRewriter rewriter(op.getContext());
  return VectorCode::CanVectorize(op) && VectorLoops(rewriter, op, {}).PartsCanBeCombined();
}

void ReplaceByVectorLoops(mlir::RewriterBase& rewriter, mlir::linalg::GenericOp op,
                          const VectorLoopOptions& options) {
  VectorLoops(rewriter, op, options).Write();
}

}  // namespace diapason::compiler::transform
