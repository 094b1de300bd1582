#include "compiler/graph/strides.h"

namespace diapason::compiler {
namespace {

struct Run {  // dimensions that lie in memory as one
  int64_t extent, stride;
};

// The strides of `shape` with neighbours joined where they can be and extents of 1 left out.
std::vector<Run> Runs(absl::Span<const int64_t> shape, absl::Span<const int64_t> strides) {
  std::vector<Run> runs;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 1) continue;
    if (!runs.empty() && runs.back().stride == strides[d] * shape[d]) {
      runs.back() = {runs.back().extent * shape[d], strides[d]};
    } else {
      runs.push_back({shape[d], strides[d]});
    }
  }
  return runs;
}

std::optional<Strided> Reshape(absl::Span<const int64_t> from_shape, const Strided& from,
                               absl::Span<const int64_t> to_shape) {
  if (NumElements(from_shape) == 0) return DenseStrides(to_shape);
  std::vector<Run> runs = Runs(from_shape, from.strides);
  Strided to{from.offset, std::vector<int64_t>(to_shape.size(), 0)};
  // From the last dimension on, each new dimension takes its extent off the last run.
  int64_t stride = 1;
  for (size_t d = to_shape.size(); d-- > 0;) {
    if (!runs.empty() && runs.back().extent == 1) runs.pop_back();
    if (to_shape[d] == 1) {
      to.strides[d] = stride;
      continue;
    }
    if (runs.empty() || runs.back().extent % to_shape[d] != 0) return std::nullopt;
    to.strides[d] = runs.back().stride;
    runs.back().extent /= to_shape[d];
    runs.back().stride *= to_shape[d];
    stride = runs.back().stride;
  }
  return to;
}

}  // namespace

Strided DenseStrides(absl::Span<const int64_t> shape) {
  Strided dense{0, std::vector<int64_t>(shape.size())};
  int64_t stride = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    dense.strides[d] = stride;
    stride *= shape[d];
  }
  return dense;
}

std::optional<Strided> ApplyView(const Node& node, absl::Span<const int64_t> shape, const Strided& from) {
  if (node.op == "Reshape") return Reshape(shape, from, node.Ints("shape"));
  if (node.op == "Expand") return BroadcastStrides(shape, from, node.Ints("shape"));
  Strided to{from.offset, {}};
  if (node.op == "Transpose") {
    for (int64_t d : node.Ints("perm")) to.strides.push_back(from.strides[d]);
    return to;
  }
  const bool is_empty = NumElements(node.Ints("shape")) == 0;
  for (size_t d = 0; d < shape.size(); ++d) {  // Slice
    if (!is_empty) to.offset += node.Ints("starts")[d] * from.strides[d];
    to.strides.push_back(node.Ints("shape")[d] > 1 ? from.strides[d] * node.Ints("steps")[d]
                                                   : from.strides[d]);
  }
  return to;
}

Strided BroadcastStrides(absl::Span<const int64_t> shape, const Strided& from, absl::Span<const int64_t> to) {
  Strided result{from.offset, std::vector<int64_t>(to.size(), 0)};
  const size_t missing = to.size() - shape.size();
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == to[d + missing]) result.strides[d + missing] = from.strides[d];
  }
  return result;
}

bool IsDense(absl::Span<const int64_t> shape, absl::Span<const int64_t> strides) {
  int64_t stride = 1;
  for (size_t d = shape.size(); d-- > 0;) {
    if (shape[d] != 1 && strides[d] != stride) return false;
    stride *= shape[d];
  }
  return true;
}

}  // namespace diapason::compiler
