#include "compiler/transform/winograd_matrices.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace diapason::compiler::transform {
namespace {

std::vector<double> Multiply(const Matrix& matrix, const std::vector<double>& vector) {
  std::vector<double> result;
  for (const std::vector<double>& row : matrix) {
    EXPECT_EQ(row.size(), vector.size());
    double sum = 0;
    for (size_t i = 0; i < row.size(); ++i) sum += row[i] * vector[i];
    result.push_back(sum);
  }
  return result;
}

std::vector<double> RandomVector(size_t size, std::mt19937_64& random) {
  std::vector<double> vector(size);
  for (double& value : vector) value = std::uniform_real_distribution<double>(-1, 1)(random);
  return vector;
}

TEST(WinogradMatricesTest, ComputeACorrelation) {
  constexpr uint64_t kSeed = 1;
  std::mt19937_64 random(kSeed);
  for (int64_t taps = 1; taps <= kMaxWinogradPoints; ++taps) {
    for (int64_t outputs = 1; outputs + taps - 1 <= kMaxWinogradPoints; ++outputs) {
      SCOPED_TRACE(testing::Message() << "F(" << outputs << ", " << taps << "), seed " << kSeed);
      const WinogradMatrices matrices = MakeWinogradMatrices(outputs, taps);
      const size_t points = static_cast<size_t>(outputs + taps - 1);
      const std::vector<double> input = RandomVector(points, random);
      const std::vector<double> filter = RandomVector(static_cast<size_t>(taps), random);
      std::vector<double> products = Multiply(matrices.input, input);
      const std::vector<double> transformed = Multiply(matrices.filter, filter);
      ASSERT_EQ(products.size(), points);
      ASSERT_EQ(transformed.size(), points);
      for (size_t i = 0; i < points; ++i) products[i] *= transformed[i];
      const std::vector<double> result = Multiply(matrices.output, products);
      ASSERT_EQ(result.size(), static_cast<size_t>(outputs));
      for (size_t y = 0; y < result.size(); ++y) {
        double expected = 0;
        for (size_t k = 0; k < filter.size(); ++k) expected += filter[k] * input[y + k];
        EXPECT_NEAR(result[y], expected, 1e-12) << "output " << y;
      }
    }
  }
}

// The transforms of inputs and outputs are computed in single precision, so single precision must hold
// their constants exactly.
TEST(WinogradMatricesTest, ConstantsOfTheKernelAreExactInSinglePrecision) {
  for (int64_t outputs = 1; outputs + 2 <= kMaxWinogradPoints; ++outputs) {
    const WinogradMatrices matrices = MakeWinogradMatrices(outputs, 3);
    for (const Matrix* matrix : {&matrices.input, &matrices.output}) {
      for (const std::vector<double>& row : *matrix) {
        for (double value : row) EXPECT_EQ(value, static_cast<double>(static_cast<float>(value)));
      }
    }
  }
}

}  // namespace
}  // namespace diapason::compiler::transform
