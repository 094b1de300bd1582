#include "device-agent/runner/tensors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "proto/domain/element_type.h"
#include "proto/domain/small_floats.h"

namespace diapason::device_agent {
namespace {

constexpr int64_t kMaxBytes = int64_t{1} << 33;
constexpr uint32_t kUnboundedRange = 100;  // integers without a bound lie in [0, 100)

// A hash of 32 bits that compilers can vectorise: the last step of MurmurHash3 (Appleby).
uint32_t Mix(uint32_t x) {
  x ^= x >> 16;
  x *= 0x85ebca6bu;
  x ^= x >> 13;
  x *= 0xc2b2ae35u;
  return x ^ (x >> 16);
}

// Stores `convert(number)` for random numbers from `low` to `low + width`.
template <typename T, typename Convert>
void FillFloats(T* data, size_t count, uint32_t seed, float low, float width, const Convert& convert) {
  for (size_t i = 0; i < count; ++i) {
    const uint32_t bits = Mix(static_cast<uint32_t>(i) + seed) >> 8;
    data[i] = convert(low + width * (static_cast<float>(bits) * 0x1p-24f));
  }
}

template <typename T>
void FillIntegers(T* data, size_t count, uint32_t seed, int64_t bound) {
  const uint32_t range =
      bound > 0 ? static_cast<uint32_t>(std::min<int64_t>(bound, UINT32_MAX)) : kUnboundedRange;
  for (size_t i = 0; i < count; ++i) {
    data[i] = static_cast<T>(Mix(static_cast<uint32_t>(i) + seed) % range);
  }
}

// Sets the slabs [0, low) and [extent - high, extent) of dimension `dim` to zero.
void ZeroBorder(const v1::Argument& argument, int dim, size_t element_bytes, char* data) {
  const int64_t extent = argument.shape(dim);
  const int64_t low =
      dim < argument.zero_low_size() ? std::clamp<int64_t>(argument.zero_low(dim), 0, extent) : 0;
  const int64_t high =
      dim < argument.zero_high_size() ? std::clamp<int64_t>(argument.zero_high(dim), 0, extent) : 0;
  if (low == 0 && high == 0) return;
  size_t outer = 1;
  size_t inner = element_bytes;
  for (int d = 0; d < argument.shape_size(); ++d) {
    if (d < dim) outer *= static_cast<size_t>(argument.shape(d));
    if (d > dim) inner *= static_cast<size_t>(argument.shape(d));
  }
  for (size_t o = 0; o < outer; ++o) {
    char* const row = data + o * static_cast<size_t>(extent) * inner;
    std::memset(row, 0, static_cast<size_t>(low) * inner);
    std::memset(row + static_cast<size_t>(extent - high) * inner, 0, static_cast<size_t>(high) * inner);
  }
}

bool IsFloat(v1::ElementType type) {
  return type == v1::ELEMENT_TYPE_F32 || type == v1::ELEMENT_TYPE_F16 || type == v1::ELEMENT_TYPE_BF16 ||
         type == v1::ELEMENT_TYPE_F64;
}

template <typename T, typename Convert>
std::vector<float> Converted(absl::string_view bytes, const Convert& convert) {
  const absl::Span<const T> elements(reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T));
  std::vector<float> numbers;
  numbers.reserve(elements.size());
  for (const T& element : elements) numbers.push_back(convert(element));
  return numbers;
}

// Returns the elements of any type of floats. `storage` holds them if they are not float32.
absl::Span<const float> Floats(v1::ElementType type, absl::string_view bytes, std::vector<float>& storage) {
  switch (type) {
    case v1::ELEMENT_TYPE_F16:
      storage =
          Converted<uint16_t>(bytes, [](uint16_t bits) { return static_cast<float>(HalfToDouble(bits)); });
      return storage;
    case v1::ELEMENT_TYPE_BF16:
      storage = Converted<uint16_t>(bytes, BrainFloatToFloat);
      return storage;
    case v1::ELEMENT_TYPE_F64:
      storage = Converted<double>(bytes, [](double number) { return static_cast<float>(number); });
      return storage;
    default:
      return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
  }
}

}  // namespace

