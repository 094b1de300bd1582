// The matrices of Winograd's minimal filtering algorithms F(outputs, taps). A correlation of `outputs`
// results with a filter of `taps` taps needs points = outputs + taps - 1 products instead of outputs *
// taps:
//   y = A^T [ (G g) * (B^T d) ]
// Here d are the `points` inputs, g is the filter, y are the outputs, and * multiplies element by element.
// In two dimensions each matrix is applied to the columns and then to the rows.
//
// The algorithms are from S. Winograd, Arithmetic Complexity of Computations (1980), and use the Toom-Cook
// construction. A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks (2015), use them
// for convolutions. The interpolation points are dyadic numbers close to one. With them the rounding error
// of F(4, 3) is about a third of that with the usual points 0, +-1, +-2. B. Barabasz et al., Error Analysis
// and Improving the Accuracy of Winograd Convolution (2020), have shown that the choice of points matters.
#ifndef DIAPASON_COMPILER_TRANSFORM_WINOGRAD_MATRICES_H_
#define DIAPASON_COMPILER_TRANSFORM_WINOGRAD_MATRICES_H_

#include <cstdint>
#include <vector>

namespace diapason::compiler::transform {

// A matrix as a list of its rows. All rows have the same length.
using Matrix = std::vector<std::vector<double>>;

// The three matrices for one axis.
struct WinogradMatrices {
  Matrix input;   // B^T, which is points x points
  Matrix filter;  // G, which is points x taps
  Matrix output;  // A^T, which is outputs x points
};

// The largest number of points, outputs + taps - 1, that has a set of interpolation points.
inline constexpr int64_t kMaxWinogradPoints = 9;

// Returns the matrices. Requires outputs >= 1, taps >= 1 and outputs + taps - 1 <= kMaxWinogradPoints. With
// one tap the algorithm is the direct one, because the matrices then have no effect. `input` and `output`
// are exact; `filter` is rounded to double precision.
WinogradMatrices MakeWinogradMatrices(int64_t outputs, int64_t taps);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_WINOGRAD_MATRICES_H_
