// Element types that the graph does not compute with: small and unsigned integers, half-precision floats,
// and doubles. The graph computes them in another type. This has all of their values, except that doubles
// are rounded to float32, and that a uint64 above the largest int64 counts as negative in comparisons,
// divisions and casts. Integers wrap around where ONNX's do (Wrapped in expression.h). Results are those of
// ONNX, except that small floats are rounded less often.
#ifndef DIAPASON_COMPILER_IMPORTER_NARROW_TYPES_H_
#define DIAPASON_COMPILER_IMPORTER_NARROW_TYPES_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/workload.pb.h"
#include "onnx/onnx_pb.h"

namespace diapason::compiler::importer {

struct NarrowType {
  int onnx_type;             // onnx::TensorProto::DataType
  v1::ElementType stored;    // of the model's inputs and outputs; UNSPECIFIED if they cannot have this type
  v1::ElementType computed;  // the type that the graph computes with
  int bits;                  // of an element in a file
  int64_t least, most;       // the values of an integer type; both are 0 for floats
};

// Returns the narrow type, or null if the type is not one of them.
const NarrowType* FindNarrowType(int onnx_type);

// Returns the ONNX type of a tensor's elements, or of the tensors of a sequence or an optional. Returns
// onnx::TensorProto::UNDEFINED if the model does not say it.
int ElementTypeOf(const onnx::TypeProto& type);

// Returns the type that the graph computes with: for a narrow type its wider one. Returns Unimplemented
// if the type is not supported.
absl::StatusOr<v1::ElementType> ComputedTypeOf(int onnx_type);

// Returns the type of a model's input or output. Returns Unimplemented if they cannot have this type.
absl::StatusOr<v1::ElementType> StoredTypeOf(int onnx_type);

// Converts `count` elements from the bytes of a file to bytes of `type.computed`. A file has two elements of
// 4 bits in a byte, the first in its lower half.
std::string Widen(const NarrowType& type, absl::string_view bytes, int64_t count);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_NARROW_TYPES_H_
