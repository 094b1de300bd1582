#include "compiler/model/tensor.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <random>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/graph/elements.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::model {
namespace {

// Of the largest expected element, and of each element. A number between two bfloat16 may be rounded to
// either.
double RelativeLimit(v1::ElementType type) { return type == v1::ELEMENT_TYPE_BF16 ? 0x1p-7 : 1e-3; }
constexpr double kCosine = 0.9999;

std::vector<double> Values(const Tensor& tensor) {
  std::vector<double> values;
  const bool is_float = graph::IsFloat(tensor.element_type);
  for (const graph::Scalar& element : graph::ReadElements(tensor.element_type, tensor.bytes))
    values.push_back(is_float ? element.f : static_cast<double>(element.i));
  return values;
}

double Dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

bool IsSameNonFinite(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (std::isinf(a) && a == b);
}

Comparison CompareFloats(std::vector<double> a, std::vector<double> b, double limit) {
  Comparison result;
  for (size_t i = 0; i < a.size(); ++i) {
    if (IsSameNonFinite(a[i], b[i])) a[i] = b[i] = 0;
  }
  double largest = 0;
  for (double value : b) largest = std::max(largest, std::fabs(value));
  bool near = true;
  for (size_t i = 0; i < a.size(); ++i) {
    double error = std::fabs(a[i] - b[i]);
    if (!std::isfinite(error)) error = std::numeric_limits<double>::infinity();
    result.max_error = std::max(result.max_error, error);
    near = near && std::isfinite(error) && error <= limit * largest + limit * std::fabs(b[i]);
  }
  const double lengths = std::sqrt(Dot(a, a) * Dot(b, b));
  result.cosine = lengths > 0 ? Dot(a, b) / lengths : (result.max_error == 0 ? 1 : 0);
  result.max_relative_error = result.max_error == 0 ? 0 : result.max_error / largest;
  result.matches = near && result.cosine >= kCosine;
  return result;
}

}  // namespace

int64_t NumElements(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

Tensor RandomTensor(const std::string& name, v1::ElementType type, const std::vector<int64_t>& shape,
                    uint64_t seed) {
  Tensor tensor{name, type, shape, ""};
  std::vector<graph::Scalar> elements(static_cast<size_t>(NumElements(shape)));
  std::mt19937_64 random(seed);
  for (graph::Scalar& element : elements) {
    const uint64_t bits = random();
    // This is written by hand, because the distributions of the standard library differ between its
    // implementations.
    element.f = static_cast<float>(bits >> 40) * 0x1p-23f - 1.0f;
    element.i = static_cast<int64_t>(bits >> 63);
  }
  tensor.bytes = graph::ToBytes(type, elements);
  return tensor;
}

absl::StatusOr<Comparison> CompareTensors(const Tensor& actual, const Tensor& expected) {
  if (actual.element_type != expected.element_type || actual.shape != expected.shape) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the output has type ", ElementTypeName(actual.element_type), " and shape [",
        absl::StrJoin(actual.shape, ", "), "], but type ", ElementTypeName(expected.element_type),
        " and shape [", absl::StrJoin(expected.shape, ", "), "] are expected"));
  }
  const std::vector<double> a = Values(actual);
  const std::vector<double> b = Values(expected);
  Comparison result = CompareFloats(a, b, RelativeLimit(expected.element_type));
  if (!graph::IsFloat(expected.element_type)) result.matches = actual.bytes == expected.bytes;
  return result;
}

}  // namespace diapason::compiler::model