absl::StatusOr<size_t> BytesOf(const v1::Argument& argument) {
  int64_t bytes = ElementBytes(argument.element_type());
  if (bytes == 0)
    return absl::InvalidArgumentError(
        absl::StrCat("the element type ", argument.element_type(), " is not known"));
  for (int64_t extent : argument.shape()) {
    if (extent < 0 || (extent > 0 && bytes > kMaxBytes / extent)) {
      return absl::InvalidArgumentError(
          absl::StrCat("the argument is too large, or its extent of ", extent, " is negative"));
    }
    bytes *= extent;
  }
  return static_cast<size_t>(bytes);
}

void Fill(const v1::Argument& argument, uint64_t seed, v1::ReferenceOutput::Fill fill, char* data) {
  const auto element_bytes = static_cast<size_t>(ElementBytes(argument.element_type()));
  size_t count = 1;
  for (int64_t extent : argument.shape()) count *= static_cast<size_t>(extent);
  const uint32_t start = Mix(static_cast<uint32_t>(seed) ^ Mix(static_cast<uint32_t>(seed >> 32) + 1));
  const bool positive = fill == v1::ReferenceOutput::FILL_POSITIVE;
  const float low = positive ? 0.25f : -1.0f, width = positive ? 1.0f : 2.0f;
  switch (argument.element_type()) {
    case v1::ELEMENT_TYPE_F32:
      FillFloats(reinterpret_cast<float*>(data), count, start, low, width, [](float x) { return x; });
      break;
    case v1::ELEMENT_TYPE_F64:
      FillFloats(reinterpret_cast<double*>(data), count, start, low, width, [](float x) { return x; });
      break;
    case v1::ELEMENT_TYPE_F16:
      FillFloats(reinterpret_cast<uint16_t*>(data), count, start, low, width, DoubleToHalf);
      break;
    case v1::ELEMENT_TYPE_BF16:
      FillFloats(reinterpret_cast<uint16_t*>(data), count, start, low, width, FloatToBrainFloat);
      break;
    case v1::ELEMENT_TYPE_I8:
      FillIntegers(reinterpret_cast<int8_t*>(data), count, start, argument.bound());
      break;
    case v1::ELEMENT_TYPE_I16:
      FillIntegers(reinterpret_cast<int16_t*>(data), count, start, argument.bound());
      break;
    case v1::ELEMENT_TYPE_I32:
      FillIntegers(reinterpret_cast<int32_t*>(data), count, start, argument.bound());
      break;
    case v1::ELEMENT_TYPE_I64:
      FillIntegers(reinterpret_cast<int64_t*>(data), count, start, argument.bound());
      break;
    default:
      break;
  }
  for (int dim = 0; dim < argument.shape_size(); ++dim) ZeroBorder(argument, dim, element_bytes, data);
}

bool IsComparable(const v1::Argument& argument, absl::string_view data) {
  if (!IsFloat(argument.element_type())) return true;
  std::vector<float> storage;
  const absl::Span<const float> values = Floats(argument.element_type(), data, storage);
  const auto nans = std::count_if(values.begin(), values.end(), [](float v) { return std::isnan(v); });
  return static_cast<size_t>(nans) * 2 <= values.size() &&
         std::any_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

double RelativeError(const v1::Argument& argument, absl::string_view actual, absl::string_view expected) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (actual.size() != expected.size()) return kInfinity;
  if (!IsFloat(argument.element_type())) return actual == expected ? 0 : kInfinity;
  std::vector<float> actual_storage, expected_storage;
  const absl::Span<const float> a = Floats(argument.element_type(), actual, actual_storage);
  const absl::Span<const float> e = Floats(argument.element_type(), expected, expected_storage);
  // A number that lies between two of 16 bits may be rounded to either.
  const float rounding = argument.element_type() == v1::ELEMENT_TYPE_BF16  ? 0x1p-7f
                         : argument.element_type() == v1::ELEMENT_TYPE_F16 ? 0x1p-10f
                                                                           : 0;
  float error = 0;
  float largest = 0;
  for (size_t i = 0; i < e.size(); ++i) {
    if (std::isfinite(e[i]) && std::isfinite(a[i])) {
      error = std::max(error, std::abs(a[i] - e[i]) - rounding * std::abs(e[i]));
      largest = std::max(largest, std::abs(e[i]));
    } else if (!(std::isnan(e[i]) && std::isnan(a[i])) && !(a[i] == e[i])) {
      return kInfinity;
    }
  }
  if (error == 0) return 0;
  return largest == 0 ? kInfinity : static_cast<double>(error) / static_cast<double>(largest);
}

}  // namespace diapason::device_agent
