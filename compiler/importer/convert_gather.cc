// Converts gathers. If the indices are known and evenly spaced, the gather becomes a view.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/infer_shape.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/element_indices.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::ValueId;

// Adds a gather. Known indices become non-negative. If they are evenly spaced, a Slice replaces the
// gather.
absl::StatusOr<graph::ValueId> AddGather(NodeConverter& node, graph::ValueId data, graph::ValueId indices,
                                         int64_t axis) {
  const graph::Value& index = node.graph.value(indices);
  const graph::Attributes attributes = {{"axis", axis}};
  const bool known =
      index.is_constant && (index.type == v1::ELEMENT_TYPE_I32 || index.type == v1::ELEMENT_TYPE_I64);
  if (!known || graph::NumElements(index.shape) == 0)
    return node.Add(graph::Op::kGather, {data, indices}, attributes);
  const graph::Shape shape = node.graph.value(data).shape;
  std::vector<graph::Scalar> numbers = graph::ReadConstant(index);
  bool even = true;
  for (graph::Scalar& number : numbers) {
    DIAPASON_ASSIGN_OR_RETURN(number.i, graph::IndexFromStart(number.i, shape, axis));
  }
  const int64_t step = numbers.size() > 1 ? numbers[1].i - numbers[0].i : 1;
  for (size_t i = 1; i < numbers.size(); ++i) even &= numbers[i].i - numbers[i - 1].i == step;
  if (!even || step == 0 || node.graph.value(data).is_constant) {
    indices =
        node.graph.AddOwnedConstant(index.name, index.type, index.shape, graph::ToBytes(index.type, numbers));
    return node.Add(graph::Op::kGather, {data, indices}, attributes);
  }
  std::vector<int64_t> starts(shape.size(), 0), steps(shape.size(), 1);
  graph::Shape sliced = shape, result(shape.begin(), shape.begin() + axis);
  starts[axis] = numbers[0].i;
  steps[axis] = step;
  sliced[axis] = static_cast<int64_t>(numbers.size());
  result.insert(result.end(), index.shape.begin(), index.shape.end());
  result.insert(result.end(), shape.begin() + axis + 1, shape.end());
  DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId slice, node.Slice(data, starts, steps, sliced));
  return node.Reshape(slice, result);
}

// Returns the indices of a gather. If the size of the axis is known only when the model runs, indices that
// count from its end depend on it.
absl::StatusOr<graph::ValueId> IndicesInto(NodeConverter& node, int64_t axis) {
  const RunTimeSize* size = node.SizeOf(0);
  const graph::ValueId indices = node.In(1);
  if (size == nullptr || size->dim != axis) return indices;
  if (node.InValue(1).is_constant) {
    const std::vector<graph::Scalar> known = graph::ReadConstant(node.InValue(1));
    if (std::all_of(known.begin(), known.end(), [](const graph::Scalar& index) { return index.i >= 0; }))
      return indices;
  }
  Expression e(node);
  const graph::ValueId wide = e.ToInt64(indices);
  const graph::ValueId is_negative = e(graph::Op::kLess, {wide, e.Number(wide, 0)});
  const graph::ValueId from_start =
      e(graph::Op::kWhere, {is_negative, e(graph::Op::kAdd, {wide, size->size}), wide});
  DIAPASON_RETURN_IF_ERROR(e.status());
  return from_start;
}

// Returns indices along dimension `d` of the data, made to count from its start.
ValueId IndicesAlong(NodeConverter& node, Expression& e, ValueId indices, int64_t d) {
  const RunTimeSize* size = node.SizeOf(0);
  if (size != nullptr && size->dim == d) {
    indices = e.ToInt64(indices);
    const ValueId is_negative = e(graph::Op::kLess, {indices, e.Number(indices, 0)});
    indices = e(graph::Op::kWhere, {is_negative, e(graph::Op::kAdd, {indices, size->size}), indices});
    indices = e(graph::Op::kMax, {indices, e.Number(indices, 0)});
  }
  return NearestIndices(e, indices, node.InShape(0)[static_cast<size_t>(d)]);
}

// Adds operators that compute what JoinedIndices returns, of the given shape, from indices that are not
// known.
absl::StatusOr<ValueId> JoinedAtRunTime(NodeConverter& node, const graph::Shape& shape, size_t named) {
  const graph::Shape in = node.InShape(0);
  const size_t batch_dims = named - static_cast<size_t>(node.InShape(1).back());
  Expression e(node);
  graph::Shape column = shape;  // the shape of the indices into one dimension
  column.push_back(1);
  ValueId joined = graph::kNone;
  for (size_t d = 0; d < named; ++d) {
    const int64_t dim = static_cast<int64_t>(d);
    const ValueId index = d < batch_dims ? e.Expand(e.Positions(column.size(), dim, in[d]), column)
                                         : IndicesAlong(node, e,
                                                        e.Part(node.In(1), static_cast<int64_t>(shape.size()),
                                                               dim - static_cast<int64_t>(batch_dims), 1),
                                                        dim);
    if (joined == graph::kNone) {
      joined = index;
      continue;
    }
    joined = e(graph::Op::kMul, {joined, e.Number(joined, static_cast<double>(in[d]))});
    joined = e(graph::Op::kAdd, {joined, index});
  }
  joined = e.Reshape(joined, shape);
  DIAPASON_RETURN_IF_ERROR(e.status());
  return joined;
}

}  // namespace

absl::StatusOr<ValueIds> ConvertGather(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                            NodeConverter::Axis(node.Int("axis", 0), node.InShape(0).size()));
  DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId indices, IndicesInto(node, axis));
  return One(AddGather(node, node.In(0), indices, axis));
}

// This is a gather along one dimension, into which the dimensions that an index names are joined.
absl::StatusOr<ValueIds> ConvertGatherND(NodeConverter& node) {
  const graph::Shape in = node.InShape(0), index_shape = node.InShape(1);
  DIAPASON_ASSIGN_OR_RETURN(const size_t named, NamedDims(node));
  const graph::Shape flat_shape(index_shape.begin(), index_shape.end() - 1);
  graph::ValueId indices = graph::kNone;
  if (node.InValue(1).is_constant && node.SizeOf(0) == nullptr) {
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> flat, JoinedIndices(node));
    indices = node.Integers(flat, flat_shape);
  } else {
    DIAPASON_ASSIGN_OR_RETURN(indices, JoinedAtRunTime(node, flat_shape, named));
  }
  const absl::Span<const int64_t> all(in);
  graph::Shape joined = {graph::NumElements(all.subspan(0, named))};
  joined.insert(joined.end(), in.begin() + static_cast<int64_t>(named), in.end());
  DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId data, node.Reshape(node.In(0), joined));
  return One(AddGather(node, data, indices, 0));
}

}  // namespace diapason::compiler::importer
