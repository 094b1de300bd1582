#include "compiler/graph/shape.h"

#include "absl/strings/str_join.h"

namespace diapason::compiler::graph {

int64_t NumElements(absl::Span<const int64_t> shape) {
  int64_t product = 1;
  for (int64_t extent : shape) product *= extent;
  return product;
}

std::string ShapeText(absl::Span<const int64_t> shape) {
  return shape.empty() ? "scalar" : absl::StrJoin(shape, "x");
}

}  // namespace diapason::compiler::graph
