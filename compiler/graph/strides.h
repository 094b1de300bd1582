// Where the elements of a tensor lie, and what views do to it: the arithmetic behind every view that copies nothing.
#ifndef DIAPASON_COMPILER_GRAPH_STRIDES_H_
#define DIAPASON_COMPILER_GRAPH_STRIDES_H_

#include <optional>

#include "compiler/graph/graph.h"

namespace diapason::compiler {

// Element (i0, i1, ...) lies at offset + sum of i_k * strides[k]. A stride of 0: the dimension is broadcast.
struct Strided {
  int64_t offset = 0;
  std::vector<int64_t> strides;
};

Strided DenseStrides(absl::Span<const int64_t> shape);

// What the view operator `node` sees of a tensor of `shape` that lies at `from`. Nothing: a Reshape that no strides
// express, so it must copy.
std::optional<Strided> ApplyView(const Node& node, absl::Span<const int64_t> shape, const Strided& from);

// `from` broadcast to `to`, which it must be broadcastable to.
Strided BroadcastStrides(absl::Span<const int64_t> shape, const Strided& from, absl::Span<const int64_t> to);

// Whether the elements lie one after another in row-major order (dimensions of extent 1 do not matter).
bool IsDense(absl::Span<const int64_t> shape, absl::Span<const int64_t> strides);

// Calls visit(offset) for each element, in row-major order.
template <typename Visit>
void ForEachElement(absl::Span<const int64_t> shape, const Strided& at, const Visit& visit) {
  if (NumElements(shape) == 0) return;
  std::vector<int64_t> index(shape.size(), 0);
  int64_t offset = at.offset;
  while (true) {
    visit(offset);
    size_t d = shape.size();
    while (d > 0 && ++index[d - 1] == shape[d - 1]) {
      offset -= at.strides[d - 1] * (shape[d - 1] - 1);
      index[--d] = 0;
    }
    if (d == 0) return;
    offset += at.strides[d - 1];
  }
}

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_GRAPH_STRIDES_H_
