#include "compiler/graph/element_ops.h"
#include "compiler/graph/rewrites.h"

namespace diapason::compiler {
namespace {

// Slices drop elements that would be computed for nothing.
bool CanStandBehind(const Node& node) { return IsView(node.op) && node.op != "Slice"; }

// The number of the one operand that is a view which nothing else reads, where all others are single constant numbers.
int HoistableOperand(const Graph& graph, const Node& node) {
  int found = kNone;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const Value& operand = graph.value(node.inputs[i]);
    if (operand.is_constant && NumElements(operand.shape) == 1) continue;
    const Node* view = graph.Producer(node.inputs[i]);
    if (found != kNone || view == nullptr || !CanStandBehind(*view)) return kNone;
    if (!graph.IsReadOnce(node.inputs[i]) || operand.shape != graph.value(node.output).shape) return kNone;
    found = static_cast<int>(i);
  }
  return found;
}

}  // namespace

bool HoistElementwise(Graph& graph) {
  bool changed = false;
  // By node: the first of the views, each of which only the next one reads, that end in this one. An operator moves
  // before all of them at once, so that one walk over the graph is enough.
  std::vector<NodeId> first_view(graph.num_nodes(), kNone);
  for (NodeId id : graph.Order()) {
    const Node& node = graph.node(id);
    if (CanStandBehind(node)) {
      const Node* before = graph.Producer(node.inputs[0]);
      const bool continues = before != nullptr && CanStandBehind(*before) && graph.IsReadOnce(node.inputs[0]);
      first_view[id] = continues ? first_view[graph.value(node.inputs[0]).producer] : id;
      continue;
    }
    if (FindElementOp(node.op) == nullptr) continue;
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
    const DataType type = graph.value(computed).type;
    for (ValueId view = last; view != computed && graph.value(view).type != type;
         view = graph.Producer(view)->inputs[0])
      graph.SetType(view, type);
    graph.Replace(id, last);
    changed = true;
  }
  return changed;
}

}  // namespace diapason::compiler
