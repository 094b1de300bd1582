// The sizes and the names of element types.
#ifndef DIAPASON_PROTO_DOMAIN_ELEMENT_TYPE_H_
#define DIAPASON_PROTO_DOMAIN_ELEMENT_TYPE_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "diapason/v1/workload.pb.h"

namespace diapason {

// Returns the bytes of one element in memory, or 0 for ELEMENT_TYPE_UNSPECIFIED.
int64_t ElementBytes(v1::ElementType type);

// Returns the name of the type in messages, generated headers and manifests, which is numpy's: "float32",
// "int8", "bool", ... Returns "" for ELEMENT_TYPE_UNSPECIFIED.
absl::string_view ElementTypeName(v1::ElementType type);

// Returns the type with this name (see ElementTypeName), or ELEMENT_TYPE_UNSPECIFIED for any other name.
v1::ElementType ElementTypeNamed(absl::string_view name);

// Returns the type of a kernel's argument that holds elements of `type`: I8 for BOOL, the signed type of the
// same size for unsigned integers, and `type` itself for all others.
v1::ElementType ArgumentType(v1::ElementType type);

// Returns the type in which a model computes with elements that are stored as `type`: F32 for floats, I32
// for integers of up to 16 bits, and I64 for U32 and U64. It is `type` itself if that is F32, I32, I64 or
// BOOL.
v1::ElementType ComputedType(v1::ElementType type);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_ELEMENT_TYPE_H_
