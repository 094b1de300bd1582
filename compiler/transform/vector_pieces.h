// Vectors of several axes, or of uneven lengths, as *pieces*: 1-D vectors whose lengths are powers of two (24
// elements are 16 and 8), which registers hold. Shared by the patterns of unroll_vectors_to_1d; private to
// compiler/transform.
#ifndef DIAPASON_COMPILER_TRANSFORM_VECTOR_PIECES_H_
#define DIAPASON_COMPILER_TRANSFORM_VECTOR_PIECES_H_

#include <cstdint>
#include <utility>

#include "llvm/ADT/SmallVector.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Transforms/DialectConversion.h"

namespace diapason::compiler::transform {

using Position = llvm::SmallVector<int64_t>;
using PieceValues = llvm::SmallVector<mlir::Value>;

// A part of a vector: `length` elements of one row, from `start` on.
struct VectorPiece {
  Position row;  // in all axes but the last
  int64_t start;
  int64_t length;
};

// Start and length of the pieces of a row: powers of two, the largest first.
llvm::SmallVector<std::pair<int64_t, int64_t>> CutRow(int64_t length);

// All pieces of a vector, row by row.
llvm::SmallVector<VectorPiece> PiecesOf(mlir::VectorType type);
mlir::VectorType PieceType(mlir::VectorType type, const VectorPiece& piece);

// Converts a vector type to the types of its pieces, and values where an operation stays as it is.
class PieceTypes : public mlir::TypeConverter {
 public:
  PieceTypes();
};

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_VECTOR_PIECES_H_
