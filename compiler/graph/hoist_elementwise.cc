#include "compiler/graph/rewrites.h"

namespace diapason::compiler::graph {
namespace {

// Not before a Slice: elements that it drops would be computed for nothing.
bool CanComeAfter(const Node& node) { return IsView(node.op) && node.op != Op::kSlice; }

// The index of the only operand that is not a single constant number, if it is a view that nothing else
// reads; else kNone.
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

}  // namespace

// f(view(x), c) = view(f(x, c)), for single numbers c
bool HoistElementwise(Graph& graph) {
  bool changed = false;
  // By node: the first of the views, each of which only the next one reads, that end in this one. An operator
  // moves before all of them at once, so that one walk over the graph is enough.
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
    const int operand = HoistableOperand(graph, node);
    if (operand == kNone) continue;
    const ValueId last = node.inputs[operand];
    const NodeId first = first_view[graph.value(last).producer];
    std::vector<ValueId> inputs = node.inputs;
    for (ValueId& input : inputs) {  // single numbers must not widen the result
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
