// Views: where the elements of a tensor lie in a buffer. These functions change a view without copying
// elements.
#ifndef DIAPASON_COMPILER_GRAPH_VIEW_H_
#define DIAPASON_COMPILER_GRAPH_VIEW_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "compiler/graph/shape.h"

namespace diapason::compiler::graph {

// The buffer of a view that belongs to no buffer.
inline constexpr int kNoBuffer = -1;

// Element (i0, i1, ...) lies at offset + the sum of i_k * strides[k], in elements of the buffer. A
// stride of 0 repeats the same elements along its dimension. A negative stride walks backwards.
struct View {
  int buffer = kNoBuffer;  // an index into Program::buffers
  int64_t offset = 0;      // in elements
  Shape shape;
  std::vector<int64_t> strides;
};

// Returns the view of a tensor that fills the buffer in row-major order.
View DenseView(int buffer, Shape shape);

// Whether the elements lie one behind the other, in row-major order.
inline bool IsDense(const View& view) {
  int64_t stride = 1;
  for (size_t d = view.shape.size(); d-- > 0;) {
    if (view.shape[d] != 1 && view.strides[d] != stride) return false;
    stride *= view.shape[d];
  }
  return true;
}

// Returns the same elements in the same order under another shape. Returns nullopt if no strides express
// it; the caller must then copy the tensor.
std::optional<View> ReshapeView(const View& from, absl::Span<const int64_t> shape);

// Returns a view whose dimension d is dimension perm[d] of `from`.
View TransposeView(const View& from, absl::Span<const int64_t> perm);

// Returns a view of `shape` elements. In dimension d it begins at index starts[d], and its elements are
// steps[d] apart.
View SliceView(const View& from, absl::Span<const int64_t> starts, absl::Span<const int64_t> steps,
               absl::Span<const int64_t> shape);

// Returns `from`, repeated along the dimensions in which it is smaller than `shape`. It must broadcast
// to `shape`.
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
