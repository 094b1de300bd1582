// Converts operators that produce constants: constants themselves, shapes, sizes and ranges.
#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "compiler/importer/size_numbers.h"
#include "proto/base/status_macros.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::importer {

absl::StatusOr<ValueIds> ConvertConstant(NodeConverter& node) {
  if (node.HasAttribute("value")) return One(node.Tensor("value"));
  if (node.HasAttribute("value_float"))
    return ValueIds{node.graph.AddScalar(v1::ELEMENT_TYPE_F32, node.Float("value_float", 0))};
  if (node.HasAttribute("value_int")) return ValueIds{node.Integers({node.Int("value_int", 0)}, {})};
  if (auto numbers = node.Ints("value_ints"))
    return ValueIds{node.Integers(*numbers, {static_cast<int64_t>(numbers->size())})};
  if (node.HasAttribute("value_floats")) {
    std::vector<graph::Scalar> scalars;
    for (double number : node.Floats("value_floats")) scalars.push_back({number, 0});
    const int64_t count = static_cast<int64_t>(scalars.size());
    return ValueIds{node.graph.AddOwnedConstant("", v1::ELEMENT_TYPE_F32, {count},
                                                graph::ToBytes(v1::ELEMENT_TYPE_F32, scalars))};
  }
  return absl::UnimplementedError("a constant that is neither a tensor nor numbers");
}

absl::StatusOr<ValueIds> ConvertConstantOfShape(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<SizeNumber> sizes, SizeNumbers(node, 0));
  graph::Shape shape;
  for (const SizeNumber& size : sizes)
    shape.push_back(size.value == graph::kNone ? size.most : std::max<int64_t>(size.most, 0));
  graph::ValueId number = node.graph.AddScalar(v1::ELEMENT_TYPE_F32, 0);
  if (node.HasAttribute("value")) {
    DIAPASON_ASSIGN_OR_RETURN(number, node.Tensor("value"));
    if (graph::NumElements(node.graph.value(number).shape) != 1)
      return absl::InvalidArgumentError("the attribute 'value' is not one number");
    DIAPASON_ASSIGN_OR_RETURN(number, node.Reshape(number, {}));
  }
  DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId value,
                            node.Add(graph::Op::kExpand, {number}, {{"shape", std::move(shape)}}));
  return One(WithSizes(node, value, sizes));
}

absl::StatusOr<ValueIds> ConvertShape(NodeConverter& node) {
  const graph::Shape& shape = node.InShape(0);
  const int64_t rank = static_cast<int64_t>(shape.size());
  const auto clamp = [&](int64_t axis) {
    return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  node.SetNarrow(0, nullptr);
  const int64_t start = clamp(node.Int("start", 0)), end = std::max(start, clamp(node.Int("end", rank)));
  const graph::ValueId known =
      node.Integers(absl::MakeSpan(shape).subspan(start, end - start), {end - start});
  const RunTimeSize* size = node.SizeOf(0);
  if (size == nullptr || size->dim < start || size->dim >= end) return ValueIds{known};
  Expression e(node);
  const int64_t at = size->dim - start;
  ValueIds parts;
  if (at > 0) parts.push_back(e.Part(known, 0, 0, at));
  parts.push_back(e.Reshape(size->size, {1}));
  if (size->dim + 1 < end) parts.push_back(e.Part(known, 0, at + 1, end - size->dim - 1));
  return e.Result(e.Concat(std::move(parts), 0));
}

absl::StatusOr<ValueIds> ConvertSize(NodeConverter& node) {
  node.SetNarrow(0, nullptr);
  const RunTimeSize* size = node.SizeOf(0);
  if (size == nullptr) return ValueIds{node.Integers({graph::NumElements(node.InShape(0))}, {})};
  graph::Shape others = node.InShape(0);
  others[static_cast<size_t>(size->dim)] = 1;
  return One(node.Add(graph::Op::kMul, {size->size, node.Integers({graph::NumElements(others)}, {})}));
}

namespace {

// A range of integers whose end is known only when the model runs, but not the rest.
absl::StatusOr<ValueIds> RangeToSize(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> start, node.ConstantInts(0));
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<SizeNumber> end, SizeNumbers(node, 1));
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> step, node.ConstantInts(2));
  if (start.size() != 1 || end.size() != 1 || step.size() != 1)
    return absl::InvalidArgumentError("a bound of the range is not one number");
  constexpr int64_t kMost = 1 << 24;
  if (step[0] < 1 || step[0] > kMost || std::abs(start[0]) > kMost || end[0].most > kMost ||
      node.InValue(0).type != v1::ELEMENT_TYPE_I64)
    return absl::UnimplementedError("bounds computed when the model runs");
  const int64_t most = std::max<int64_t>(0, (end[0].most - start[0] + step[0] - 1) / step[0]);
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < most; ++i) numbers.push_back(start[0] + i * step[0]);
  const graph::ValueId range = node.Integers(numbers, {most});
  if (end[0].value == graph::kNone) return ValueIds{range};
  if (start[0] == 0 && step[0] == 1 && IsSize(node, end[0].value))
    return One(node.WithSize(range, 0, end[0].value));
  Expression e(node);
  graph::ValueId count = end[0].value;
  count = e(graph::Op::kAdd, {count, e.Number(count, static_cast<double>(step[0] - 1 - start[0]))});
  count = e(graph::Op::kMax, {count, e.Number(count, 0)});
  count = e(graph::Op::kDiv, {count, e.Number(count, static_cast<double>(step[0]))});
  DIAPASON_RETURN_IF_ERROR(e.status());
  return One(node.WithSize(range, 0, count));
}

}  // namespace

