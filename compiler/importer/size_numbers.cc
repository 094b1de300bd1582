#include "compiler/importer/size_numbers.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "compiler/graph/apply_view.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/view.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

// An element of a value.
struct Place {
  ValueId value;
  int64_t element;
};

// Returns the largest value of a size that is known only when the model runs, or nullopt for other values.
std::optional<int64_t> LargestSize(const graph::Graph& graph, const RunTimeSizes& sizes, ValueId value) {
  std::optional<int64_t> most;
  for (const auto& [sized, size] : sizes) {
    if (size.size != value) continue;
    const int64_t extent = graph.value(sized).shape[static_cast<size_t>(size.dim)];
    most = most ? std::min(*most, extent) : extent;
  }
  return most;
}

// Follows operators that only move elements, and casts between integers, to where the element comes from: a
// size of `sizes`, or the result of another operator.
Place Origin(const graph::Graph& graph, const RunTimeSizes& sizes, Place at) {
  while (const graph::Node* node = graph.Producer(at.value)) {
    if (LargestSize(graph, sizes, at.value)) return at;
    const auto operand = [&](size_t i) -> const graph::Value& { return graph.value(node->inputs[i]); };
    if (node->op == Op::kCast && operand(0).type == v1::ELEMENT_TYPE_I32) {
      at.value = node->inputs[0];
    } else if (graph::IsView(node->op)) {
      const auto view = graph::ApplyView(*node, graph::DenseView(graph::kNoBuffer, operand(0).shape));
      if (!view) return at;
      int64_t next = 0, place = 0;
      graph::ForEachElement(*view, [&](int64_t offset) { place = next++ == at.element ? offset : place; });
      at = {node->inputs[0], place};
    } else if (node->op == Op::kConcat && graph.value(at.value).shape.size() == 1) {
      size_t part = 0;
      while (at.element >= operand(part).shape[0]) at.element -= operand(part++).shape[0];
      at.value = node->inputs[part];
    } else if (node->op == Op::kGather && operand(0).shape.size() == 1 && operand(1).is_constant) {
      const int64_t index = graph::ReadConstant(operand(1))[static_cast<size_t>(at.element)].i;
      at = {node->inputs[0], index < 0 ? index + operand(0).shape[0] : index};
    } else {
      return at;
    }
  }
  return at;
}

// Operands of an elementwise operator have the place of the result, or one element.
int64_t PlaceIn(const graph::Graph& graph, ValueId operand, int64_t element) {
  return graph::NumElements(graph.value(operand).shape) == 1 ? 0 : element;
}

}  // namespace

std::optional<int64_t> LargestNumber(const graph::Graph& graph, const RunTimeSizes& sizes, ValueId value,
                                     int64_t element) {
  constexpr int64_t kMost = int64_t{1} << 40;
  const Place at = Origin(graph, sizes, {value, element});
  const graph::Value& origin = graph.value(at.value);
  if (origin.type != v1::ELEMENT_TYPE_I64 && origin.type != v1::ELEMENT_TYPE_I32) return std::nullopt;
  if (origin.is_constant)
    return std::clamp(graph::ReadConstant(origin)[static_cast<size_t>(at.element)].i, -kMost, kMost);
  const std::optional<int64_t> most = LargestSize(graph, sizes, at.value);
  const graph::Node* node = graph.Producer(at.value);
  if (most || node == nullptr || !graph::IsElementwise(node->op) || node->inputs.size() != 2) return most;
  // A result that is broadcast has no simple places.
  for (const ValueId input : node->inputs) {
    const graph::Shape& shape = graph.value(input).shape;
    if (shape != origin.shape && graph::NumElements(shape) != 1) return std::nullopt;
  }
  const auto largest = [&](size_t i) {
    return LargestNumber(graph, sizes, node->inputs[i], PlaceIn(graph, node->inputs[i], at.element));
  };
  const std::optional<int64_t> a = largest(0), b = largest(1);
  if (node->op == Op::kMin && (a || b)) return a && b ? std::min(*a, *b) : a ? a : b;
  if (!a || !b) return std::nullopt;
  if (node->op == Op::kMax) return std::max(*a, *b);
  if (node->op == Op::kAdd) return std::min(*a + *b, kMost);
  const graph::Value& second = graph.value(node->inputs[1]);
  if (node->op == Op::kSub && second.is_constant) return *a - *b;
  return std::nullopt;
}

absl::StatusOr<std::vector<SizeNumber>> SizeNumbers(NodeConverter& node, size_t input) {
  if (!node.Has(input)) return absl::InvalidArgumentError(absl::StrCat("operand ", input, " is missing"));
  const graph::Shape shape = node.InShape(input);
  std::vector<SizeNumber> numbers;
  if (node.InValue(input).is_constant || shape.size() > 1) {
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> known, node.ConstantInts(input));
    for (const int64_t number : known) numbers.push_back({number, graph::kNone});
    return numbers;
  }
  Expression e(node);
  for (int64_t i = 0; i < graph::NumElements(shape); ++i) {
    const std::optional<int64_t> most = LargestNumber(node.graph, node.sizes(), node.In(input), i);
    if (!most) return node.ConstantInts(input).status();  // which says what is not known
    const Place at = Origin(node.graph, node.sizes(), {node.In(input), i});
    const graph::Value& origin = node.graph.value(at.value);
    if (origin.is_constant) {
      numbers.push_back({*most, graph::kNone});
    } else if (origin.shape.empty() && origin.type == v1::ELEMENT_TYPE_I64) {
      numbers.push_back({*most, at.value});
    } else {
      const ValueId list = e.Reshape(node.In(input), {graph::NumElements(shape)});
      numbers.push_back({*most, e.ToInt64(e.Reshape(e.Part(list, 0, i, 1), {}))});
    }
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
  return numbers;
}

absl::StatusOr<ValueId> WithSizes(NodeConverter& node, ValueId value, absl::Span<const SizeNumber> sizes) {
  bool has_size = false;
  for (size_t d = 0; d < sizes.size(); ++d) {
    if (sizes[d].value == graph::kNone) continue;
    if (has_size) return absl::UnimplementedError("two dimensions that are known only when the model runs");
    has_size = true;
    DIAPASON_ASSIGN_OR_RETURN(value, node.WithSize(value, static_cast<int64_t>(d), sizes[d].value));
  }
  return value;
}

}  // namespace diapason::compiler::importer
