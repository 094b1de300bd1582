#include "compiler/model/dlpack_type.h"

#include "proto/domain/element_type.h"

namespace diapason::compiler::model {

DLDataType DlpackType(v1::ElementType type) {
  const uint8_t code = type == v1::ELEMENT_TYPE_F32    ? kDLFloat
                       : type == v1::ELEMENT_TYPE_BOOL ? kDLUInt
                                                       : kDLInt;
  return {code, static_cast<uint8_t>(8 * ElementBytes(type)), 1};
}

}  // namespace diapason::compiler::model
