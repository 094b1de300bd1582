#include "compiler/importer/size_numbers.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

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

// Operands of an elementwise operator have the place of the result, or one element.
int64_t PlaceIn(const graph::Graph& graph, ValueId operand, int64_t element) {
  return graph::NumElements(graph.value(operand).shape) == 1 ? 0 : element;
}

Place Origin(const graph::Graph& graph, const RunTimeSizes& sizes, Place at);

// Whether an element of a condition holds, or nullopt if that is not known. A size is never negative.
std::optional<bool> Holds(const graph::Graph& graph, const RunTimeSizes& sizes, Place at) {
  const auto constant = [&](Place place) -> std::optional<int64_t> {
    const graph::Value& value = graph.value(place.value);
    if (!value.is_constant) return std::nullopt;
    return graph::ReadConstant(value)[static_cast<size_t>(place.element)].i;
  };
  if (const auto known = constant(at)) return *known != 0;
  const graph::Node* node = graph.Producer(at.value);
  if (node == nullptr || node->op != Op::kEqual || graph.value(node->inputs[0]).type == v1::ELEMENT_TYPE_F32)
    return std::nullopt;
  Place operands[2];
  for (const size_t i : {0, 1})
    operands[i] = Origin(graph, sizes, {node->inputs[i], PlaceIn(graph, node->inputs[i], at.element)});
  const auto a = constant(operands[0]), b = constant(operands[1]);
  if (a && b) return *a == *b;
  for (const size_t i : {0, 1}) {
    const std::optional<int64_t>& number = i == 0 ? a : b;
    if (number && *number < 0 && LargestSize(graph, sizes, operands[1 - i].value)) return false;
  }
  return std::nullopt;
}

// Whether no operand of the node has more elements than one, unless it has the shape of the result.
bool HasSimplePlaces(const graph::Graph& graph, const graph::Node& node) {
  return std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
    const graph::Shape& shape = graph.value(input).shape;
    return shape == graph.value(node.output).shape || graph::NumElements(shape) == 1;
  });
}

// Follows operators that only move elements, selections that are known, and casts between integers, to where
// the element comes from: a size of `sizes`, or the result of another operator.
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
    } else if (node->op == Op::kWhere && HasSimplePlaces(graph, *node)) {
      const auto chosen = Holds(graph, sizes, {node->inputs[0], PlaceIn(graph, node->inputs[0], at.element)});
      if (!chosen) return at;
      const ValueId source = node->inputs[*chosen ? 1 : 2];
      at = {source, PlaceIn(graph, source, at.element)};
    } else {
      return at;
    }
  }
  return at;
}

// Returns the largest value of a reduction over the elements of a list, to their maximum or minimum.
std::optional<int64_t> LargestOfList(const graph::Graph& graph, const RunTimeSizes& sizes,
                                     const graph::Node& reduce) {
  const bool is_max = reduce.ReductionKind() == graph::Reduction::kMax;
  if (!is_max && reduce.ReductionKind() != graph::Reduction::kMin) return std::nullopt;
  const graph::Shape& list = graph.value(reduce.inputs[0]).shape;
  if (list.size() != 1) return std::nullopt;
  std::optional<int64_t> result;
  for (int64_t i = 0; i < list[0]; ++i) {
    const std::optional<int64_t> most = LargestNumber(graph, sizes, reduce.inputs[0], i);
    if (is_max && !most) return std::nullopt;
    if (most) result = !result ? *most : is_max ? std::max(*result, *most) : std::min(*result, *most);
  }
  return result;
}

using Pairs = std::set<std::pair<ValueId, ValueId>>;

// `seen` has the pairs that have been compared, or are being compared, without a difference.
bool AreAlike(const graph::Graph& graph, ValueId a, ValueId b, Pairs& seen) {
  constexpr size_t kMostPairs = 1000;
  if (a == b || a == graph::kNone || b == graph::kNone) return a == b;
  if (!seen.emplace(a, b).second) return true;
  const graph::Value &left = graph.value(a), &right = graph.value(b);
  if (left.type != right.type || left.shape != right.shape) return false;
  if (left.is_constant || right.is_constant)
    return left.is_constant && right.is_constant && left.bytes == right.bytes;
  const graph::Node *first = graph.Producer(a), *second = graph.Producer(b);
  if (first == nullptr || second == nullptr || first->op != second->op || seen.size() > kMostPairs ||
      first->attributes != second->attributes || first->inputs.size() != second->inputs.size())
    return false;
  for (size_t i = 0; i < first->inputs.size(); ++i) {
    if (!AreAlike(graph, first->inputs[i], second->inputs[i], seen)) return false;
  }
  return true;
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
  if (!most && node != nullptr && node->op == Op::kReduce) return LargestOfList(graph, sizes, *node);
  if (most || node == nullptr || !graph::IsElementwise(node->op) || node->inputs.size() != 2) return most;
  if (!HasSimplePlaces(graph, *node)) return std::nullopt;
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

absl::StatusOr<std::vector<SizeNumber>> AnyNumbers(NodeConverter& node, size_t input) {
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
    const int64_t most = LargestNumber(node.graph, node.sizes(), node.In(input), i)
                             .value_or(std::numeric_limits<int64_t>::max());
    const Place at = Origin(node.graph, node.sizes(), {node.In(input), i});
    const graph::Value& origin = node.graph.value(at.value);
    if (origin.is_constant) {
      numbers.push_back({most, graph::kNone});
    } else if (origin.shape.empty() && origin.type == v1::ELEMENT_TYPE_I64) {
      numbers.push_back({most, at.value});
    } else {
      const ValueId list = e.Reshape(node.In(input), {graph::NumElements(shape)});
      numbers.push_back({most, e.ToInt64(e.Reshape(e.Part(list, 0, i, 1), {}))});
    }
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
  return numbers;
}

absl::StatusOr<std::vector<SizeNumber>> SizeNumbers(NodeConverter& node, size_t input) {
  DIAPASON_ASSIGN_OR_RETURN(std::vector<SizeNumber> numbers, AnyNumbers(node, input));
  for (const SizeNumber& number : numbers) {
    if (number.value != graph::kNone && number.most == std::numeric_limits<int64_t>::max())
      return node.ConstantInts(input).status();  // which says what is not known
  }
  return numbers;
}

std::optional<int64_t> KnownDifference(const graph::Graph& graph, const RunTimeSizes& sizes, ValueId a,
                                       ValueId b) {
  const Place from = Origin(graph, sizes, {a, 0}), to = Origin(graph, sizes, {b, 0});
  const graph::Node* add = graph.Producer(to.value);
  if (add == nullptr || add->op != Op::kAdd) return std::nullopt;
  for (const size_t i : {0, 1}) {
    const graph::Value& more = graph.value(add->inputs[1 - i]);
    const Place other = Origin(graph, sizes, {add->inputs[i], PlaceIn(graph, add->inputs[i], to.element)});
    if (!more.is_constant || other.value != from.value || other.element != from.element) continue;
    return graph::ReadConstant(more)[static_cast<size_t>(PlaceIn(graph, add->inputs[1 - i], to.element))].i;
  }
  return std::nullopt;
}

bool IsSize(const NodeConverter& node, ValueId value) {
  return std::any_of(node.sizes().begin(), node.sizes().end(),
                     [&](const auto& sized) { return sized.second.size == value; });
}

bool ComputedAlike(const graph::Graph& graph, ValueId a, ValueId b) {
  Pairs seen;
  return AreAlike(graph, a, b, seen);
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
