#include "compiler/graph/attention.h"

#include <algorithm>

#include "compiler/graph/match.h"

namespace diapason::compiler::graph {
namespace {

// The kernel has two loops over batches and heads.
constexpr size_t kMostDimensions = 4;

// Returns the node that makes the value, if the value has the type and the shape of the scores and only one
// node reads it. Returns null otherwise.
const Node* OnlyUse(const Graph& graph, ValueId id, const Shape& scores) {
  const Value& value = graph.value(id);
  const bool fits = value.type == v1::ELEMENT_TYPE_F32 && value.shape == scores && graph.IsReadOnce(id);
  return fits ? graph.Producer(id) : nullptr;
}

// Appends to `nodes` the product from which `value` is computed, and the elementwise operators behind it.
// Returns false if there is none.
bool CollectScores(const Graph& graph, ValueId value, const Shape& scores, std::vector<NodeId>& nodes) {
  const Node* node = OnlyUse(graph, value, scores);
  if (node == nullptr || (node->op != Op::kMatMul && !IsElementwise(node->op))) return false;
  const bool found = node->op == Op::kMatMul ||
                     std::any_of(node->inputs.begin(), node->inputs.end(),
                                 [&](ValueId input) { return CollectScores(graph, input, scores, nodes); });
  if (found) nodes.push_back(graph.value(value).producer);
  return found;
}

// Returns the softmax that computes the weights. Exporters may write 0 for weights that are NaN, because all
// keys are masked; then the IsNaN and the Where follow. Returns no nodes for anything else.
std::vector<NodeId> SoftmaxOf(const Graph& graph, ValueId weights) {
  const NodeId last = graph.value(weights).producer;
  if (last == kNone) return {};
  const Node& node = graph.node(last);
  if (node.op == Op::kSoftmax) return {last};
  if (node.op != Op::kWhere || SingleNumber(graph, node.inputs[1]) != 0.0f) return {};
  const Node *condition = graph.Producer(node.inputs[0]), *softmax = graph.Producer(node.inputs[2]);
  if (condition == nullptr || condition->op != Op::kIsNaN || condition->inputs[0] != node.inputs[2] ||
      softmax == nullptr || softmax->op != Op::kSoftmax)
    return {};
  if (!graph.IsReadOnce(condition->output) || graph.Readers(softmax->output).size() != 2 ||
      graph.IsOutput(softmax->output))
    return {};
  return {graph.value(softmax->output).producer, graph.value(condition->output).producer, last};
}

}  // namespace

std::vector<NodeId> FindAttention(const Graph& graph, NodeId product) {
  const Node& node = graph.node(product);
  if (node.op != Op::kMatMul) return {};
  const Shape& scores = graph.value(node.inputs[0]).shape;
  const size_t rank = scores.size();
  if (rank > kMostDimensions || !graph.IsReadOnce(node.inputs[0])) return {};
  const std::vector<NodeId> last = SoftmaxOf(graph, node.inputs[0]);
  if (last.empty() || graph.node(last[0]).Int("axis") != static_cast<int64_t>(rank) - 1) return {};
  const Node* softmax = &graph.node(last[0]);
  std::vector<NodeId> nodes;
  if (!CollectScores(graph, softmax->inputs[0], scores, nodes)) return {};
  const Node& first = graph.node(nodes.front());
  const Shape &queries = graph.value(first.inputs[0]).shape, &keys = graph.value(first.inputs[1]).shape,
              &values = graph.value(node.inputs[1]).shape;
  const bool has_all_dimensions = queries.size() == rank && keys.size() == rank && values.size() == rank;
  // Heads have whole groups of columns, and there are several queries and keys.
  if (!has_all_dimensions || queries.back() % 4 != 0 || values.back() % 4 != 0 || scores[rank - 2] < 2 ||
      scores[rank - 1] < 4)
    return {};
  nodes.insert(nodes.end(), last.begin(), last.end());
  return nodes;
}

}  // namespace diapason::compiler::graph
