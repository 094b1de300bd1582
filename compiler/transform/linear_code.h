// Products of small constant matrices with values, as straight-line code.
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

// Emits code for values of one floating-point type, a scalar or a vector. Zeros cost nothing, ones no
// multiplication. Two rows or two columns that differ in signs only share their sums (those of a pair of
// interpolation points do).
class LinearCode {
 public:
  // Code goes where `builder` stands; `constants` is where constants go, in front of all code.
  LinearCode(mlir::OpBuilder& builder, mlir::OpBuilder constants, mlir::Location loc, mlir::Type type)
      : builder_(builder), constants_(constants), loc_(loc), type_(type) {}

  // matrix * values. Shape: rows x values.size() times values.
  llvm::SmallVector<mlir::Value> Multiply(const Matrix& matrix, llvm::ArrayRef<mlir::Value> values);

  // rows * values * columns^T, where `values` is a matrix in row-major order, as is the result.
  llvm::SmallVector<mlir::Value> MultiplyBothSides(const Matrix& rows, const Matrix& columns,
                                                   llvm::ArrayRef<mlir::Value> values);

 private:
  using Row = std::vector<double>;

  mlir::Value Constant(double value);
  mlir::Value Add(mlir::Value a, mlir::Value b);
  mlir::Value Subtract(mlir::Value a, mlir::Value b);
  mlir::Value MultiplyAdd(double factor, mlir::Value value, mlir::Value sum);
  // The sum of coefficient times value; null where all coefficients are zero.
  mlir::Value Combine(const Row& coefficients, llvm::ArrayRef<mlir::Value> values);
  llvm::SmallVector<mlir::Value> MultiplyByRowPairs(const Matrix& matrix, llvm::ArrayRef<mlir::Value> values);
  // Replaces pairs of columns that differ in signs by sums and differences. False where there is none.
  bool PairColumns(Matrix& matrix, llvm::SmallVectorImpl<mlir::Value>& values);

  mlir::OpBuilder& builder_;
  mlir::OpBuilder constants_;
  mlir::Location loc_;
  mlir::Type type_;
  std::map<double, mlir::Value> known_;
};

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_LINEAR_CODE_H_
