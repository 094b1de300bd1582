#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "compiler/graph/evaluate.h"
#include "compiler/graph/match.h"
#include "compiler/graph/rewrites.h"

namespace diapason::compiler::graph {
namespace {

// Multiplies each filter by its number, or all filters by a single number. Returns nullopt if a weight
// overflows, or if the largest weight of a filter falls below the smallest normal float and so loses
// precision.
std::optional<ValueId> ScaleFilters(Graph& graph, ValueId weights, ValueId scale) {
  constexpr float kSmallest = std::numeric_limits<float>::min();
  const Value& filters = graph.value(weights);
  const std::vector<Scalar> numbers = ReadConstant(graph.value(scale));
  const size_t of_filter = static_cast<size_t>(NumElements(filters.shape) / filters.shape[0]);
  std::string scaled(filters.bytes);
  float* element = reinterpret_cast<float*>(scaled.data());
  for (size_t f = 0; f < static_cast<size_t>(filters.shape[0]); ++f) {
    const float factor = static_cast<float>(numbers[numbers.size() == 1 ? 0 : f].f);
    float before = 0, after = 0;  // the largest absolute weight
    for (size_t i = 0; i < of_filter; ++i) {
      before = std::max(before, std::abs(*element));
      *element *= factor;
      if (!std::isfinite(*element)) return std::nullopt;
      after = std::max(after, std::abs(*element++));
    }
    if (factor != 0 && before >= kSmallest && after < kSmallest) return std::nullopt;
  }
  return graph.AddOwnedConstant(filters.name, v1::ELEMENT_TYPE_F32, filters.shape, std::move(scaled));
}

// conv(x, w) * s = conv(x, w * s)
// Returns the convolution with scaled weights, or kNone if the weights are not constant or cannot be
// scaled.
ValueId ScaleConv(Graph& graph, const Node& conv, ValueId scale) {
  if (conv.op != Op::kConv || !graph.value(conv.inputs[1]).is_constant) return kNone;
  const std::optional<ValueId> weights = ScaleFilters(graph, conv.inputs[1], scale);
  if (!weights) return kNone;
  return *graph.Add(Op::kConv, {conv.inputs[0], *weights}, conv.attributes, conv.name);
}

// Returns the result of the operator on two constants, or kNone if it is not a finite constant.
ValueId FoldConstants(Graph& graph, Op op, ValueId a, ValueId b, const std::string& name) {
  const absl::StatusOr<ValueId> folded = graph.Add(op, {a, b}, {}, name);
  if (!folded.ok() || !graph.value(*folded).is_constant || !IsFinite(graph, *folded)) return kNone;
  return *folded;
}

// (conv(x, w) + b) * s = conv(x, w * s) + b * s
ValueId ScaleSum(Graph& graph, const Node& sum, const ConstantOperand& terms, ValueId scale) {
  const Shape& shape = graph.value(sum.output).shape;
  const Node* conv = graph.Producer(terms.other);
  if (conv == nullptr || conv->op != Op::kConv || !graph.IsReadOnce(terms.other)) return kNone;
  if (!IsPerChannel(graph, scale, shape)) return kNone;
  const ValueId shift = FoldConstants(graph, Op::kMul, terms.constant, scale, sum.name);
  if (shift == kNone) return kNone;
  const ValueId scaled = ScaleConv(graph, *conv, scale);
  return scaled == kNone ? kNone : *graph.Add(Op::kAdd, {scaled, shift}, {}, sum.name);
}

// (y + b) + c = y + (b + c)
// Without fast math, this applies only if y is a convolution, and b and c are numbers for each channel.
ValueId JoinSums(Graph& graph, const Node& sum, const ConstantOperand& terms, ValueId constant) {
  const Shape& shape = graph.value(sum.output).shape;
  const Node* before = graph.Producer(terms.other);
  const bool shifts_conv = before != nullptr && before->op == Op::kConv &&
                           IsPerChannel(graph, constant, shape) && IsPerChannel(graph, terms.constant, shape);
  if (!graph.fast_math && !shifts_conv) return kNone;
  const ValueId shift = FoldConstants(graph, Op::kAdd, terms.constant, constant, sum.name);
  return shift == kNone ? kNone : *graph.Add(Op::kAdd, {terms.other, shift}, {}, sum.name);
}

// Returns what can replace the sum or product `node` of a constant, or kNone.
ValueId Fold(Graph& graph, const Node& node) {
  if (node.op != Op::kMul && node.op != Op::kAdd) return kNone;
  const std::optional<ConstantOperand> split = SplitConstant(graph, node);
  if (!split || graph.value(split->other).type != v1::ELEMENT_TYPE_F32) return kNone;
  const Node* before = graph.Producer(split->other);
  if (before == nullptr || !graph.IsReadOnce(split->other)) return kNone;
  const Shape& shape = graph.value(node.output).shape;
  if (graph.value(split->other).shape != shape) return kNone;
  if (before->op == Op::kAdd) {
    const std::optional<ConstantOperand> terms = SplitConstant(graph, *before);
    if (!terms || graph.value(terms->other).shape != shape) return kNone;
    return node.op == Op::kMul ? ScaleSum(graph, *before, *terms, split->constant)
                               : JoinSums(graph, *before, *terms, split->constant);
  }
  if (node.op != Op::kMul || !IsPerChannel(graph, split->constant, shape)) return kNone;
  return ScaleConv(graph, *before, split->constant);
}

}  // namespace

bool FoldAffine(Graph& graph) {
  bool changed = false;
  for (NodeId id : graph.Order()) {
    const Node& node = graph.node(id);
    if (node.is_removed) continue;
    const ValueId instead = Fold(graph, node);
    if (instead == kNone) continue;
    graph.Replace(id, instead);
    changed = true;
  }
  return changed;
}

}  // namespace diapason::compiler::graph
