// Infers the element type and shape of an operator's result from its operands and attributes. This is
// also the place where operands and attributes are checked.
#ifndef DIAPASON_COMPILER_GRAPH_INFER_SHAPE_H_
#define DIAPASON_COMPILER_GRAPH_INFER_SHAPE_H_

#include <initializer_list>

#include "absl/status/statusor.h"
#include "compiler/graph/graph.h"

namespace diapason::compiler::graph {

// The element type and shape of a value.
struct InferredType {
  v1::ElementType type = v1::ELEMENT_TYPE_F32;
  Shape shape;
};

// Infers the type of the node's result. Returns InvalidArgument if the operands or attributes do not fit
// the operator, and Unimplemented if the operator does not support the element type. An accepted node
// can be evaluated, and made part of a kernel, without further checks.
absl::StatusOr<InferredType> InferType(const Graph& graph, const Node& node);

// Returns the shape to which `a` and `b` broadcast, or InvalidArgument if they do not broadcast
// together.
absl::StatusOr<Shape> BroadcastShapes(absl::Span<const int64_t> a, absl::Span<const int64_t> b);

// Checks a shape that comes from a file. Returns InvalidArgument if an extent is negative, or if there
// are too many dimensions or elements.
absl::Status CheckShape(absl::Span<const int64_t> shape);

// Returns the index into dimension `axis` of `shape`, counted from the start. A negative `index` counts
// from the end. Returns InvalidArgument if the index is outside of the dimension.
absl::StatusOr<int64_t> IndexFromStart(int64_t index, absl::Span<const int64_t> shape, int64_t axis);

// Checks the numbers of a window that come from a file: `sizes` (kernel, strides, dilations) must be at
// least 1, and `pads` at least 0. Returns InvalidArgument otherwise, and for numbers so large that
// computing with them could overflow.
absl::Status CheckWindow(std::initializer_list<absl::Span<const int64_t>> sizes,
                         std::initializer_list<absl::Span<const int64_t>> pads);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_INFER_SHAPE_H_
