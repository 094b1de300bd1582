#include "proto/domain/element_bytes.h"

namespace diapason {

int64_t ElementBytes(v1::ElementType type) {
  switch (type) {
    case v1::ELEMENT_TYPE_I8:
      return 1;
    case v1::ELEMENT_TYPE_F32:
    case v1::ELEMENT_TYPE_I32:
      return 4;
    case v1::ELEMENT_TYPE_I64:
      return 8;
    default:
      return 0;
  }
}

}  // namespace diapason
