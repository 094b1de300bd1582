// Emits loops on tensors whose bodies read and write vectors. Steps that write an algorithm as loops use
// it. Private to compiler/transform.
#ifndef DIAPASON_COMPILER_TRANSFORM_TENSOR_LOOPS_H_
#define DIAPASON_COMPILER_TRANSFORM_TENSOR_LOOPS_H_

#include <cstdint>

#include "llvm/ADT/STLFunctionalExtras.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"

namespace diapason::compiler::transform {

// Emits code at the place of `builder`, which is borrowed and must outlive this.
class TensorLoops {
 public:
  TensorLoops(mlir::OpBuilder& builder, mlir::Location loc) : builder_(builder), loc_(loc) {}

  mlir::Value Index(int64_t value);
  mlir::Value Apply(mlir::AffineExpr expr, mlir::ValueRange dims);
  // Returns a tensor of f32.
  mlir::Value Empty(llvm::ArrayRef<int64_t> shape);

  // Read or write a vector of `shape` in a tensor, inside of its bounds. The vector's axes are those
  // that `map` gives, by default the last ones.
  mlir::Value Read(mlir::Value tensor, mlir::ValueRange indices, llvm::ArrayRef<int64_t> shape,
                   mlir::AffineMap map = {});
  mlir::Value Write(mlir::Value vector, mlir::Value tensor, mlir::ValueRange indices,
                    mlir::AffineMap map = {});
  // Returns a vector of `shape` that repeats a number, or a vector along the last axis.
  mlir::Value Broadcast(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  // Returns the same elements as a vector of another shape.
  mlir::Value Reshape(mlir::Value vector, llvm::ArrayRef<int64_t> shape);

  // Emits a loop from 0 to `end` that carries `tensor`, or only its body if there is one iteration.
  mlir::Value For(int64_t end, int64_t step, mlir::Value tensor,
                  llvm::function_ref<mlir::Value(mlir::Value index, mlir::Value tensor)> body);

 protected:
  mlir::OpBuilder& builder() { return builder_; }
  mlir::Location loc() const { return loc_; }

 private:
  mlir::OpBuilder& builder_;
  mlir::Location loc_;
};

// Returns what the results of a contraction begin with if that depends at most on their last axis: a vector
// with an element for each place on it, or a number. Returns null otherwise.
mlir::Value CommonStart(mlir::linalg::LinalgOp contraction);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_TENSOR_LOOPS_H_
