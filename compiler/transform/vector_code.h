// Writes the body of a linalg.generic op for vectors. Private to compiler/transform.
#ifndef DIAPASON_COMPILER_TRANSFORM_VECTOR_CODE_H_
#define DIAPASON_COMPILER_TRANSFORM_VECTOR_CODE_H_

#include <cstdint>

#include "compiler/transform/combiner.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace diapason::compiler::transform {

// A value is a scalar if it is the same in all lanes, and a vector otherwise. What depends on scalars only is
// computed as a scalar, and broadcast where it meets a vector. Vectors are 1-D, except those of Body.
class VectorCode {
 public:
  using Value = mlir::Value;
  using Values = llvm::SmallVector<mlir::Value>;
  // Returns the indices of the element that belongs to a lane.
  using IndicesOfLane = llvm::function_ref<Values(int64_t)>;

  // Code is inserted at `rewriter`, which must outlive this, with the location of `op`.
  VectorCode(mlir::RewriterBase& rewriter, mlir::linalg::GenericOp op) : b_(rewriter), op_(op) {}

  // Whether each operation of the body works on vectors as on scalars.
  static bool CanVectorize(mlir::linalg::GenericOp op);

  // Computes the body and returns what it yields, as vectors of `shape`, or as they are if it is empty.
  // `arguments` are scalars and vectors of that shape. They may be null where the body does not use them.
  Values Body(mlir::ValueRange arguments, llvm::ArrayRef<int64_t> shape);

  // Combines two partial results, scalars or vectors.
  Value Combine(const Combiner& combiner, Value accumulator, Value contribution);

  // Combines the lanes of all vectors of each row to a scalar. The rows have vectors of the same lengths,
  // which are powers of two; all but the longest occur once. The rows are reduced step by step together,
  // because one step waits for the one before.
  Values CombineLanes(const Combiner& combiner, llvm::ArrayRef<Values> rows);

  Value Constant(mlir::TypedAttr value);
  // Returns `value` in all lanes of a vector. A value that is a vector is returned as it is, and so is any
  // value if the shape is empty.
  Value Broadcast(Value value, llvm::ArrayRef<int64_t> shape);

  // Reads or writes the elements of a vector, which lie along `axis` of the buffer. If they are not
  // contiguous, they are read or written one by one.
  Value Load(Value buffer, unsigned axis, int64_t length, IndicesOfLane indices);
  void Store(Value value, Value buffer, unsigned axis, int64_t length, IndicesOfLane indices);

 private:
  Value Write(mlir::Operation* op, mlir::ValueRange operands);
  Value Part(Value vector, int64_t start, int64_t length);

  mlir::RewriterBase& b_;
  mlir::linalg::GenericOp op_;
};

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_VECTOR_CODE_H_
