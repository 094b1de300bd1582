// Decides in which order the dimensions of a value lie in memory.
#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <optional>

#include "compiler/graph/storage_plan.h"

namespace diapason::compiler::graph {
namespace {

// Whether a window reads the value, or reads a Concat of which the value is a part.
bool FeedsWindow(const StoragePlan& plan, ValueId value) {
  if (plan.graph.value(value).shape.size() < 3) return false;
  const std::vector<NodeId>& readers = plan.graph.Readers(value);
  return std::any_of(readers.begin(), readers.end(), [&](NodeId reader) {
    const Node& node = plan.graph.node(reader);
    return IsWindow(node.op) || (plan.IsConcat(node.output) && plan.storage[node.output].feeds_window);
  });
}

// Returns the value behind all reshapes. The caller's dense tensor has the same elements in the same
// order.
ValueId WithoutReshapes(const Graph& graph, ValueId value) {
  const Node* node = graph.Producer(value);
  while (node != nullptr && node->op == Op::kReshape) {
    value = node->inputs[0];
    node = graph.Producer(value);
  }
  return value;
}

// If only a transpose reads the value and rows stay rows, the value is written in the order of the
// transpose's result.
std::optional<std::vector<int64_t>> OrderOfTransposed(const Graph& graph, ValueId value) {
  if (graph.Readers(value).size() != 1) return std::nullopt;
  const Node& reader = graph.node(graph.Readers(value)[0]);
  if (reader.op != Op::kTranspose) return std::nullopt;
  const std::vector<int64_t>& perm = reader.Ints("perm");
  if (perm.back() != static_cast<int64_t>(perm.size()) - 1) return std::nullopt;
  return perm;
}

bool IsSlower(const View& view, int64_t a, int64_t b) {
  return view.shape[a] > 1 && view.shape[b] > 1 && std::abs(view.strides[a]) > std::abs(view.strides[b]);
}

// Returns the order of the main operand: the first operand that has the same rank and has been placed.
// Returns nullopt if there is none.
std::optional<std::vector<int64_t>> OrderOfMainOperand(const StoragePlan& plan, ValueId value,
                                                       std::vector<int64_t> order) {
  const Graph& graph = plan.graph;
  std::vector<ValueId> operands;
  if (const int kernel = plan.storage[value].kernel; kernel != kNone) {
    for (NodeId id : plan.layout.kernels[kernel].Nodes())
      operands.insert(operands.end(), graph.node(id).inputs.begin(), graph.node(id).inputs.end());
  } else {  // a Concat
    operands = graph.Producer(value)->inputs;
  }
  const Node* anchor = plan.AnchorOf(value);
  const bool may_differ = anchor != nullptr && KindOf(anchor->op) == OpKind::kReduction;
  for (ValueId operand : operands) {
    const View& view = plan.layout.views[operand];
    const Value& main = graph.value(operand);
    if (main.is_constant || view.buffer == kNoBuffer || main.shape.size() != order.size() ||
        (main.shape != graph.value(value).shape && !may_differ))
      continue;
    // Sorts by insertion. Dimensions of extent 1 have no order of their own, so they stay where they
    // are.
    for (size_t i = 1; i < order.size(); ++i) {
      for (size_t j = i; j > 0 && IsSlower(view, order[j], order[j - 1]); --j)
        std::swap(order[j], order[j - 1]);
    }
    return order;
  }
  return std::nullopt;
}

}  // namespace

void FindOrders(StoragePlan& plan) {
  const std::vector<NodeId> order = plan.graph.Order();
  for (auto id = order.rbegin(); id != order.rend(); ++id) {
    const Node& node = plan.graph.node(*id);
    if (plan.IsConcat(node.output)) plan.storage[node.output].feeds_window = FeedsWindow(plan, node.output);
  }
  for (NodeId id : order) {
    const Node& node = plan.graph.node(id);
    if (!plan.IsConcat(node.output)) continue;
    plan.storage[node.output].has_channels_last = std::any_of(
        node.inputs.begin(), node.inputs.end(), [&](ValueId part) { return WritesChannelsLast(plan, part); });
  }
}

bool WritesChannelsLast(const StoragePlan& plan, ValueId value) {
  if (plan.IsConcat(value)) return plan.storage[value].has_channels_last;
  const Node* anchor = plan.AnchorOf(value);
  if (anchor == nullptr || TraitsOf(anchor->op).order != ResultOrder::kChannelsLast) return false;
  const Shape& shape = plan.graph.value(value).shape;
  return shape[1] > 1 && NumElements(shape) > shape[0] * shape[1];
}

void PlaceOutputs(StoragePlan& plan) {
  for (ValueId& output : plan.graph.outputs) {
    if (NumElements(plan.graph.value(output).shape) == 0) continue;
    ValueId root = WithoutReshapes(plan.graph, output);
    if (!plan.IsWritten(root) || WritesChannelsLast(plan, root) || plan.storage[root].is_output) {
      output = plan.AddCopy(output, /*dense=*/true);
      root = output;
    }
    plan.storage[root].is_output = true;
  }
}

std::vector<int64_t> MemoryOrder(const StoragePlan& plan, ValueId value) {
  std::vector<int64_t> order(plan.graph.value(value).shape.size());
  std::iota(order.begin(), order.end(), 0);
  if (plan.storage[value].is_output || plan.IsWrittenDense(value)) return order;
  const Node* anchor = plan.AnchorOf(value);
  const ResultOrder wanted = anchor == nullptr ? ResultOrder::kAsOperand : TraitsOf(anchor->op).order;
  if (wanted == ResultOrder::kChannelsLast || FeedsWindow(plan, value)) {
    std::rotate(order.begin() + 1, order.begin() + 2, order.end());
    return order;
  }
  if (anchor != nullptr && anchor->op == Op::kCopy && anchor->Int("dense") != 0) return order;
  if (plan.storage[value].masks_scores &&
      order.size() >= 2) {  // scores are stored by keys (write_attention.cc)
    std::swap(order[order.size() - 2], order[order.size() - 1]);
    return order;
  }
  if (std::optional<std::vector<int64_t>> turned = OrderOfTransposed(plan.graph, value)) return *turned;
  if (wanted == ResultOrder::kRowMajor) return order;
  return OrderOfMainOperand(plan, value, order).value_or(order);
}

}  // namespace diapason::compiler::graph
