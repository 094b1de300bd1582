// Where the elements of a tensor lie in a buffer, and the arithmetic of views that copy nothing.
#ifndef DIAPASON_COMPILER_GRAPH_VIEW_H_
#define DIAPASON_COMPILER_GRAPH_VIEW_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "compiler/graph/shape.h"

namespace diapason::compiler::graph {

inline constexpr int kNoBuffer = -1;

// Element (i0, i1, ...) lies at offset + sum of i_k * strides[k], in elements of the buffer. A stride of 0
// repeats the same elements along its dimension; a negative one walks backwards.
struct View {
  int buffer = kNoBuffer;
  int64_t offset = 0;
  Shape shape;
  std::vector<int64_t> strides;
};

// A tensor that fills the buffer in row-major order.
View DenseView(int buffer, Shape shape);

// The same elements in the same order under another shape. Returns nullopt if no strides express it, so that
// a copy is needed.
std::optional<View> ReshapeView(const View& from, absl::Span<const int64_t> shape);

// Dimension d of the result is dimension perm[d] of `from`.
View TransposeView(const View& from, absl::Span<const int64_t> perm);

// `shape` elements from `starts` on, `steps` apart.
View SliceView(const View& from, absl::Span<const int64_t> starts, absl::Span<const int64_t> steps,
               absl::Span<const int64_t> shape);

// `from`, which must be broadcastable to `shape`, repeated along the dimensions in which it is smaller.
View BroadcastView(const View& from, absl::Span<const int64_t> shape);

// Calls visit(offset) for each element, in row-major order.
template <typename Visit>
void ForEachElement(const View& view, const Visit& visit) {
  if (NumElements(view.shape) == 0) return;
  std::vector<int64_t> index(view.shape.size(), 0);
  int64_t offset = view.offset;
  while (true) {
    visit(offset);
    size_t d = view.shape.size();
    while (d > 0 && ++index[d - 1] == view.shape[d - 1]) {
      offset -= view.strides[d - 1] * (view.shape[d - 1] - 1);
      index[--d] = 0;
    }
    if (d == 0) return;
    offset += view.strides[d - 1];
  }
}

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_VIEW_H_
