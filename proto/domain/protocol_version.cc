#include "proto/domain/protocol_version.h"

namespace diapason {

const char* Release() { return DIAPASON_RELEASE; }

}  // namespace diapason
