#include "compiler/graph/evaluate.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "compiler/graph/apply_view.h"
#include "compiler/graph/portable.h"
#include "compiler/graph/reduction.h"
#include "compiler/graph/view.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::graph {
namespace {

// A result with at most kSmallResult elements is always computed. A larger one is computed only if it is
// no larger than its operands, and never if it has more than kLargeResult elements.
constexpr int64_t kSmallResult = 1 << 16;
constexpr int64_t kLargeResult = 1 << 22;

std::optional<std::string> EvaluateElementwise(const Graph& graph, const Node& node,
                                               const InferredType& result) {
  std::vector<std::vector<Scalar>> numbers;
  std::vector<std::vector<int64_t>> places;
  for (ValueId input : node.inputs) {
    const Value& operand = graph.value(input);
    numbers.push_back(ReadConstant(operand));
    places.emplace_back();
    ForEachElement(BroadcastView(DenseView(kNoBuffer, operand.shape), result.shape),
                   [&](int64_t offset) { places.back().push_back(offset); });
  }
  const v1::ElementType type = graph.value(node.inputs.back()).type;
  std::vector<Scalar> computed, x(node.inputs.size());
  for (int64_t i = 0; i < NumElements(result.shape); ++i) {
    for (size_t k = 0; k < x.size(); ++k) x[k] = numbers[k][places[k][i]];
    const std::optional<Scalar> y = Apply(node.op, type, result.type, x);
    if (!y) return std::nullopt;
    computed.push_back(*y);
  }
  return ToBytes(result.type, computed);
}

std::string EvaluateView(const Value& operand, const Node& node) {
  if (node.op == Op::kReshape) return std::string(operand.bytes);
  const size_t size = ElementBytes(operand.type);
  std::string bytes;
  ForEachElement(*ApplyView(node, DenseView(kNoBuffer, operand.shape)),
                 [&](int64_t offset) { absl::StrAppend(&bytes, operand.bytes.substr(offset * size, size)); });
  return bytes;
}

std::string EvaluateConcat(const Graph& graph, const Node& node, const Shape& shape) {
  std::string bytes;
  if (NumElements(shape) == 0) return bytes;
  const int64_t outer = NumElements(absl::MakeSpan(shape).subspan(0, node.Int("axis")));
  for (int64_t i = 0; i < outer; ++i) {
    for (ValueId input : node.inputs) {
      const absl::string_view part = graph.value(input).bytes;
      absl::StrAppend(&bytes, part.substr(i * (part.size() / outer), part.size() / outer));
    }
  }
  return bytes;
}

std::string EvaluateGather(const Value& data, const Value& indices, int64_t axis) {
  const absl::Span<const int64_t> shape(data.shape);
  const int64_t outer = NumElements(shape.subspan(0, axis)), extent = shape[axis],
                inner = NumElements(shape.subspan(axis + 1)) * ElementBytes(data.type);
  std::string bytes;
  const std::vector<Scalar> numbers = ReadConstant(indices);
  for (int64_t o = 0; o < outer; ++o) {
    for (const Scalar& number : numbers) {
      const int64_t index = number.i < 0 ? number.i + extent : number.i;
      absl::StrAppend(&bytes, data.bytes.substr((o * extent + index) * inner, inner));
    }
  }
  return bytes;
}

std::string EvaluateReduce(const Value& operand, const Node& node, const InferredType& result) {
  const Reduction kind = node.ReductionKind();
  std::vector<Scalar> sums(NumElements(result.shape), ReductionStart(kind, operand.type));
  std::vector<int64_t> places;
  ForEachElement(BroadcastView(DenseView(kNoBuffer, result.shape), operand.shape),
                 [&](int64_t offset) { places.push_back(offset); });
  const std::vector<Scalar> numbers = ReadConstant(operand);
  for (size_t i = 0; i < places.size(); ++i)
    sums[places[i]] = ReductionStep(kind, operand.type, sums[places[i]], numbers[i]);
  const int64_t count = static_cast<int64_t>(places.size() / sums.size());
  for (Scalar& sum : sums) sum = ReductionEnd(kind, operand.type, sum, count);
  return ToBytes(operand.type, sums);
}

}  // namespace

std::vector<Scalar> ReadConstant(const Value& constant) {
  return ReadElements(constant.type, constant.bytes);
}

std::optional<Scalar> ResultOfEmptyReduction(const Graph& graph, const Node& node) {
  const auto is_empty = [&](ValueId input) { return NumElements(graph.value(input).shape) == 0; };
  if (node.op == Op::kReduce && is_empty(node.inputs[0])) {
    const v1::ElementType type = graph.value(node.inputs[0]).type;
    const Reduction kind = node.ReductionKind();
    return ReductionEnd(kind, type, ReductionStart(kind, type), 0);
  }
  const bool adds_products = node.op == Op::kMatMul || node.op == Op::kConv;
  if (adds_products && (is_empty(node.inputs[0]) || is_empty(node.inputs[1]))) return Scalar{};
  return std::nullopt;
}

std::optional<std::string> Evaluate(const Graph& graph, const Node& node, const InferredType& result) {
  int64_t operand_elements = 0;
  for (ValueId input : node.inputs) {
    if (input == kNone) continue;
    if (!graph.value(input).is_constant) return std::nullopt;
    operand_elements = std::max(operand_elements, NumElements(graph.value(input).shape));
  }
  const int64_t elements = NumElements(result.shape);
  if (elements > kLargeResult || (elements > kSmallResult && elements > operand_elements))
    return std::nullopt;
  const Value& first = graph.value(node.inputs[0]);
  switch (KindOf(node.op)) {
    case OpKind::kElementwise:
      return EvaluateElementwise(graph, node, result);
    case OpKind::kView:
      // A view of a large constant needs no code and no memory of its own, but a computed copy would.
      if (operand_elements > kSmallResult) return std::nullopt;
      return EvaluateView(first, node);
    case OpKind::kConcat:
      if (node.op == Op::kInterleave) return std::nullopt;
      return EvaluateConcat(graph, node, result.shape);
    case OpKind::kGather:
      return EvaluateGather(first, graph.value(node.inputs[1]), node.Int("axis"));
    case OpKind::kReduction:
      return EvaluateReduce(first, node, result);
    case OpKind::kPortable:
      return EvaluatePortable(graph, node, result);
    default:  // anchors on constants only are too rare to be worth code here
      return std::nullopt;
  }
}

}  // namespace diapason::compiler::graph
