// Elementwise operators in MLIR: what element_ops.h says they compute.
#ifndef DIAPASON_COMPILER_GRAPH_ELEMENT_TEXT_H_
#define DIAPASON_COMPILER_GRAPH_ELEMENT_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "compiler/graph/element_ops.h"

namespace diapason::compiler::graph {

// The lines of a linalg body that compute `op` of `operands` (SSA names) into names that begin with `result`,
// the last being `result` itself. Booleans are i1 inside a body. `fast_math`: a product and the sum that
// takes it may be rounded together.
std::string ElementText(Op op, v1::ElementType type, v1::ElementType result_type, const std::string& result,
                        absl::Span<const std::string> operands, bool fast_math);

// "f32", "i1", ...: of an element inside a body; and as it lies in memory ("i8" for bool).
absl::string_view BodyType(v1::ElementType type);
absl::string_view MemoryType(v1::ElementType type);

// A literal of an `arith.constant`, with its type: "0.000000e+00 : f32", "0xFF800000 : f32", "3 : i64".
std::string Literal(v1::ElementType type, Scalar number);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_ELEMENT_TEXT_H_
