#include "compiler/graph/match.h"

#include "compiler/graph/evaluate.h"

namespace diapason::compiler {

std::optional<float> SingleNumber(const Graph& graph, ValueId id) {
  const Value& value = graph.value(id);
  if (!value.is_constant || value.type != DataType::kF32 || NumElements(value.shape) != 1)
    return std::nullopt;
  return static_cast<float>(ReadConstant(value)[0].f);
}

std::optional<ConstantOperand> SplitConstant(const Graph& graph, const Node& node) {
  if (node.inputs.size() != 2) return std::nullopt;
  const bool first = graph.value(node.inputs[0]).is_constant,
             second = graph.value(node.inputs[1]).is_constant;
  if (first == second) return std::nullopt;
  return ConstantOperand{node.inputs[first ? 0 : 1], node.inputs[first ? 1 : 0]};
}

bool IsPerChannel(const Graph& graph, ValueId constant, const Shape& like) {
  const Value& value = graph.value(constant);
  if (!value.is_constant || value.type != DataType::kF32 || value.shape.size() > like.size()) return false;
  const size_t missing = like.size() - value.shape.size();
  for (size_t d = 0; d < value.shape.size(); ++d) {
    if (value.shape[d] != 1 && d + missing != 1) return false;
  }
  return true;
}

}  // namespace diapason::compiler
