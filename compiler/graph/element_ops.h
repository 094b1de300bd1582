// Elementwise operators: which there are, what they take and what they compute. A result is the same whether it is
// computed here, while the graph is built, or by a kernel (element_text.h); tests/compiler/graph/element_ops_test.cc
// compares the two. What ONNX leaves open:
//   floats: IEEE 754; every operator rounds its own result. Max and Min of NaN and anything are NaN; the larger of two
//     zeroes may be either. Pow is IEEE's pow.
//   integers wrap around. A division by zero gives 0, and so do remainders of it; the least integer divided by -1 is
//     itself (numpy's answers).
//   float to integer: towards zero; what is out of range becomes the nearest integer there is, NaN becomes 0.
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

// The integers of a type: from `least` to `most`. The floats that fit lie between -limit, which is `least`, and limit.
struct IntegerRange {
  int64_t least, most;
  double limit;
};
IntegerRange RangeOf(DataType type);

// The operator on one element; `type` is that of the operands (of Where: of its last two), `result` that of the result.
// Nothing: it has no value (a division by zero in integers).
std::optional<Scalar> Apply(absl::string_view op, DataType type, DataType result, absl::Span<const Scalar> x);

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_GRAPH_ELEMENT_OPS_H_
