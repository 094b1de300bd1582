// The bytes of one element.
#ifndef DIAPASON_PROTO_DOMAIN_ELEMENT_BYTES_H_
#define DIAPASON_PROTO_DOMAIN_ELEMENT_BYTES_H_

#include <cstdint>

#include "diapason/v1/workload.pb.h"

namespace diapason {

// 0 for a type that is none.
int64_t ElementBytes(v1::ElementType type);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_ELEMENT_BYTES_H_
