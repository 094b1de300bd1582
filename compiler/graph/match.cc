#include "compiler/graph/match.h"

#include <algorithm>
#include <cmath>

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

namespace {

bool IsNonNegative(const Graph& graph, ValueId value, int depth) {
  constexpr int kDeepest = 8;
  constexpr int64_t kMostNumbers = 1 << 12;
  if (graph.value(value).is_constant) {
    if (graph.value(value).type != DataType::kF32 || NumElements(graph.value(value).shape) > kMostNumbers)
      return false;
    const std::vector<Scalar> numbers = ReadConstant(graph.value(value));
    return std::all_of(numbers.begin(), numbers.end(), [](const Scalar& x) { return x.f >= 0; });
  }
  const Node* node = graph.Producer(value);
  if (node == nullptr || depth > kDeepest) return false;
  const auto operand = [&](size_t i) { return IsNonNegative(graph, node->inputs[i], depth + 1); };
  const std::string& op = node->op;
  if (op == "Softmax" || op == "Abs" || op == "Exp" || op == "Sqrt") return true;
  if (op == "Max") return operand(0) || operand(1);
  if (op == "Mul" && node->inputs[0] == node->inputs[1]) return true;
  if (op == "Min" || op == "Concat" || op == "Add" || op == "Mul") {
    for (size_t i = 0; i < node->inputs.size(); ++i) {
      if (!operand(i)) return false;
    }
    return true;
  }
  if (op == "Reduce") {
    const std::string& kind = node->String("kind");
    return kind == "L1" || kind == "L2" || kind == "SumSquare" || operand(0);
  }
  return (IsView(op) || op == "MaxPool" || op == "AveragePool" || op == "Copy") && operand(0);
}

}  // namespace

bool IsNonNegative(const Graph& graph, ValueId value) { return IsNonNegative(graph, value, 0); }

bool IsFinite(const Graph& graph, ValueId constant) {
  const std::vector<Scalar> numbers = ReadConstant(graph.value(constant));
  return std::all_of(numbers.begin(), numbers.end(), [](const Scalar& x) { return std::isfinite(x.f); });
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
