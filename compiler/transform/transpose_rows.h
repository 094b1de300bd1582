// Transposes blocks of 1-D vectors in registers. Private to compiler/transform.
#ifndef DIAPASON_COMPILER_TRANSFORM_TRANSPOSE_ROWS_H_
#define DIAPASON_COMPILER_TRANSFORM_TRANSPOSE_ROWS_H_

#include "compiler/transform/vector_pieces.h"
#include "llvm/ADT/ArrayRef.h"
#include "mlir/IR/Builders.h"

namespace diapason::compiler::transform {

// Returns the columns of a matrix whose rows are given. The rows are vectors of one type; their length and
// their number are powers of two. It makes vector.shuffle operations of two operands, most of which are one
// instruction: elements are interleaved within 128 bits first, and then whole parts of 128 bits move.
PieceValues TransposeRows(llvm::ArrayRef<mlir::Value> rows, mlir::OpBuilder& b, mlir::Location loc);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_TRANSPOSE_ROWS_H_
