// Element types by other names: what manifests and headers call them, what DLPack calls them.
#ifndef DIAPASON_COMPILER_MODEL_ELEMENT_TYPE_H_
#define DIAPASON_COMPILER_MODEL_ELEMENT_TYPE_H_

#include <dlpack/dlpack.h>

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::compiler {

// As the user's tensors have it: booleans are I8 in memory.
struct UserType {
  v1::ElementType element = v1::ELEMENT_TYPE_F32;
  bool is_bool = false;
};

// "float32", "int8", "int32", "int64" or "bool".
std::string TypeName(UserType type);

// The inverse; float32 for any other name.
UserType TypeNamed(absl::string_view name);

// Booleans are unsigned 8-bit integers.
DLDataType DlpackType(UserType type);

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_MODEL_ELEMENT_TYPE_H_
