// Halos. The storage of a value gets a border that is wide enough for every window that reads it. All
// elements of the border are the same number.
#include <algorithm>
#include <limits>

#include "compiler/graph/storage_plan.h"

namespace diapason::compiler::graph {
namespace {

// `value` may be a slice of an image's channels. Returns the value whose storage holds the whole image,
// because that storage can have a halo.
ValueId WholeImage(const Graph& graph, ValueId value) {
  while (true) {
    const Node* node = graph.Producer(value);
    if (node == nullptr || node->op != Op::kSlice) return value;
    const Shape &from = graph.value(node->inputs[0]).shape, &to = graph.value(value).shape;
    if (!std::equal(from.begin() + 2, from.end(), to.begin() + 2)) return value;
    for (size_t d = 2; d < from.size(); ++d) {
      if (node->Ints("steps")[d] != 1) return value;
    }
    value = node->inputs[0];
  }
}

// Whether the value has an edge of its own. Parts that were joined along a spatial dimension have none.
bool IsJoinedAlongChannelsOnly(const StoragePlan& plan, ValueId value) {
  for (; plan.storage[value].parent != kNone; value = plan.storage[value].parent) {
    if (plan.storage[value].axis >= 2) return false;
  }
  return true;
}

// Returns all windows that read `value` and need that number in the border. One copy serves all of them.
std::vector<NodeId> WindowsWithBorder(const StoragePlan& plan, ValueId value, double border) {
  std::vector<NodeId> windows;
  for (NodeId reader : plan.graph.Readers(value)) {
    const Node& node = plan.graph.node(reader);
    if (IsWindow(node.op) && BorderValue(plan.graph, plan.layout, node) == border) windows.push_back(reader);
  }
  return windows;
}

void Widen(Border& border, const Node& window, double value) {
  const std::vector<int64_t>&low = window.Ints("pads_begin"), &high = window.Ints("pads_end");
  border.low.resize(low.size() + 2, 0);
  border.high.resize(low.size() + 2, 0);
  border.any = true;
  border.value = value;
  for (size_t d = 0; d < low.size(); ++d) {
    border.low[d + 2] = std::max(border.low[d + 2], low[d]);
    border.high[d + 2] = std::max(border.high[d + 2], high[d]);
  }
}

// Whether every position of the window reads at least one element of the image.
bool EveryWindowMeetsImage(const Graph& graph, const Node& window) {
  const Shape &in = graph.value(window.inputs[0]).shape, &out = graph.value(window.output).shape;
  const std::vector<int64_t>&kernel = window.Ints("kernel"), &strides = window.Ints("strides"),
        &dilations = window.Ints("dilations"), &low = window.Ints("pads_begin");
  for (size_t d = 0; d < kernel.size(); ++d) {
    for (int64_t position = 0; position < out[d + 2]; ++position) {
      const int64_t first = position * strides[d] - low[d];
      // Looks for the first tap that is at or behind the low edge. If that one is outside of the image,
      // all taps are.
      const int64_t tap = first >= 0 ? 0 : (-first + dilations[d] - 1) / dilations[d];
      if (tap >= kernel[d] || first + tap * dilations[d] >= in[d + 2]) return false;
    }
  }
  return true;
}

}  // namespace

bool ReachesOverEdge(const Node& window) {
  for (const char* side : {"pads_begin", "pads_end"}) {
    const std::vector<int64_t>& pads = window.Ints(side);
    if (std::any_of(pads.begin(), pads.end(), [](int64_t p) { return p > 0; })) return true;
  }
  return false;
}

double BorderValue(const Graph& graph, const Layout& layout, const Node& window) {
  if (window.op != Op::kMaxPool) return 0;
  if (layout.non_negative[window.inputs[0]] && EveryWindowMeetsImage(graph, window)) return 0;
  return -std::numeric_limits<double>::infinity();
}

void AddBorders(StoragePlan& plan) {
  for (NodeId id : plan.graph.Order()) {
    const Node& node = plan.graph.node(id);
    if (!IsWindow(node.op) || !ReachesOverEdge(node)) continue;
    const double value = BorderValue(plan.graph, plan.layout, node);
    const ValueId image = WholeImage(plan.graph, node.inputs[0]);
    ValueId root = plan.IsWritten(image) ? plan.Root(image) : kNone;
    const bool has_edge = root != kNone && !plan.storage[root].is_output && !plan.IsWrittenDense(root) &&
                          IsJoinedAlongChannelsOnly(plan, image);
    if (!has_edge || (plan.storage[root].border.any && plan.storage[root].border.value != value)) {
      const ValueId input = node.inputs[0];
      root = plan.InsertCopy(input, WindowsWithBorder(plan, input, value), /*dense=*/false);
    }
    Widen(plan.storage[root].border, node, value);
  }
}

}  // namespace diapason::compiler::graph
