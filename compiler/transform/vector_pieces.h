// Cuts vectors into *pieces*. A piece is a 1-D vector whose length is a power of two, so that registers can
// hold it; a row of 24 elements becomes pieces of 16 and 8. The patterns of unroll_vectors_to_1d use this.
// Private to compiler/transform.
#ifndef DIAPASON_COMPILER_TRANSFORM_VECTOR_PIECES_H_
#define DIAPASON_COMPILER_TRANSFORM_VECTOR_PIECES_H_

#include <cstdint>
#include <utility>

#include "llvm/ADT/SmallVector.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Transforms/DialectConversion.h"

namespace diapason::compiler::transform {

using Position = llvm::SmallVector<int64_t>;  // one index for each axis
using PieceValues = llvm::SmallVector<mlir::Value>;

// A part of a vector: `length` elements of one row, beginning with element `start`.
struct VectorPiece {
  Position row;  // the row's position in all axes except the last
  int64_t start;
  int64_t length;
};

// Returns start and length of each piece of a row, the longest piece first.
llvm::SmallVector<std::pair<int64_t, int64_t>> CutRow(int64_t length);

// Returns all pieces of a vector, row by row.
llvm::SmallVector<VectorPiece> PiecesOf(mlir::VectorType type);
mlir::VectorType PieceType(mlir::VectorType type, const VectorPiece& piece);

// Converts a vector type to the types of its pieces. Between operations that are converted and others it also
// converts the values.
class PieceTypes : public mlir::TypeConverter {
 public:
  PieceTypes();
};

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_VECTOR_PIECES_H_
