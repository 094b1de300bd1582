// Element types that a file may store and the graph does not have: small integers and half-precision
// floats. The graph computes them in a wider type that has all of their values. So their results are
// those of ONNX, except that floats are rounded less often.
#ifndef DIAPASON_COMPILER_IMPORTER_NARROW_TYPES_H_
#define DIAPASON_COMPILER_IMPORTER_NARROW_TYPES_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::compiler::importer {

struct NarrowType {
  int onnx_type;             // onnx::TensorProto::DataType
  v1::ElementType computed;  // the type that the graph computes with
  int bytes;                 // of an element in a file
  int64_t least, most;       // the values of an integer type; both are 0 for floats
};

// Returns the narrow type, or null if the type is not one of them.
const NarrowType* FindNarrowType(int onnx_type);

// Returns the type that the graph computes with: for a narrow type its wider one. Returns Unimplemented
// if the type is not supported.
absl::StatusOr<v1::ElementType> ComputedTypeOf(int onnx_type);

// Converts elements from the bytes of a file (`type.bytes` for each element, little-endian) to bytes of
// `type.computed`.
std::string Widen(const NarrowType& type, absl::string_view bytes);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_NARROW_TYPES_H_