absl::StatusOr<ValueIds> ConvertRange(NodeConverter& node) {
  if (node.Has(1) && !node.InValue(1).is_constant && node.InValue(1).type == v1::ELEMENT_TYPE_I64)
    return RangeToSize(node);
  for (size_t i = 0; i < 3; ++i) {
    if (!node.Has(i) || !node.InValue(i).is_constant)
      return absl::UnimplementedError("bounds computed when the model runs");
    if (graph::NumElements(node.InShape(i)) != 1)
      return absl::InvalidArgumentError("a bound of the range is not one number");
  }
  const v1::ElementType type = node.InValue(0).type;
  if (type == v1::ELEMENT_TYPE_BOOL || node.InValue(1).type != type || node.InValue(2).type != type)
    return absl::InvalidArgumentError(absl::StrCat("the bounds cannot have the types ", ElementTypeName(type),
                                                   ", ", ElementTypeName(node.InValue(1).type), " and ",
                                                   ElementTypeName(node.InValue(2).type)));
  const graph::Scalar start = graph::ReadConstant(node.InValue(0))[0],
                      limit = graph::ReadConstant(node.InValue(1))[0],
                      delta = graph::ReadConstant(node.InValue(2))[0];
  const bool on_floats = type == v1::ELEMENT_TYPE_F32;
  const double step = on_floats ? delta.f : static_cast<double>(delta.i),
               way = on_floats ? limit.f - start.f
                               : static_cast<double>(limit.i) - static_cast<double>(start.i);
  constexpr double kMost = 1 << 24;
  if (step == 0 || !(way / step < kMost))
    return absl::InvalidArgumentError(absl::StrCat("a range over ", way, " in steps of ", step,
                                                   " has more than ", kMost, " numbers or does not end"));
  std::vector<graph::Scalar> numbers;
  // The sum wraps around behind the last number of the type, which a rounded `way` may reach.
  uint64_t at = static_cast<uint64_t>(start.i);
  for (int64_t i = 0; static_cast<double>(i) < way / step; ++i, at += static_cast<uint64_t>(delta.i))
    numbers.push_back({start.f + static_cast<double>(i) * delta.f, static_cast<int64_t>(at)});
  const int64_t count = static_cast<int64_t>(numbers.size());
  return ValueIds{node.graph.AddOwnedConstant("", type, {count}, graph::ToBytes(type, numbers))};
}

}  // namespace diapason::compiler::importer
