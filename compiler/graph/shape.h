// The shape of a tensor: the extents of its dimensions, in the model's order.
#ifndef DIAPASON_COMPILER_GRAPH_SHAPE_H_
#define DIAPASON_COMPILER_GRAPH_SHAPE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace diapason::compiler::graph {

// One extent for each dimension, outermost first. A scalar has none.
using Shape = std::vector<int64_t>;

// Returns the number of elements, which is 1 for a scalar.
int64_t NumElements(absl::Span<const int64_t> shape);
// Returns the shape for messages: "1x3x224x224", or "scalar" if there is no dimension.
std::string ShapeText(absl::Span<const int64_t> shape);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_SHAPE_H_
