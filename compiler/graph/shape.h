// The extents of a tensor's dimensions, in the model's order.
#ifndef DIAPASON_COMPILER_GRAPH_SHAPE_H_
#define DIAPASON_COMPILER_GRAPH_SHAPE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace diapason::compiler::graph {

using Shape = std::vector<int64_t>;

int64_t NumElements(absl::Span<const int64_t> shape);
std::string ShapeText(absl::Span<const int64_t> shape);  // "1x3x224x224"; "scalar"

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_SHAPE_H_
