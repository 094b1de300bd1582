#include "compiler/graph/match.h"

#include <algorithm>
#include <cmath>

#include "absl/functional/function_ref.h"
#include "compiler/graph/evaluate.h"

namespace diapason::compiler::graph {

std::optional<float> SingleNumber(const Graph& graph, ValueId id) {
  const Value& value = graph.value(id);
  if (!value.is_constant || value.type != v1::ELEMENT_TYPE_F32 || NumElements(value.shape) != 1)
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

// Whether the constant has no negative element. Returns false for a constant with very many elements,
// which is not read.
bool HasNoNegative(const Value& constant) {
  constexpr int64_t kMostNumbers = 1 << 12;
  if (constant.type != v1::ELEMENT_TYPE_F32 || NumElements(constant.shape) > kMostNumbers) return false;
  const std::vector<Scalar> numbers = ReadConstant(constant);
  return std::all_of(numbers.begin(), numbers.end(), [](const Scalar& x) { return x.f >= 0; });
}

// Whether the node's result has no negative element, given what is known about its operands.
bool GivesNonNegative(const Node& node, absl::FunctionRef<bool(ValueId)> is_non_negative) {
  const std::vector<ValueId>& inputs = node.inputs;
  if (node.op == Op::kMul && inputs[0] == inputs[1]) return true;
  if (node.op == Op::kReduce) {
    const Reduction kind = node.ReductionKind();
    if (kind == Reduction::kL1 || kind == Reduction::kL2 || kind == Reduction::kSumSquare) return true;
  }
  switch (TraitsOf(node.op).non_negative) {
    case NonNegative::kUnknown:
      return false;
    case NonNegative::kAlways:
      return true;
    case NonNegative::kIfFirstIs:
      return is_non_negative(inputs[0]);
    case NonNegative::kIfAnyIs:
      return std::any_of(inputs.begin(), inputs.end(), is_non_negative);
    case NonNegative::kIfAllAre:
      return std::all_of(inputs.begin(), inputs.end(), is_non_negative);
  }
  return false;
}

bool IsNonNegative(const Graph& graph, ValueId value, int depth) {
  constexpr int kDeepest = 8;
  if (graph.value(value).is_constant) return HasNoNegative(graph.value(value));
  const Node* node = graph.Producer(value);
  if (node == nullptr || depth > kDeepest) return false;
  return GivesNonNegative(*node, [&](ValueId input) { return IsNonNegative(graph, input, depth + 1); });
}

}  // namespace

bool IsNonNegative(const Graph& graph, ValueId value) { return IsNonNegative(graph, value, 0); }

std::vector<bool> FindNonNegative(const Graph& graph) {
  std::vector<bool> result(graph.num_values(), false);
  for (NodeId id : graph.Order()) {
    const Node& node = graph.node(id);
    result[node.output] = GivesNonNegative(node, [&](ValueId input) {
      return graph.value(input).is_constant ? HasNoNegative(graph.value(input)) : result[input];
    });
  }
  return result;
}

bool IsFinite(const Graph& graph, ValueId constant) {
  const std::vector<Scalar> numbers = ReadConstant(graph.value(constant));
  return std::all_of(numbers.begin(), numbers.end(), [](const Scalar& x) { return std::isfinite(x.f); });
}

bool IsPerChannel(const Graph& graph, ValueId constant, const Shape& like) {
  const Value& value = graph.value(constant);
  if (!value.is_constant || value.type != v1::ELEMENT_TYPE_F32 || value.shape.size() > like.size())
    return false;
  const size_t missing = like.size() - value.shape.size();
  for (size_t d = 0; d < value.shape.size(); ++d) {
    if (value.shape[d] != 1 && d + missing != 1) return false;
  }
  return true;
}

}  // namespace diapason::compiler::graph
