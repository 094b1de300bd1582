// Element type and shape of an operator's result, from its operands and attributes; the place where they are
// checked.
#ifndef DIAPASON_COMPILER_GRAPH_INFER_SHAPE_H_
#define DIAPASON_COMPILER_GRAPH_INFER_SHAPE_H_

#include <initializer_list>

#include "absl/status/statusor.h"
#include "compiler/graph/graph.h"

namespace diapason::compiler::graph {

struct InferredType {
  v1::ElementType type = v1::ELEMENT_TYPE_F32;
  Shape shape;
};

// InvalidArgument: the operands or attributes do not fit the operator. What passes here can be evaluated,
// and made part of a kernel, without further checks.
absl::StatusOr<InferredType> InferType(const Graph& graph, const Node& node);

// The common shape of operands that broadcast. InvalidArgument: they do not.
absl::StatusOr<Shape> BroadcastShapes(absl::Span<const int64_t> a, absl::Span<const int64_t> b);

// A shape from a file: no negative extent, and few enough elements to address. InvalidArgument otherwise.
absl::Status CheckShape(absl::Span<const int64_t> shape);

// An index into dimension `axis` of `shape`, counted from the start also where a negative one is counted from
// the end. InvalidArgument: it is outside of the dimension.
absl::StatusOr<int64_t> IndexFromStart(int64_t index, absl::Span<const int64_t> shape, int64_t axis);

// A window's numbers from a file: `sizes` (of the kernel, its strides and dilations) from 1, `pads` from 0,
// none so large that what is computed with them overflows. InvalidArgument otherwise.
absl::Status CheckWindow(std::initializer_list<absl::Span<const int64_t>> sizes,
                         std::initializer_list<absl::Span<const int64_t>> pads);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_INFER_SHAPE_H_
