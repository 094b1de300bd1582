#include "compiler/transform/winograd_matrices.h"

#include <cassert>
#include <cmath>
#include <cstddef>

namespace diapason::compiler::transform {
namespace {

// Returns the finite interpolation points; one more point is at infinity. Points in pairs +a, -a share most
// of the work of the transforms. Sums and products of a few of them are exact in double precision.
const std::vector<double>& InterpolationPoints(size_t count) {
  static const auto* sets = new std::vector<std::vector<double>>{
      {},
      {0.0},
      {1.0, -1.0},
      {0.0, 1.0, -1.0},
      {0.375, -0.375, 1.25, -1.25},
      {0.0, 0.625, -0.625, 1.5, -1.5},
      {0.375, -0.375, 0.875, -0.875, 1.75, -1.75},
      {0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5},
      {0.25, -0.25, 0.625, -0.625, 1.125, -1.125, 2.25, -2.25},
  };
  return (*sets)[count];
}

// Returns the coefficients, from the constant term upwards, of the product of (x - a) over all points `a`
// except the one at index `left_out`.
std::vector<double> ProductOfRoots(const std::vector<double>& points, size_t left_out) {
  std::vector<double> coefficients = {1.0};
  for (size_t i = 0; i < points.size(); ++i) {
    if (i == left_out) continue;
    coefficients.push_back(0.0);
    for (size_t k = coefficients.size() - 1; k > 0; --k)
      coefficients[k] = coefficients[k - 1] - points[i] * coefficients[k];
    coefficients[0] *= -points[i];
  }
  return coefficients;
}

Matrix Identity(size_t size) {
  Matrix matrix(size, std::vector<double>(size, 0.0));
  for (size_t i = 0; i < size; ++i) matrix[i][i] = 1.0;
  return matrix;
}

}  // namespace

WinogradMatrices MakeWinogradMatrices(int64_t outputs, int64_t taps) {
  assert(outputs >= 1 && taps >= 1 && outputs + taps - 1 <= kMaxWinogradPoints);
  const auto num_outputs = static_cast<size_t>(outputs);
  const auto num_taps = static_cast<size_t>(taps);
  if (taps == 1) return {Identity(num_outputs), Matrix(num_outputs, {1.0}), Identity(num_outputs)};
  const std::vector<double>& points = InterpolationPoints(num_outputs + num_taps - 2);
  const size_t infinity = points.size();
  WinogradMatrices matrices;
  for (size_t i = 0; i < points.size(); ++i) {
    std::vector<double> row = ProductOfRoots(points, i);
    row.push_back(0.0);
    matrices.input.push_back(row);
    double norm = 1.0;
    for (size_t j = 0; j < points.size(); ++j) {
      if (j != i) norm *= points[i] - points[j];
    }
    std::vector<double>& taps_row = matrices.filter.emplace_back();
    for (size_t k = 0; k < num_taps; ++k)
      taps_row.push_back(std::pow(points[i], static_cast<double>(k)) / norm);
  }
  matrices.input.push_back(ProductOfRoots(points, infinity));
  matrices.filter.emplace_back(num_taps, 0.0).back() = 1.0;
  for (size_t k = 0; k < num_outputs; ++k) {
    std::vector<double>& row = matrices.output.emplace_back();
    for (double point : points) row.push_back(std::pow(point, static_cast<double>(k)));
    row.push_back(k + 1 == num_outputs ? 1.0 : 0.0);
  }
  return matrices;
}

}  // namespace diapason::compiler::transform
