#include "compiler/importer/narrow_types.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "compiler/graph/evaluate.h"
#include "compiler/importer/onnx_file.h"

namespace diapason::compiler::importer {
namespace {

using onnx::TensorProto;

constexpr NarrowType kTypes[] = {
    {TensorProto::INT8, v1::ELEMENT_TYPE_I32, 1, -128, 127},
    {TensorProto::UINT8, v1::ELEMENT_TYPE_I32, 1, 0, 255},
    {TensorProto::INT16, v1::ELEMENT_TYPE_I32, 2, -32768, 32767},
    {TensorProto::UINT16, v1::ELEMENT_TYPE_I32, 2, 0, 65535},
    {TensorProto::UINT32, v1::ELEMENT_TYPE_I64, 4, 0, std::numeric_limits<uint32_t>::max()},
    {TensorProto::FLOAT16, v1::ELEMENT_TYPE_F32, 2, 0, 0},
    {TensorProto::BFLOAT16, v1::ELEMENT_TYPE_F32, 2, 0, 0},
};

// Returns the value of an IEEE half-precision float.
float HalfToFloat(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  float size = 0;
  if (exponent == 31) {
    size = fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    size = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    size = std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  }
  return bits >> 15 != 0 ? -size : size;
}

float BrainFloatToFloat(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float number;
  std::memcpy(&number, &wide, sizeof number);
  return number;
}

}  // namespace

const NarrowType* FindNarrowType(int onnx_type) {
  for (const NarrowType& type : kTypes) {
    if (type.onnx_type == onnx_type) return &type;
  }
  return nullptr;
}

absl::StatusOr<v1::ElementType> ComputedTypeOf(int onnx_type) {
  const NarrowType* narrow = FindNarrowType(onnx_type);
  if (narrow == nullptr) return DataTypeOf(onnx_type);
  return narrow->computed;
}

std::string Widen(const NarrowType& type, absl::string_view bytes) {
  std::vector<graph::Scalar> numbers;
  const size_t size = static_cast<size_t>(type.bytes);
  for (size_t at = 0; at + size <= bytes.size(); at += size) {
    uint64_t bits = 0;
    for (size_t i = 0; i < size; ++i)
      bits |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[at + i])) << 8 * i;
    graph::Scalar number{0, static_cast<int64_t>(bits)};
    if (type.onnx_type == TensorProto::FLOAT16) number = {HalfToFloat(static_cast<uint16_t>(bits)), 0};
    if (type.onnx_type == TensorProto::BFLOAT16) number = {BrainFloatToFloat(static_cast<uint16_t>(bits)), 0};
    if (number.i > type.most && type.most > 0) number.i += type.least - type.most - 1;  // a negative number
    numbers.push_back(number);
  }
  return graph::ToBytes(type.computed, numbers);
}

}  // namespace diapason::compiler::importer
