// Computes elementwise operators on single elements. The compiler uses this to fold constants while it
// builds the graph. A kernel (element_text.h) gives the same results;
// tests/compiler/graph/element_ops_test.cc compares the two. Where ONNX leaves a result open, we define
// it as follows:
//   Floats follow IEEE 754, and every operator rounds its own result. If an operand of Max or Min is
//     NaN, the result is NaN. For two zeroes of different sign, Max and Min may return either. Pow is the
//     pow of IEEE 754.
//   Integers wrap around on overflow. A division by zero gives 0, and its remainder is 0, too. The least
//     integer divided by -1 gives the least integer. numpy gives the same results.
//   The types that only store elements (proto/domain/element_type.h) are cast from and to the type that is
//     computed with. Floats are rounded to the nearest, and integers wrap around.
//   A float becomes an integer by rounding towards zero. A float outside of the integer type's range
//     becomes the nearest integer of that type, and NaN becomes 0.
#ifndef DIAPASON_COMPILER_GRAPH_ELEMENT_OPS_H_
#define DIAPASON_COMPILER_GRAPH_ELEMENT_OPS_H_

#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "compiler/graph/elements.h"
#include "compiler/graph/graph.h"

namespace diapason::compiler::graph {

// Converts `number` to the type as a Cast does.
Scalar ScalarOf(v1::ElementType type, double number);

// The integers of a type lie from `least` to `most`. The floats that fit into the type lie between
// -limit and limit; -limit itself is `least`.
struct IntegerRange {
  int64_t least, most;
  double limit;
};
// Returns the range of int32 or int64.
IntegerRange RangeOf(v1::ElementType type);

// Returns the result of the elementwise operator on one element of each operand. `type` is the element
// type of the operands; for Where it is the type of the last two. `result` is the element type of the
// result. Returns nullopt if the operator does not take elements of that type.
std::optional<Scalar> Apply(Op op, v1::ElementType type, v1::ElementType result, absl::Span<const Scalar> x);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_ELEMENT_OPS_H_
