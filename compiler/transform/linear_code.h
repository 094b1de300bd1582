// Emits straight-line code that multiplies small constant matrices by values.
#ifndef DIAPASON_COMPILER_TRANSFORM_LINEAR_CODE_H_
#define DIAPASON_COMPILER_TRANSFORM_LINEAR_CODE_H_

#include <map>
#include <vector>

#include "compiler/transform/winograd_matrices.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"

namespace diapason::compiler::transform {

// Emits code for values of one floating-point type, a scalar or a vector. Coefficients of zero need no
// code, and ones no multiplication. Two rows or two columns that differ only in signs share their sums.
// This is the case for a pair of interpolation points (winograd_matrices.h).
class LinearCode {
 public:
  // Code is inserted at `builder`, which must outlive this, and constants at `constants`, which must be
  // before all code.
  LinearCode(mlir::OpBuilder& builder, mlir::OpBuilder constants, mlir::Location loc, mlir::Type type)
      : builder_(builder), constants_(constants), loc_(loc), type_(type) {}

  // Returns matrix * values. Each row of the matrix must have values.size() elements.
  llvm::SmallVector<mlir::Value> Multiply(const Matrix& matrix, llvm::ArrayRef<mlir::Value> values);

 private:
  using Row = std::vector<double>;

  mlir::Value Constant(double value);
  mlir::Value Add(mlir::Value a, mlir::Value b);
  mlir::Value Subtract(mlir::Value a, mlir::Value b);
  mlir::Value MultiplyAdd(double factor, mlir::Value value, mlir::Value sum);
  // Returns the sum of each coefficient times its value, or null if all coefficients are zero.
  mlir::Value Combine(const Row& coefficients, llvm::ArrayRef<mlir::Value> values);
  llvm::SmallVector<mlir::Value> MultiplyByRowPairs(const Matrix& matrix, llvm::ArrayRef<mlir::Value> values);
  // Replaces pairs of columns that differ only in signs by sums and differences.
  void PairColumns(Matrix& matrix, llvm::SmallVectorImpl<mlir::Value>& values);

  mlir::OpBuilder& builder_;
  mlir::OpBuilder constants_;
  mlir::Location loc_;
  mlir::Type type_;
  std::map<double, mlir::Value> known_;
};

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_LINEAR_CODE_H_
