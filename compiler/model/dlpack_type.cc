#include "compiler/model/dlpack_type.h"

#include "proto/domain/element_type.h"

namespace diapason::compiler::model {

namespace {

uint8_t CodeOf(v1::ElementType type) {
  switch (type) {
    case v1::ELEMENT_TYPE_F16:
    case v1::ELEMENT_TYPE_F32:
    case v1::ELEMENT_TYPE_F64:
      return kDLFloat;
    case v1::ELEMENT_TYPE_BF16:
      return kDLBfloat;
    case v1::ELEMENT_TYPE_BOOL:
    case v1::ELEMENT_TYPE_U8:
    case v1::ELEMENT_TYPE_U16:
    case v1::ELEMENT_TYPE_U32:
    case v1::ELEMENT_TYPE_U64:
      return kDLUInt;
    default:
      return kDLInt;
  }
}

}  // namespace

DLDataType DlpackType(v1::ElementType type) {
  return {CodeOf(type), static_cast<uint8_t>(8 * ElementBytes(type)), 1};
}

}  // namespace diapason::compiler::model
