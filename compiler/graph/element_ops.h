// Elementwise operators: which there are, what they take, what they compute, and what they are in MLIR.
#ifndef DIAPASON_COMPILER_GRAPH_ELEMENT_OPS_H_
#define DIAPASON_COMPILER_GRAPH_ELEMENT_OPS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "compiler/graph/graph.h"

namespace diapason::compiler {

struct ElementOp {
  absl::string_view name;  // ONNX's
  size_t operands;
  bool on_floats, on_integers, on_bools;
  bool gives_bool;
};

// Null: `name` is no elementwise operator.
const ElementOp* FindElementOp(absl::string_view name);

// A number of any element type: `f` where that is float32 (a double holds what float32 arithmetic rounds to), else `i`.
struct Scalar {
  double f = 0;
  int64_t i = 0;
};
Scalar ScalarOf(DataType type, double number);

// The operator on one element; `type` is that of the operands (of Where: of its last two), `result` that of the result.
// Nothing: it has no value (a division by zero in integers).
std::optional<Scalar> Apply(absl::string_view op, DataType type, DataType result, absl::Span<const Scalar> x);

// The lines of a linalg body that compute `op` of `operands` (SSA names) into names that begin with `result`, the last
// being `result` itself. Booleans are i1 inside a body.
std::string ElementText(absl::string_view op, DataType type, DataType result_type, const std::string& result,
                        absl::Span<const std::string> operands);

// "f32", "i1", ...: of an element inside a body; and as it lies in memory ("i8" for bool).
absl::string_view BodyType(DataType type);
absl::string_view MemoryType(DataType type);

// A literal of an `arith.constant`, with its type: "0.000000e+00 : f32", "0xFF800000 : f32", "3 : i64".
std::string Literal(DataType type, Scalar number);

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_GRAPH_ELEMENT_OPS_H_
