#include "compiler/transform/transpose_rows.h"

#include <algorithm>

#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace diapason::compiler::transform {
namespace {

using Rows = llvm::ArrayRef<mlir::Value>;

int64_t LengthOf(mlir::Value row) { return llvm::cast<mlir::VectorType>(row.getType()).getDimSize(0); }

// Transposes matrices of any size with elements of one type.
class Transposer {
 public:
  Transposer(mlir::OpBuilder& b, mlir::Location loc, unsigned element_bits)
      : b_(b), loc_(loc), part_(std::max<int64_t>(1, 128 / element_bits)) {}

  PieceValues Any(Rows rows) {
    const auto count = static_cast<int64_t>(rows.size()), length = LengthOf(rows.front());
    PieceValues columns;
    if (count == length) return Square(rows);
    if (count < length) {  // squares side by side
      for (int64_t start = 0; start < length; start += count) {
        PieceValues square;
        for (mlir::Value row : rows) square.push_back(Slice(row, start, count));
        columns.append(Square(square));
      }
      return columns;
    }
    llvm::SmallVector<PieceValues> squares;  // one below the other
    for (int64_t first = 0; first < count; first += length)
      squares.push_back(Square(rows.slice(first, length)));
    for (int64_t column = 0; column < length; ++column) {
      PieceValues parts;
      for (const PieceValues& square : squares) parts.push_back(square[column]);
      columns.push_back(Join(parts));
    }
    return columns;
  }

 private:
  PieceValues Square(Rows rows) {
    const auto count = static_cast<int64_t>(rows.size()), part = std::min(part_, count);
    llvm::SmallVector<PieceValues> groups;
    for (int64_t first = 0; first < count; first += part)
      groups.push_back(InterleaveParts(rows.slice(first, part), part));
    PieceValues columns(count);
    for (int64_t j = 0; j < part; ++j) {
      PieceValues group;
      for (const PieceValues& rows_of_group : groups) group.push_back(rows_of_group[j]);
      MoveParts(group, part, j, part, columns);
    }
    return columns;
  }

  // Transposes the matrices of `part` x `part` elements that lie side by side in the rows.
  PieceValues InterleaveParts(Rows rows, int64_t part) {
    if (rows.size() == 1) return PieceValues(rows.begin(), rows.end());
    const size_t half = rows.size() / 2;
    const PieceValues upper = InterleaveParts(rows.take_front(half), part),
                      lower = InterleaveParts(rows.drop_front(half), part);
    const auto chunk = static_cast<int64_t>(half);
    PieceValues result;
    for (auto [a, c] : llvm::zip(upper, lower)) {
      for (int64_t from : {int64_t{0}, part / 2}) {
        Position order;
        for (int64_t start = 0; start < LengthOf(a); start += part) {
          for (int64_t i = 0; i < part; ++i) {
            const int64_t in_pair = i / (2 * chunk) * chunk + i % chunk;  // within the half of the part
            order.push_back((i / chunk % 2 == 0 ? 0 : LengthOf(a)) + start + from + in_pair);
          }
        }
        result.push_back(mlir::vector::ShuffleOp::create(b_, loc_, a, c, order));
      }
    }
    return result;
  }

  // Transposes a matrix whose elements are parts. Column number i becomes columns[base + step * i].
  void MoveParts(Rows rows, int64_t part, int64_t base, int64_t step, PieceValues& columns) {
    if (rows.size() == 1) {
      columns[base] = rows.front();
      return;
    }
    for (int64_t odd : {0, 1}) {
      PieceValues half;
      for (size_t i = 0; i < rows.size(); i += 2) {
        Position order;
        for (int64_t start : {int64_t{0}, LengthOf(rows[i])}) {
          for (int64_t from = odd * part; from < LengthOf(rows[i]); from += 2 * part) {
            for (int64_t e = 0; e < part; ++e) order.push_back(start + from + e);
          }
        }
        half.push_back(mlir::vector::ShuffleOp::create(b_, loc_, rows[i], rows[i + 1], order));
      }
      MoveParts(half, part, base + odd * step, 2 * step, columns);
    }
  }

  mlir::Value Slice(mlir::Value row, int64_t start, int64_t length) {
    return mlir::vector::ExtractStridedSliceOp::create(b_, loc_, row, {start}, {length}, {1});
  }

  mlir::Value Join(Rows parts) {
    if (parts.size() == 1) return parts.front();
    const size_t half = parts.size() / 2;
    mlir::Value low = Join(parts.take_front(half)), high = Join(parts.drop_front(half));
    return mlir::vector::ShuffleOp::create(b_, loc_, low, high,
                                           llvm::to_vector(llvm::seq<int64_t>(0, 2 * LengthOf(low))));
  }

  mlir::OpBuilder& b_;
  mlir::Location loc_;
  int64_t part_;  // elements in 128 bits
};

}  // namespace

PieceValues TransposeRows(Rows rows, mlir::OpBuilder& b, mlir::Location loc) {
  const auto type = llvm::cast<mlir::VectorType>(rows.front().getType());
  return Transposer(b, loc, type.getElementTypeBitWidth()).Any(rows);
}

}  // namespace diapason::compiler::transform
