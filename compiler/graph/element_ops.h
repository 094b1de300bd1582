// What elementwise operators compute. A result is the same whether it is computed here, while the graph is
// built, or by a kernel (element_text.h); tests/compiler/graph/element_ops_test.cc compares the two. Where
// ONNX leaves a result open, we define it as follows:
//   Floats are IEEE 754's, and every operator rounds its own result. Max and Min of NaN and anything are NaN;
//     the larger of two zeroes may be either. Pow is IEEE's pow.
//   Integers wrap around. A division by zero gives 0, and so does its remainder; the least integer divided
//     by -1 is itself (numpy's answers).
//   A float becomes an integer by rounding towards zero. What is out of range becomes the nearest integer
//     there is, and NaN becomes 0.
#ifndef DIAPASON_COMPILER_GRAPH_ELEMENT_OPS_H_
#define DIAPASON_COMPILER_GRAPH_ELEMENT_OPS_H_

#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "compiler/graph/graph.h"

namespace diapason::compiler::graph {

// A number of any element type: `f` where that is float32 (a double holds what float32 arithmetic rounds to),
// else `i`.
struct Scalar {
  double f = 0;
  int64_t i = 0;
};
Scalar ScalarOf(v1::ElementType type, double number);

// The integers of a type: from `least` to `most`. The floats that fit lie between -limit, which is `least`,
// and limit.
struct IntegerRange {
  int64_t least, most;
  double limit;
};
IntegerRange RangeOf(v1::ElementType type);

// The elementwise operator on one element; `type` is that of the operands (of Where: of its last two),
// `result` that of the result. Returns nullopt if the operator does not take elements of that type.
std::optional<Scalar> Apply(Op op, v1::ElementType type, v1::ElementType result, absl::Span<const Scalar> x);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_ELEMENT_OPS_H_
