#include "compiler/graph/rewrites.h"

namespace diapason::compiler::graph {
namespace {

// Whether an elementwise operator may move before the node. It may not move before a Slice, because it
// would then also compute the elements that the Slice drops.
bool CanComeAfter(const Node& node) { return IsView(node.op) && node.op != Op::kSlice; }

// Returns the index of the only operand that is not a single constant number, if that operand is a view
// that nothing else reads. Returns kNone otherwise.
int HoistableOperand(const Graph& graph, const Node& node) {
  int found = kNone;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const Value& operand = graph.value(node.inputs[i]);
    if (operand.is_constant && NumElements(operand.shape) == 1) continue;
    const Node* view = graph.Producer(node.inputs[i]);
    if (found != kNone || view == nullptr || !CanComeAfter(*view)) return kNone;
    if (!graph.IsReadOnce(node.inputs[i]) || operand.shape != graph.value(node.output).shape) return kNone;
    found = static_cast<int>(i);
  }
  return found;
}

// Returns the index of the only operand that is not constant, if it is an Interleave that nothing else reads
// and the constants are the same for all elements along its axis. Returns kNone otherwise.
int InterleavedOperand(const Graph& graph, const Node& node) {
  int found = kNone;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (graph.value(node.inputs[i]).is_constant) continue;
    const Node* join = graph.Producer(node.inputs[i]);
    if (found != kNone || join == nullptr || join->op != Op::kInterleave || !graph.IsReadOnce(node.inputs[i]))
      return kNone;
    found = static_cast<int>(i);
  }
  if (found == kNone) return kNone;
  const Shape& shape = graph.value(node.inputs[found]).shape;
  if (graph.value(node.output).shape != shape) return kNone;
  const size_t behind = shape.size() - graph.Producer(node.inputs[found])->Int("axis");
  for (ValueId input : node.inputs) {
    const Shape& constant = graph.value(input).shape;
    if (input != node.inputs[found] && constant.size() >= behind && constant[constant.size() - behind] != 1)
      return kNone;
  }
  return found;
}

// Computes the node on each part of the Interleave that is its operand.
void ComputeOnParts(Graph& graph, NodeId id, int operand) {
  const Node node = graph.node(id), join = *graph.Producer(node.inputs[operand]);
  std::vector<ValueId> parts;
  for (ValueId part : join.inputs) {
    std::vector<ValueId> inputs = node.inputs;
    inputs[operand] = part;
    parts.push_back(*graph.Add(node.op, inputs, node.attributes, node.name));
  }
  graph.Replace(id, *graph.Add(Op::kInterleave, parts, join.attributes, join.name));
}

}  // namespace

// f(view(x), c) = view(f(x, c)), for single numbers c
// f(interleave(x, y), c) = interleave(f(x, c), f(y, c)), for constants c that do not change along the axis
bool HoistElementwise(Graph& graph) {
  bool changed = false;
  // By node, for views: the first node of the chain of views that ends in this one and in which each
  // view is read by the next one only. An operator moves before the whole chain at once, so one walk
  // over the graph is enough.
  std::vector<NodeId> first_view(graph.num_nodes(), kNone);
  for (NodeId id : graph.Order()) {
    const Node& node = graph.node(id);
    if (CanComeAfter(node)) {
      const Node* before = graph.Producer(node.inputs[0]);
      const bool continues = before != nullptr && CanComeAfter(*before) && graph.IsReadOnce(node.inputs[0]);
      first_view[id] = continues ? first_view[graph.value(node.inputs[0]).producer] : id;
      continue;
    }
    if (!IsElementwise(node.op)) continue;
    if (const int join = InterleavedOperand(graph, node); join != kNone) {
      ComputeOnParts(graph, id, join);
      changed = true;
      continue;
    }
    const int operand = HoistableOperand(graph, node);
    if (operand == kNone) continue;
    const ValueId last = node.inputs[operand];
    const NodeId first = first_view[graph.value(last).producer];
    std::vector<ValueId> inputs = node.inputs;
    for (ValueId& input : inputs) {  // a single number must not add dimensions to the result
      const Value& constant = graph.value(input);
      if (constant.is_constant && !constant.shape.empty())
        input = graph.AddConstant(constant.name, constant.type, {}, constant.bytes);
    }
    inputs[operand] = graph.node(first).inputs[0];
    const ValueId computed = *graph.Add(node.op, inputs, node.attributes, node.name);
    graph.SetOperand(first, 0, computed);
    const v1::ElementType type = graph.value(computed).type;
    for (ValueId view = last; view != computed && graph.value(view).type != type;
         view = graph.Producer(view)->inputs[0])
      graph.SetType(view, type);
    graph.Replace(id, last);
    changed = true;
  }
  return changed;
}

}  // namespace diapason::compiler::graph
