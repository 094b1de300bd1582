#include "compiler/model/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <random>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::model {
namespace {

constexpr double kRelative = 1e-3;  // of the largest expected element, and of each element
constexpr double kCosine = 0.9999;

template <typename T>
double ElementAt(const std::string& bytes, int64_t i) {
  T value;
  std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof value);
  return static_cast<double>(value);
}

std::vector<double> Values(const Tensor& tensor) {
  std::vector<double> values(NumElements(tensor.shape));
  for (size_t i = 0; i < values.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    switch (tensor.element_type) {
      case v1::ELEMENT_TYPE_I8:
      case v1::ELEMENT_TYPE_BOOL:
        values[i] = ElementAt<int8_t>(tensor.bytes, at);
        break;
      case v1::ELEMENT_TYPE_I32:
        values[i] = ElementAt<int32_t>(tensor.bytes, at);
        break;
      case v1::ELEMENT_TYPE_I64:
        values[i] = ElementAt<int64_t>(tensor.bytes, at);
        break;
      default:
        values[i] = ElementAt<float>(tensor.bytes, at);
    }
  }
  return values;
}

double Dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

bool IsSameNonFinite(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (std::isinf(a) && a == b);
}

Comparison CompareFloats(std::vector<double> a, std::vector<double> b) {
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
    near = near && std::isfinite(error) && error <= kRelative * largest + kRelative * std::fabs(b[i]);
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
  const int64_t elements = NumElements(shape);
  const int64_t size = ElementBytes(type);
  tensor.bytes.resize(elements * size);
  std::mt19937_64 random(seed);
  for (int64_t i = 0; i < elements; ++i) {
    const uint64_t bits = random();
    // This is written by hand, because the distributions of the standard library differ between its
    // implementations.
    const float number = static_cast<float>(bits >> 40) * 0x1p-23f - 1.0f;
    const int64_t integer = static_cast<int64_t>(bits >> 63);
    // Integers are little-endian, so their low bytes come first.
    const void* source = type == v1::ELEMENT_TYPE_F32 ? static_cast<const void*>(&number) : &integer;
    std::memcpy(tensor.bytes.data() + i * size, source, size);
  }
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
  Comparison result = CompareFloats(a, b);
  if (expected.element_type != v1::ELEMENT_TYPE_F32) result.matches = actual.bytes == expected.bytes;
  return result;
}

}  // namespace diapason::compiler::model
