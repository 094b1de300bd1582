#include "compiler/model/element_type.h"

#include "proto/domain/element_bytes.h"

namespace diapason::compiler {

std::string TypeName(UserType type) {
  if (type.is_bool) return "bool";
  switch (type.element) {
    case v1::ELEMENT_TYPE_I8:
      return "int8";
    case v1::ELEMENT_TYPE_I32:
      return "int32";
    case v1::ELEMENT_TYPE_I64:
      return "int64";
    default:
      return "float32";
  }
}

UserType TypeNamed(absl::string_view name) {
  for (const UserType type : {UserType{v1::ELEMENT_TYPE_I8, true}, UserType{v1::ELEMENT_TYPE_I8, false},
                              UserType{v1::ELEMENT_TYPE_I32, false}, UserType{v1::ELEMENT_TYPE_I64, false}}) {
    if (name == TypeName(type)) return type;
  }
  return {};
}

DLDataType DlpackType(UserType type) {
  const auto bits = static_cast<uint8_t>(8 * ElementBytes(type.element));
  if (type.is_bool) return {kDLUInt, bits, 1};
  return {static_cast<uint8_t>(type.element == v1::ELEMENT_TYPE_F32 ? kDLFloat : kDLInt), bits, 1};
}

}  // namespace diapason::compiler
