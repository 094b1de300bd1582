// The matrices of Winograd's minimal filtering algorithms F(outputs, taps): a correlation of `outputs` results
// with a filter of `taps` taps takes points = outputs + taps - 1 products instead of outputs * taps:
//   y = A^T [ (G g) * (B^T d) ]     d: points inputs, g: the filter, y: outputs, *: element by element
// In two dimensions each matrix is applied to the columns and then to the rows.
//
// Source: S. Winograd, Arithmetic Complexity of Computations (1980), by the Toom-Cook construction; its use
// for convolutions is A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks (2015). The
// interpolation points are dyadic numbers close to one, which makes the rounding error of F(4, 3) about a
// third of that of the usual points 0, +-1, +-2; that choice of points matters was shown by B. Barabasz et
// al., Error Analysis and Improving the Accuracy of Winograd Convolution (2020).
#ifndef DIAPASON_COMPILER_TRANSFORM_WINOGRAD_MATRICES_H_
#define DIAPASON_COMPILER_TRANSFORM_WINOGRAD_MATRICES_H_

#include <cstdint>
#include <vector>

namespace diapason::compiler::transform {

// A matrix as a list of its rows. All rows have the same length.
using Matrix = std::vector<std::vector<double>>;

struct WinogradMatrices {
  Matrix input;   // B^T, points x points
  Matrix filter;  // G, points x taps
  Matrix output;  // A^T, outputs x points
};

// The largest number of points, outputs + taps - 1, that has a set of interpolation points.
inline constexpr int64_t kMaxWinogradPoints = 8;

// Requires outputs >= 1, taps >= 1 and outputs + taps - 1 <= kMaxWinogradPoints. With one tap all three are
// the identity in effect: the algorithm then is the direct one. `input` and `output` are exact; `filter` is
// rounded to double precision.
WinogradMatrices MakeWinogradMatrices(int64_t outputs, int64_t taps);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_WINOGRAD_MATRICES_H_
