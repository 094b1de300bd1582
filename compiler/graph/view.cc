#include "compiler/graph/view.h"

#include <utility>

namespace diapason::compiler::graph {
namespace {

struct Run {  // neighbouring dimensions that are one dimension in memory
  int64_t extent, stride;
};

// Returns the dimensions of the view. Neighbours are joined where possible, and extents of 1 are left
// out.
std::vector<Run> Runs(const View& view) {
  std::vector<Run> runs;
  for (size_t d = 0; d < view.shape.size(); ++d) {
    if (view.shape[d] == 1) continue;
    if (!runs.empty() && runs.back().stride == view.strides[d] * view.shape[d]) {
      runs.back() = {runs.back().extent * view.shape[d], view.strides[d]};
    } else {
      runs.push_back({view.shape[d], view.strides[d]});
    }
  }
  return runs;
}

Shape ToShape(absl::Span<const int64_t> extents) { return Shape(extents.begin(), extents.end()); }

}  // namespace

View DenseView(int buffer, Shape shape) {
  View dense{buffer, 0, std::move(shape), {}};
  dense.strides.resize(dense.shape.size());
  int64_t stride = 1;
  for (size_t d = dense.shape.size(); d-- > 0;) {
    dense.strides[d] = stride;
    stride *= dense.shape[d];
  }
  return dense;
}

std::optional<View> ReshapeView(const View& from, absl::Span<const int64_t> shape) {
  if (NumElements(from.shape) == 0) return DenseView(from.buffer, ToShape(shape));
  std::vector<Run> runs = Runs(from);
  View to{from.buffer, from.offset, ToShape(shape), std::vector<int64_t>(shape.size(), 0)};
  // Starting from the last dimension, each new dimension takes its extent from the last run.
  int64_t stride = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    if (!runs.empty() && runs.back().extent == 1) runs.pop_back();
    if (shape[d] == 1) {
      to.strides[d] = stride;
      continue;
    }
    if (runs.empty() || runs.back().extent % shape[d] != 0) return std::nullopt;
    to.strides[d] = runs.back().stride;
    runs.back().extent /= shape[d];
    runs.back().stride *= shape[d];
    stride = runs.back().stride;
  }
  return to;
}

View TransposeView(const View& from, absl::Span<const int64_t> perm) {
  View to{from.buffer, from.offset, {}, {}};
  for (int64_t d : perm) {
    to.shape.push_back(from.shape[d]);
    to.strides.push_back(from.strides[d]);
  }
  return to;
}

View SliceView(const View& from, absl::Span<const int64_t> starts, absl::Span<const int64_t> steps,
               absl::Span<const int64_t> shape) {
  View to{from.buffer, from.offset, ToShape(shape), {}};
  const bool is_empty = NumElements(shape) == 0;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (!is_empty) to.offset += starts[d] * from.strides[d];
    to.strides.push_back(shape[d] > 1 ? from.strides[d] * steps[d] : from.strides[d]);
  }
  return to;
}

View BroadcastView(const View& from, absl::Span<const int64_t> shape) {
  View to{from.buffer, from.offset, ToShape(shape), std::vector<int64_t>(shape.size(), 0)};
  const size_t missing = shape.size() - from.shape.size();
  for (size_t d = 0; d < from.shape.size(); ++d) {
    if (from.shape[d] == shape[d + missing]) to.strides[d + missing] = from.strides[d];
  }
  return to;
}

}  // namespace diapason::compiler::graph
