#include "compiler/graph/element_ops.h"
#include "compiler/graph/rewrites.h"

namespace diapason::compiler {
namespace {

// The one operand that is a view which nothing else reads, where all others are single constant numbers.
int HoistableOperand(const Graph& graph, const Node& node,
                     const std::vector<std::vector<NodeId>>& consumers) {
  int found = kNone;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const Value& operand = graph.value(node.inputs[i]);
    if (operand.is_constant && NumElements(operand.shape) == 1) continue;
    const Node* view = graph.Producer(node.inputs[i]);
    if (found != kNone || view == nullptr || !IsView(view->op) || view->op == "Slice") return kNone;
    if (consumers[node.inputs[i]].size() != 1 || graph.IsOutput(node.inputs[i])) return kNone;
    if (operand.shape != graph.value(node.output).shape) return kNone;
    found = static_cast<int>(i);
  }
  return found;
}

}  // namespace

bool HoistElementwise(Graph& graph) {
  const std::vector<std::vector<NodeId>> consumers = graph.Consumers();
  for (NodeId id : graph.Order()) {
    const Node node = graph.node(id);
    if (FindElementOp(node.op) == nullptr) continue;
    const int operand = HoistableOperand(graph, node, consumers);
    if (operand == kNone) continue;
    const Node view = *graph.Producer(node.inputs[operand]);
    std::vector<ValueId> inputs = node.inputs;
    for (ValueId& input : inputs) {  // single numbers must not widen the result
      const Value constant = graph.value(input);
      if (constant.is_constant) input = graph.AddConstant(constant.name, constant.type, {}, constant.bytes);
    }
    inputs[operand] = view.inputs[0];
    const ValueId computed = *graph.Add(node.op, inputs, node.attributes, node.name);
    graph.ReplaceUses(node.output, *graph.Add(view.op, {computed}, view.attributes, view.name));
    return true;  // `consumers` are no longer true
  }
  return false;
}

}  // namespace diapason::compiler
