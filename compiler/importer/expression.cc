#include "compiler/importer/expression.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "proto/base/status_macros.h"
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

graph::ValueId Expression::Reduce(graph::ValueId value, std::vector<int64_t> axes, graph::Reduction kind) {
  return (*this)(graph::Op::kReduce, {value}, {{"axes", std::move(axes)}, {"kind", kind}});
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

graph::ValueId Wrapped(Expression& e, graph::ValueId value, const NarrowType& type) {
  if (type.bits == 64) return value;
  const double count = static_cast<double>(int64_t{1} << type.bits);
  const graph::ValueId mask = e.Number(value, count - 1);
  if (type.least == 0) return e(graph::Op::kAnd, {value, mask});
  const graph::ValueId half = e.Number(value, count / 2);
  return e(graph::Op::kSub, {e(graph::Op::kAnd, {e(graph::Op::kAdd, {value, half}), mask}), half});
}

absl::StatusOr<graph::ValueId> InRange(NodeConverter& node, graph::ValueId value, const NarrowType& type,
                                       graph::NodeId first_node) {
  bool may_leave = false;
  if (node.graph.value(value).is_constant) {
    const std::vector<graph::Scalar> numbers = graph::ReadConstant(node.graph.value(value));
    may_leave = std::any_of(numbers.begin(), numbers.end(), [&](const graph::Scalar& number) {
      return number.i < type.least || number.i > type.most;
    });
  }
  for (graph::NodeId id = first_node; id < node.graph.num_nodes(); ++id) {
    const graph::Node& added = node.graph.node(id);
    const graph::OpKind kind = graph::KindOf(added.op);
    const bool computes = !graph::OnlyMovesElements(added.op) && kind != graph::OpKind::kGather &&
                          kind != graph::OpKind::kPortable;
    may_leave |= computes && node.graph.value(added.output).type == type.computed;
  }
  if (!may_leave) return value;
  Expression e(node);
  const graph::ValueId wrapped = Wrapped(e, value, type);
  DIAPASON_RETURN_IF_ERROR(e.status());
  return wrapped;
}

absl::Status CheckFloats(const NodeConverter& node) {
  const v1::ElementType type = node.InValue(0).type;
  if (type == v1::ELEMENT_TYPE_F32) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat("elements of type ", ElementTypeName(type)));
}

}  // namespace diapason::compiler::importer
