// Converts element types to DLPack's.
#ifndef DIAPASON_COMPILER_MODEL_DLPACK_TYPE_H_
#define DIAPASON_COMPILER_MODEL_DLPACK_TYPE_H_

#include <dlpack/dlpack.h>

#include "diapason/v1/workload.pb.h"

namespace diapason::compiler::model {

// Returns DLPack's type. Booleans are unsigned 8-bit integers.
DLDataType DlpackType(v1::ElementType type);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_DLPACK_TYPE_H_
