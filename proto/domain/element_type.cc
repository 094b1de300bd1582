#include "proto/domain/element_type.h"

namespace diapason {
namespace {

struct Row {
  v1::ElementType type;
  absl::string_view name;
  int64_t bytes;
};
constexpr Row kRows[] = {
    {v1::ELEMENT_TYPE_F32, "float32", 4},   {v1::ELEMENT_TYPE_I8, "int8", 1},
    {v1::ELEMENT_TYPE_I32, "int32", 4},     {v1::ELEMENT_TYPE_I64, "int64", 8},
    {v1::ELEMENT_TYPE_BOOL, "bool", 1},     {v1::ELEMENT_TYPE_F16, "float16", 2},
    {v1::ELEMENT_TYPE_BF16, "bfloat16", 2}, {v1::ELEMENT_TYPE_F64, "float64", 8},
    {v1::ELEMENT_TYPE_I16, "int16", 2},     {v1::ELEMENT_TYPE_U8, "uint8", 1},
    {v1::ELEMENT_TYPE_U16, "uint16", 2},    {v1::ELEMENT_TYPE_U32, "uint32", 4},
    {v1::ELEMENT_TYPE_U64, "uint64", 8},
};

constexpr Row kNoRow = {v1::ELEMENT_TYPE_UNSPECIFIED, "", 0};

const Row& RowOf(v1::ElementType type) {
  for (const Row& row : kRows) {
    if (row.type == type) return row;
  }
  return kNoRow;
}

}  // namespace

int64_t ElementBytes(v1::ElementType type) { return RowOf(type).bytes; }

absl::string_view ElementTypeName(v1::ElementType type) { return RowOf(type).name; }

v1::ElementType ElementTypeNamed(absl::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.type;
  }
  return v1::ELEMENT_TYPE_UNSPECIFIED;
}

v1::ElementType ArgumentType(v1::ElementType type) {
  switch (type) {
    case v1::ELEMENT_TYPE_BOOL:
    case v1::ELEMENT_TYPE_U8:
      return v1::ELEMENT_TYPE_I8;
    case v1::ELEMENT_TYPE_U16:
      return v1::ELEMENT_TYPE_I16;
    case v1::ELEMENT_TYPE_U32:
      return v1::ELEMENT_TYPE_I32;
    case v1::ELEMENT_TYPE_U64:
      return v1::ELEMENT_TYPE_I64;
    default:
      return type;
  }
}

v1::ElementType ComputedType(v1::ElementType type) {
  switch (type) {
    case v1::ELEMENT_TYPE_F16:
    case v1::ELEMENT_TYPE_BF16:
    case v1::ELEMENT_TYPE_F64:
      return v1::ELEMENT_TYPE_F32;
    case v1::ELEMENT_TYPE_I8:
    case v1::ELEMENT_TYPE_U8:
    case v1::ELEMENT_TYPE_I16:
    case v1::ELEMENT_TYPE_U16:
      return v1::ELEMENT_TYPE_I32;
    case v1::ELEMENT_TYPE_U32:
    case v1::ELEMENT_TYPE_U64:
      return v1::ELEMENT_TYPE_I64;
    default:
      return type;
  }
}

}  // namespace diapason
