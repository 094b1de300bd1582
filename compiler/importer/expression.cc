#include "compiler/importer/expression.h"

#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::importer {

graph::ValueId Expression::Keep(graph::ValueId otherwise, absl::StatusOr<graph::ValueId> value) {
  if (value.ok()) return *value;
  status_ = value.status();
  return otherwise;
}

graph::ValueId Expression::operator()(graph::Op op, ValueIds operands, graph::Attributes attributes) {
  if (!status_.ok()) return operands[0];
  return Keep(operands[0], node_.Add(op, operands, std::move(attributes)));
}

graph::ValueId Expression::ToInt64(graph::ValueId value) {
  if (node_.graph.value(value).type == v1::ELEMENT_TYPE_I64) return value;
  return (*this)(graph::Op::kCast, {value}, {{"to", v1::ELEMENT_TYPE_I64}});
}

graph::ValueId Expression::FromStart(graph::ValueId indices, int64_t extent) {
  const graph::ValueId is_negative = (*this)(graph::Op::kLess, {indices, Number(indices, 0)});
  const graph::ValueId moved =
      (*this)(graph::Op::kAdd, {indices, Number(indices, static_cast<double>(extent))});
  return (*this)(graph::Op::kWhere, {is_negative, moved, indices});
}

graph::ValueId Expression::Positions(size_t rank, int64_t axis, int64_t extent) {
  std::vector<int64_t> numbers(static_cast<size_t>(extent));
  std::iota(numbers.begin(), numbers.end(), 0);
  graph::Shape shape(rank, 1);
  shape[static_cast<size_t>(axis)] = extent;
  return node_.Integers(numbers, std::move(shape));
}

graph::ValueId Expression::Reshape(graph::ValueId value, graph::Shape shape) {
  if (!status_.ok()) return value;
  return Keep(value, node_.Reshape(value, std::move(shape)));
}

graph::ValueId Expression::Part(graph::ValueId value, int64_t axis, int64_t start, int64_t count,
                                int64_t step) {
  if (!status_.ok()) return value;
  graph::Shape shape = ShapeOf(value);
  std::vector<int64_t> starts(shape.size(), 0), steps(shape.size(), 1);
  starts[axis] = start;
  steps[axis] = step;
  shape[axis] = count;
  return Keep(value, node_.Slice(value, std::move(starts), std::move(steps), std::move(shape)));
}

graph::ValueId Expression::Transpose(graph::ValueId value, std::vector<int64_t> perm) {
  return (*this)(graph::Op::kTranspose, {value}, {{"perm", std::move(perm)}});
}

graph::ValueId Expression::Expand(graph::ValueId value, graph::Shape shape) {
  return (*this)(graph::Op::kExpand, {value}, {{"shape", std::move(shape)}});
}

graph::ValueId Expression::Concat(ValueIds parts, int64_t axis) {
  if (parts.size() == 1) return parts[0];
  return (*this)(graph::Op::kConcat, std::move(parts), {{"axis", axis}});
}

absl::Status CheckFloats(const NodeConverter& node) {
  const v1::ElementType type = node.InValue(0).type;
  if (type == v1::ELEMENT_TYPE_F32) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat("elements of type ", ElementTypeName(type)));
}

}  // namespace diapason::compiler::importer
