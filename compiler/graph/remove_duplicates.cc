#include <tuple>

#include "compiler/graph/rewrites.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::graph {
namespace {

// Returns a key that is the same for two operands if they are the same value, or small constants of the
// same type, shape and bytes. Large constants are not compared.
std::string Identity(const Graph& graph, ValueId id) {
  constexpr size_t kSmall = 1024;
  if (id == kNone) return "-";
  const Value& value = graph.value(id);
  if (!value.is_constant || value.bytes.size() > kSmall) return std::to_string(id);
  return std::string(ElementTypeName(value.type)) + ShapeText(value.shape) + ":" + std::string(value.bytes);
}

}  // namespace

// f(x) and f(x) = one f(x)
bool RemoveDuplicates(Graph& graph) {
  bool changed = false;
  std::map<std::tuple<Op, std::vector<std::string>, Attributes>, ValueId> seen;
  for (NodeId id : graph.Order()) {
    const Node& node = graph.node(id);
    if (node.is_removed) continue;
    std::vector<std::string> inputs;
    for (ValueId input : node.inputs) inputs.push_back(Identity(graph, input));
    const auto [first, is_new] =
        seen.emplace(std::make_tuple(node.op, std::move(inputs), node.attributes), node.output);
    if (is_new) continue;
    graph.Replace(id, first->second);
    changed = true;
  }
  return changed;
}

}  // namespace diapason::compiler::graph
