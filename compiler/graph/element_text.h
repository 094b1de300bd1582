// Writes elementwise operators as MLIR. The text computes what element_ops.h says.
#ifndef DIAPASON_COMPILER_GRAPH_ELEMENT_TEXT_H_
#define DIAPASON_COMPILER_GRAPH_ELEMENT_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "compiler/graph/element_ops.h"

namespace diapason::compiler::graph {

// Returns the lines of a linalg body that compute `op` of `operands`, which are SSA names. The last line
// defines `result`; the names of all other values begin with `result`. Booleans are i1 inside a body.
// With `fast_math`, the generated code may round a product and the sum that uses it once instead of
// twice.
std::string ElementText(Op op, v1::ElementType type, v1::ElementType result_type, const std::string& result,
                        absl::Span<const std::string> operands, bool fast_math);

// The MLIR type of an element inside a body ("f32", "i1", ...), and of an element in memory. They differ for
// bool only, which is "i8" in memory. MLIR's integers have no sign.
absl::string_view BodyType(v1::ElementType type);
absl::string_view MemoryType(v1::ElementType type);

// Returns a literal of an `arith.constant` with its type, which must be one that is computed with:
// "0.000000e+00 : f32", "0xFF800000 : f32", "3 : i64".
std::string Literal(v1::ElementType type, Scalar number);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_ELEMENT_TEXT_H_
