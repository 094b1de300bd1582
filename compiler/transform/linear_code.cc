#include "compiler/transform/linear_code.h"

#include <cmath>
#include <cstddef>
#include <optional>

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"

namespace diapason::compiler::transform {
namespace {

// Returns whether the two are equal except for signs, and neither equal nor opposite as a whole.
bool DifferInSomeSigns(const std::vector<double>& a, const std::vector<double>& b) {
  bool same = false;
  bool opposite = false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::abs(a[i]) != std::abs(b[i])) return false;
    if (a[i] == 0) continue;
    (a[i] == b[i] ? same : opposite) = true;
  }
  return same && opposite;
}

std::vector<double> Column(const Matrix& matrix, size_t column) {
  std::vector<double> values;
  for (const std::vector<double>& row : matrix) values.push_back(row[column]);
  return values;
}

// Returns the last coefficient that is not zero, or 1 if all are.
double LastNonZero(const std::vector<double>& coefficients) {
  double last = 1;
  for (double value : coefficients) {
    if (value != 0) last = value;
  }
  return last;
}

}  // namespace

mlir::Value LinearCode::Constant(double value) {
  mlir::Value& known = known_[value];
  if (!known) {
    mlir::TypedAttr attr = constants_.getFloatAttr(mlir::getElementTypeOrSelf(type_), value);
    if (auto vector = llvm::dyn_cast<mlir::VectorType>(type_))
      attr = mlir::DenseElementsAttr::get(vector, attr);
    known = mlir::arith::ConstantOp::create(constants_, loc_, attr);
  }
  return known;
}

mlir::Value LinearCode::Add(mlir::Value a, mlir::Value b) {
  return mlir::arith::AddFOp::create(builder_, loc_, a, b);
}

mlir::Value LinearCode::Subtract(mlir::Value a, mlir::Value b) {
  return mlir::arith::SubFOp::create(builder_, loc_, a, b);
}

mlir::Value LinearCode::MultiplyAdd(double factor, mlir::Value value, mlir::Value sum) {
  if (factor == 1) return Add(sum, value);
  if (factor == -1) return Subtract(sum, value);
  return mlir::math::FmaOp::create(builder_, loc_, Constant(factor), value, sum);
}

mlir::Value LinearCode::Combine(const Row& coefficients, llvm::ArrayRef<mlir::Value> values) {
  std::optional<size_t> first;  // the sum begins with a factor of one if there is one
  for (size_t i = 0; i < values.size(); ++i) {
    if (coefficients[i] != 0 && (!first || coefficients[i] == 1)) first = i;
  }
  if (!first) return {};
  mlir::Value sum = values[*first];
  if (coefficients[*first] != 1)
    sum = mlir::arith::MulFOp::create(builder_, loc_, Constant(coefficients[*first]), sum);
  for (size_t i = 0; i < values.size(); ++i) {
    if (coefficients[i] != 0 && i != *first) sum = MultiplyAdd(coefficients[i], values[i], sum);
  }
  return sum;
}

llvm::SmallVector<mlir::Value> LinearCode::MultiplyByRowPairs(const Matrix& matrix,
                                                              llvm::ArrayRef<mlir::Value> values) {
  llvm::SmallVector<mlir::Value> results(matrix.size());
  for (size_t i = 0; i < matrix.size(); ++i) {
    if (results[i]) continue;
    size_t other = i + 1;
    while (other < matrix.size() && (results[other] || !DifferInSomeSigns(matrix[i], matrix[other]))) ++other;
    if (other == matrix.size()) {
      results[i] = Combine(matrix[i], values);
      if (!results[i]) results[i] = Constant(0);
      continue;
    }
    // The rows are even + odd and even - odd.
    Row even(values.size(), 0.0);
    Row odd(values.size(), 0.0);
    for (size_t k = 0; k < values.size(); ++k)
      (matrix[i][k] == matrix[other][k] ? even : odd)[k] = matrix[i][k];
    const double factor = LastNonZero(even) == 1 ? LastNonZero(odd) : 1;
    for (double& value : odd) value /= factor;
    const mlir::Value e = Combine(even, values);
    const mlir::Value o = Combine(odd, values);
    results[i] = MultiplyAdd(factor, o, e);
    results[other] = MultiplyAdd(-factor, o, e);
  }
  return results;
}

void LinearCode::PairColumns(Matrix& matrix, llvm::SmallVectorImpl<mlir::Value>& values) {
  std::vector<bool> taken(values.size(), false);
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = i + 1; j < values.size() && !taken[i]; ++j) {
      if (taken[j] || !DifferInSomeSigns(Column(matrix, i), Column(matrix, j))) continue;
      // a * x + b * y is a * (x + y) if a = b, and a * (x - y) if a = -b.
      const mlir::Value sum = Add(values[i], values[j]);
      const mlir::Value difference = Subtract(values[i], values[j]);
      for (Row& row : matrix) {
        const bool same = row[i] == row[j];
        (same ? row[j] : row[i]) = 0;
        if (!same) row[j] = -row[j];
      }
      values[i] = sum;
      values[j] = difference;
      taken[i] = taken[j] = true;
    }
  }
}

llvm::SmallVector<mlir::Value> LinearCode::Multiply(const Matrix& matrix,
                                                    llvm::ArrayRef<mlir::Value> values) {
  // Pairs of interpolation points give pairs of rows in B^T and G, and pairs of columns in A^T.
  for (size_t i = 0; i < matrix.size(); ++i) {
    for (size_t j = i + 1; j < matrix.size(); ++j) {
      if (DifferInSomeSigns(matrix[i], matrix[j])) return MultiplyByRowPairs(matrix, values);
    }
  }
  Matrix paired = matrix;
  llvm::SmallVector<mlir::Value> sums(values);
  PairColumns(paired, sums);
  return MultiplyByRowPairs(paired, sums);
}

}  // namespace diapason::compiler::transform
