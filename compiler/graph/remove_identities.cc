#include <algorithm>
#include <cmath>
#include <utility>

#include "compiler/graph/evaluate.h"
#include "compiler/graph/match.h"
#include "compiler/graph/rewrites.h"

namespace diapason::compiler::graph {
namespace {

// x + -0 = x, x - 0 = x, x * 1 = x, x / 1 = x, and a view that moves no element = its operand
// Returns the value that the node's result is equal to, or kNone if there is none.
ValueId SameAs(const Graph& graph, const Node& node) {
  const Shape& shape = graph.value(node.output).shape;
  if (IsView(node.op)) {
    if (graph.value(node.inputs[0]).shape != shape) return kNone;
    if (node.op == Op::kReshape || node.op == Op::kExpand) return node.inputs[0];
    const std::string key = node.op == Op::kTranspose ? "perm" : "steps";
    const std::vector<int64_t>& numbers = node.Ints(key);
    for (size_t d = 0; d < numbers.size(); ++d) {
      if (numbers[d] != (key == "perm" ? static_cast<int64_t>(d) : 1)) return kNone;
    }
    return node.inputs[0];
  }
  const std::optional<ConstantOperand> split = SplitConstant(graph, node);
  if (!split || graph.value(split->other).shape != shape) return kNone;
  const std::optional<float> number = SingleNumber(graph, split->constant);
  if (!number) return kNone;
  const bool constant_last = split->constant == node.inputs[1];
  // -0 + 0 is 0. So only adding -0 and subtracting 0 change nothing.
  const bool is_zero = *number == 0 && (graph.fast_math || std::signbit(*number) == (node.op == Op::kAdd));
  if ((node.op == Op::kAdd && is_zero) || (node.op == Op::kSub && is_zero && constant_last) ||
      (node.op == Op::kMul && *number == 1) || (node.op == Op::kDiv && *number == 1 && constant_last))
    return split->other;
  return kNone;
}

// reshape(reshape(x)) = reshape(x), transpose(transpose(x, p), q) = transpose(x, p[q])
// Returns the joined view, or kNone if the node is not a view of a view of the same kind.
ValueId JoinViews(Graph& graph, const Node& node) {
  if (node.op != Op::kReshape && node.op != Op::kTranspose) return kNone;
  const Node* before = graph.Producer(node.inputs[0]);
  if (before == nullptr || before->op != node.op) return kNone;
  Attributes attributes = node.attributes;
  if (node.op == Op::kTranspose) {
    std::vector<int64_t> perm;
    for (int64_t d : node.Ints("perm")) perm.push_back(before->Ints("perm")[d]);
    attributes["perm"] = std::move(perm);
  }
  return *graph.Add(node.op, {before->inputs[0]}, std::move(attributes), std::string(node.name));
}

// Whether x * (1 / c) equals x / c for every x. That is so only if c is a power of two whose inverse is
// finite.
bool HasExactInverse(const Graph& graph, ValueId constant) {
  const std::vector<Scalar> numbers = ReadConstant(graph.value(constant));
  return std::all_of(numbers.begin(), numbers.end(), [](const Scalar& x) {
    int exponent = 0;
    return std::isfinite(x.f) && std::abs(std::frexp(x.f, &exponent)) == 0.5 &&
           std::isfinite(static_cast<float>(1 / x.f));
  });
}

// x - c = x + -c, x / c = x * (1 / c)
// After this, other rewrites need to know only sums and products. Quotients are rewritten only if the
// product is equal, or near enough with fast math.
ValueId AsSumOrProduct(Graph& graph, const Node& node) {
  if (node.op != Op::kSub && node.op != Op::kDiv) return kNone;
  const std::optional<ConstantOperand> split = SplitConstant(graph, node);
  if (!split || split->constant != node.inputs[1] ||
      graph.value(split->constant).type != v1::ELEMENT_TYPE_F32)
    return kNone;
  const std::string name = node.name;
  const Op op = node.op;
  if (op == Op::kDiv && !graph.fast_math && !HasExactInverse(graph, split->constant)) return kNone;
  const absl::StatusOr<ValueId> inverse =
      op == Op::kSub
          ? graph.Add(Op::kNeg, {split->constant}, {}, name)
          : graph.Add(Op::kDiv, {graph.AddScalar(v1::ELEMENT_TYPE_F32, 1), split->constant}, {}, name);
  if (!inverse.ok() || !graph.value(*inverse).is_constant) return kNone;
  if (op == Op::kDiv && !IsFinite(graph, *inverse)) return kNone;
  return *graph.Add(op == Op::kSub ? Op::kAdd : Op::kMul, {split->other, *inverse}, {}, name);
}

}  // namespace

bool RemoveIdentities(Graph& graph) {
  bool changed = false;
  for (NodeId id : graph.Order()) {
    const Node& node = graph.node(id);
    if (node.is_removed) continue;
    ValueId instead = SameAs(graph, node);
    if (instead == kNone) instead = JoinViews(graph, node);
    if (instead == kNone) instead = AsSumOrProduct(graph, node);
    if (instead == kNone) continue;
    graph.Replace(id, instead);
    changed = true;
  }
  return changed;
}

}  // namespace diapason::compiler::graph
