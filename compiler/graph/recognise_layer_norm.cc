#include "compiler/graph/match.h"
#include "compiler/graph/rewrites.h"

namespace diapason::compiler::graph {
namespace {

const Node* ProducerOf(const Graph& graph, ValueId id, Op op) {
  const Node* node = graph.Producer(id);
  return node != nullptr && node->op == op ? node : nullptr;
}

// If the reduction is a mean over all dimensions from some axis on, returns that axis. Returns kNone
// otherwise.
int64_t MeanAxis(const Graph& graph, const Node& reduce) {
  const std::vector<int64_t>& axes = reduce.Ints("axes");
  const int64_t rank = static_cast<int64_t>(graph.value(reduce.inputs[0]).shape.size());
  if (reduce.ReductionKind() != Reduction::kMean || axes.empty()) return kNone;
  for (size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] != rank - static_cast<int64_t>(axes.size() - i)) return kNone;
  }
  return axes[0];
}

struct LayerNorm {
  ValueId input = kNone;
  int64_t axis = 0;
  double epsilon = 0;
};

// d / sqrt(mean(d * d) + epsilon) = layer_norm(x), where d = x - mean(x)
// Returns nullopt if the quotient is not of that form.
std::optional<LayerNorm> Match(const Graph& graph, const Node& quotient) {
  const Node* centred = ProducerOf(graph, quotient.inputs[0], Op::kSub);
  const Node* root = ProducerOf(graph, quotient.inputs[1], Op::kSqrt);
  if (centred == nullptr || root == nullptr) return std::nullopt;
  const Node* mean = ProducerOf(graph, centred->inputs[1], Op::kReduce);
  const Node* sum = ProducerOf(graph, root->inputs[0], Op::kAdd);
  if (mean == nullptr || sum == nullptr || mean->inputs[0] != centred->inputs[0]) return std::nullopt;
  const std::optional<ConstantOperand> split = SplitConstant(graph, *sum);
  if (!split) return std::nullopt;
  const std::optional<float> epsilon = SingleNumber(graph, split->constant);
  const Node* variance = ProducerOf(graph, split->other, Op::kReduce);
  if (!epsilon || variance == nullptr) return std::nullopt;
  const Node* square = ProducerOf(graph, variance->inputs[0], Op::kMul);
  if (square == nullptr || square->inputs[0] != centred->output || square->inputs[1] != centred->output)
    return std::nullopt;
  const int64_t axis = MeanAxis(graph, *mean);
  if (axis == kNone || MeanAxis(graph, *variance) != axis) return std::nullopt;
  return LayerNorm{centred->inputs[0], axis, *epsilon};
}

}  // namespace

bool RecogniseLayerNorm(Graph& graph) {
  bool changed = false;
  for (NodeId id : graph.Order()) {
    const Node& node = graph.node(id);
    if (node.is_removed || node.op != Op::kDiv) continue;
    const std::optional<LayerNorm> norm = Match(graph, node);
    if (!norm) continue;
    ValueId normal = *graph.Add(Op::kLayerNormalization, {norm->input},
                                {{"axis", norm->axis}, {"epsilon", norm->epsilon}}, node.name);
    // An epsilon of more dimensions than the input gives the result more dimensions.
    const Shape& shape = graph.value(node.output).shape;
    if (graph.value(normal).shape != shape)
      normal = *graph.Add(Op::kReshape, {normal}, {{"shape", shape}}, node.name);
    graph.Replace(id, normal);
    changed = true;
  }
  return changed;
}

}  // namespace diapason::compiler::graph
