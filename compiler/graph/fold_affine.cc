#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "compiler/graph/evaluate.h"
#include "compiler/graph/match.h"
#include "compiler/graph/rewrites.h"

namespace diapason::compiler {
namespace {

// The weights with each filter multiplied by its number (or all by one). Nothing: some would be out of the range in
// which floats are precise, which the sums may not be.
std::optional<ValueId> ScaleFilters(Graph& graph, ValueId weights, ValueId scale) {
  constexpr float kSmallest = std::numeric_limits<float>::min();
  const Value& filters = graph.value(weights);
  const std::vector<Scalar> numbers = ReadConstant(graph.value(scale));
  const size_t of_filter = static_cast<size_t>(NumElements(filters.shape) / filters.shape[0]);
  std::string scaled(filters.bytes);
  float* element = reinterpret_cast<float*>(scaled.data());
  for (size_t f = 0; f < static_cast<size_t>(filters.shape[0]); ++f) {
    const float factor = static_cast<float>(numbers[numbers.size() == 1 ? 0 : f].f);
    float before = 0, after = 0;  // the largest
    for (size_t i = 0; i < of_filter; ++i) {
      before = std::max(before, std::abs(*element));
      *element *= factor;
      if (!std::isfinite(*element)) return std::nullopt;
      after = std::max(after, std::abs(*element++));
    }
    if (factor != 0 && before >= kSmallest && after < kSmallest) return std::nullopt;
  }
  return graph.AddOwnedConstant(filters.name, DataType::kF32, filters.shape, std::move(scaled));
}

// What takes the place of the sum or product `node` of a constant; kNone: nothing does.
ValueId Fold(Graph& graph, const Node& node) {
  if (node.op != "Mul" && node.op != "Add") return kNone;
  const std::optional<ConstantOperand> split = SplitConstant(graph, node);
  if (!split || graph.value(split->other).type != DataType::kF32) return kNone;
  const Node* producer = graph.Producer(split->other);
  if (producer == nullptr || !graph.IsReadOnce(split->other)) return kNone;
  const Node before = *producer;
  const Shape& shape = graph.value(node.output).shape;
  if (graph.value(split->other).shape != shape) return kNone;
  if (node.op == "Mul" && before.op == "Conv" && graph.value(before.inputs[1]).is_constant &&
      IsPerChannel(graph, split->constant, shape)) {
    const std::optional<ValueId> weights = ScaleFilters(graph, before.inputs[1], split->constant);
    if (!weights) return kNone;
    return *graph.Add("Conv", {before.inputs[0], *weights}, before.attributes, before.name);
  }
  // Behind a sum of a convolution and its shift: (y + b) * s = y * s + b * s, and (y + b) + c = y + (b + c).
  const std::optional<ConstantOperand> first =
      before.op == "Add" ? SplitConstant(graph, before) : std::nullopt;
  if (!first || graph.value(first->other).shape != shape) return kNone;
  const Node* conv = graph.Producer(first->other);
  const bool is_conv = conv != nullptr && conv->op == "Conv";
  const bool per_channel = is_conv && IsPerChannel(graph, split->constant, shape);
  if (node.op == "Add" && !graph.fast_math && !(per_channel && IsPerChannel(graph, first->constant, shape)))
    return kNone;
  const absl::StatusOr<ValueId> shift =
      graph.Add(node.op, {first->constant, split->constant}, {}, before.name);
  if (!shift.ok() || !graph.value(*shift).is_constant || !IsFinite(graph, *shift)) return kNone;
  ValueId sum = first->other;
  if (node.op == "Mul") {
    if (!per_channel || !graph.IsReadOnce(first->other) || !graph.value(conv->inputs[1]).is_constant)
      return kNone;
    const Node unscaled = *conv;
    const std::optional<ValueId> weights = ScaleFilters(graph, unscaled.inputs[1], split->constant);
    if (!weights) return kNone;
    sum = *graph.Add("Conv", {unscaled.inputs[0], *weights}, unscaled.attributes, unscaled.name);
  }
  return *graph.Add("Add", {sum, *shift}, {}, before.name);
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

}  // namespace diapason::compiler
