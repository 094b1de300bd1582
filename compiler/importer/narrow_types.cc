#include "compiler/importer/narrow_types.h"

#include <limits>
#include <vector>

#include "compiler/graph/elements.h"
#include "compiler/importer/onnx_file.h"

namespace diapason::compiler::importer {
namespace {

using onnx::TensorProto;

// ONNX's numbers of types that are newer than the version of ONNX that this may be built with.
constexpr int kUint4 = 21, kInt4 = 22;

constexpr int64_t kMost64 = std::numeric_limits<int64_t>::max();
constexpr NarrowType kTypes[] = {
    {TensorProto::INT8, v1::ELEMENT_TYPE_I8, v1::ELEMENT_TYPE_I32, 8, -128, 127},
    {TensorProto::UINT8, v1::ELEMENT_TYPE_U8, v1::ELEMENT_TYPE_I32, 8, 0, 255},
    {TensorProto::INT16, v1::ELEMENT_TYPE_I16, v1::ELEMENT_TYPE_I32, 16, -32768, 32767},
    {TensorProto::UINT16, v1::ELEMENT_TYPE_U16, v1::ELEMENT_TYPE_I32, 16, 0, 65535},
    {TensorProto::UINT32, v1::ELEMENT_TYPE_U32, v1::ELEMENT_TYPE_I64, 32, 0, (int64_t{1} << 32) - 1},
    {TensorProto::UINT64, v1::ELEMENT_TYPE_U64, v1::ELEMENT_TYPE_I64, 64, 0, kMost64},
    {TensorProto::FLOAT16, v1::ELEMENT_TYPE_F16, v1::ELEMENT_TYPE_F32, 16, 0, 0},
    {TensorProto::BFLOAT16, v1::ELEMENT_TYPE_BF16, v1::ELEMENT_TYPE_F32, 16, 0, 0},
    {TensorProto::DOUBLE, v1::ELEMENT_TYPE_F64, v1::ELEMENT_TYPE_F32, 64, 0, 0},
    {kInt4, v1::ELEMENT_TYPE_UNSPECIFIED, v1::ELEMENT_TYPE_I32, 4, -8, 7},
    {kUint4, v1::ELEMENT_TYPE_UNSPECIFIED, v1::ELEMENT_TYPE_I32, 4, 0, 15},
};

}  // namespace

const NarrowType* FindNarrowType(int onnx_type) {
  for (const NarrowType& type : kTypes) {
    if (type.onnx_type == onnx_type) return &type;
  }
  return nullptr;
}

int ElementTypeOf(const onnx::TypeProto& type) {
  if (type.has_sequence_type()) return ElementTypeOf(type.sequence_type().elem_type());
  if (type.has_optional_type()) return ElementTypeOf(type.optional_type().elem_type());
  return type.tensor_type().elem_type();
}

absl::StatusOr<v1::ElementType> ComputedTypeOf(int onnx_type) {
  const NarrowType* narrow = FindNarrowType(onnx_type);
  if (narrow == nullptr) return DataTypeOf(onnx_type);
  return narrow->computed;
}

absl::StatusOr<v1::ElementType> StoredTypeOf(int onnx_type) {
  const NarrowType* narrow = FindNarrowType(onnx_type);
  if (narrow == nullptr || narrow->stored == v1::ELEMENT_TYPE_UNSPECIFIED) return DataTypeOf(onnx_type);
  return narrow->stored;
}

std::string Widen(const NarrowType& type, absl::string_view bytes, int64_t count) {
  if (type.bits >= 8) return graph::ToBytes(type.computed, graph::ReadElements(type.stored, bytes));
  std::vector<graph::Scalar> numbers(static_cast<size_t>(count));
  for (size_t i = 0; i < numbers.size(); ++i) {
    const int64_t bits = static_cast<unsigned char>(bytes[i / 2]) >> (i % 2 == 0 ? 0 : 4) & 15;
    numbers[i].i = bits > type.most ? bits - 16 : bits;
  }
  return graph::ToBytes(type.computed, numbers);
}

}  // namespace diapason::compiler::importer
