#include "compiler/graph/elements.h"

#include <cstring>

#include "proto/domain/element_type.h"
#include "proto/domain/small_floats.h"

namespace diapason::compiler::graph {
namespace {

template <typename T>
T ReadAs(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

Scalar ReadElement(v1::ElementType type, const char* from) {
  switch (type) {
    case v1::ELEMENT_TYPE_F32:
      return {ReadAs<float>(from), 0};
    case v1::ELEMENT_TYPE_F64:
      return {ReadAs<double>(from), 0};
    case v1::ELEMENT_TYPE_F16:
      return {HalfToDouble(ReadAs<uint16_t>(from)), 0};
    case v1::ELEMENT_TYPE_BF16:
      return {BrainFloatToFloat(ReadAs<uint16_t>(from)), 0};
    case v1::ELEMENT_TYPE_I8:
      return {0, ReadAs<int8_t>(from)};
    case v1::ELEMENT_TYPE_U8:
      return {0, ReadAs<uint8_t>(from)};
    case v1::ELEMENT_TYPE_I16:
      return {0, ReadAs<int16_t>(from)};
    case v1::ELEMENT_TYPE_U16:
      return {0, ReadAs<uint16_t>(from)};
    case v1::ELEMENT_TYPE_I32:
      return {0, ReadAs<int32_t>(from)};
    case v1::ELEMENT_TYPE_U32:
      return {0, ReadAs<uint32_t>(from)};
    case v1::ELEMENT_TYPE_I64:
    case v1::ELEMENT_TYPE_U64:
      return {0, ReadAs<int64_t>(from)};
    default:  // BOOL
      return {0, *from != 0};
  }
}

void AppendElement(v1::ElementType type, const Scalar& number, std::string& bytes) {
  const auto append = [&](auto value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); };
  switch (type) {
    case v1::ELEMENT_TYPE_F32:
      return append(static_cast<float>(number.f));
    case v1::ELEMENT_TYPE_F64:
      return append(number.f);
    case v1::ELEMENT_TYPE_F16:
      return append(DoubleToHalf(number.f));
    case v1::ELEMENT_TYPE_BF16:
      return append(FloatToBrainFloat(static_cast<float>(number.f)));
    case v1::ELEMENT_TYPE_I8:
    case v1::ELEMENT_TYPE_U8:
      return append(static_cast<int8_t>(number.i));
    case v1::ELEMENT_TYPE_I16:
    case v1::ELEMENT_TYPE_U16:
      return append(static_cast<int16_t>(number.i));
    case v1::ELEMENT_TYPE_I32:
    case v1::ELEMENT_TYPE_U32:
      return append(static_cast<int32_t>(number.i));
    case v1::ELEMENT_TYPE_I64:
    case v1::ELEMENT_TYPE_U64:
      return append(number.i);
    default:  // BOOL
      return append(static_cast<char>(number.i != 0));
  }
}

}  // namespace

bool IsFloat(v1::ElementType type) {
  return type == v1::ELEMENT_TYPE_F32 || type == v1::ELEMENT_TYPE_F64 || type == v1::ELEMENT_TYPE_F16 ||
         type == v1::ELEMENT_TYPE_BF16;
}

std::vector<Scalar> ReadElements(v1::ElementType type, absl::string_view bytes) {
  const size_t size = static_cast<size_t>(ElementBytes(type));
  std::vector<Scalar> numbers(bytes.size() / size);
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = ReadElement(type, bytes.data() + i * size);
  return numbers;
}

std::string ToBytes(v1::ElementType type, absl::Span<const Scalar> numbers) {
  std::string bytes;
  bytes.reserve(numbers.size() * static_cast<size_t>(ElementBytes(type)));
  for (const Scalar& number : numbers) AppendElement(type, number, bytes);
  return bytes;
}

}  // namespace diapason::compiler::graph
