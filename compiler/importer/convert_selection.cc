// Converts operators that compare positions with indices: the position of the largest element, one-hot
// vectors, triangles, running sums, and elements that are gathered one by one.
#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/element_indices.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

// Returns x moved by `count` places to higher positions of the axis. `filler` comes from the other side.
ValueId Shifted(Expression& e, ValueId x, int64_t axis, int64_t count, double filler) {
  if (!e.status().ok()) return x;
  graph::Shape filled = e.ShapeOf(x);
  const int64_t extent = filled[axis];
  filled[axis] = count;
  return e.Concat({e.Expand(e.Number(x, filler), filled), e.Part(x, axis, 0, extent - count)}, axis);
}

ValueId Reversed(Expression& e, ValueId x, int64_t axis) {
  if (!e.status().ok()) return x;
  const int64_t extent = e.ShapeOf(x)[axis];
  return e.Part(x, axis, extent - 1, extent, -1);
}

}  // namespace

// The position of the extreme element is the least (or the last) of the positions of elements that equal it.
absl::StatusOr<ValueIds> ConvertArgExtreme(NodeConverter& node) {
  const graph::Shape in = node.InShape(0);
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, NodeConverter::Axis(node.Int("axis", 0), in.size()));
  if (in[axis] == 0) return absl::InvalidArgumentError("the axis has no elements");
  const bool is_max = node.proto().op_type() == "ArgMax", last = node.Int("select_last_index", 0) != 0;
  Expression e(node);
  const ValueId extreme =
      e.Reduce(node.In(0), {axis}, is_max ? graph::Reduction::kMax : graph::Reduction::kMin);
  const ValueId positions = e.Positions(in.size(), axis, in[axis]);
  const ValueId none = e.Number(positions, last ? -1 : static_cast<double>(in[axis]));
  const ValueId found = e(Op::kWhere, {e(Op::kEqual, {node.In(0), extreme}), positions, none});
  ValueId result = e.Reduce(found, {axis}, last ? graph::Reduction::kMax : graph::Reduction::kMin);
  graph::Shape shape = in;
  shape[axis] = 1;
  if (node.Int("keepdims", 1) == 0) shape.erase(shape.begin() + axis);
  node.SetNarrow(0, nullptr);
  return e.Result(e.Reshape(result, std::move(shape)));
}

// A running sum (or product) of n elements takes log2(n) steps: each adds to every element the one that lies
// 1, 2, 4, ... places before it.
absl::StatusOr<ValueIds> ConvertCumSum(NodeConverter& node) {
  const graph::Shape in = node.InShape(0);
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> axes, node.ConstantInts(1));
  if (axes.size() != 1) return absl::InvalidArgumentError("the axis is not one number");
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, NodeConverter::Axis(axes[0], in.size()));
  const bool reverse = node.Int("reverse", 0) != 0;
  const bool is_sum = node.proto().op_type() == "CumSum";
  const Op op = is_sum ? Op::kAdd : Op::kMul;
  const double filler = is_sum ? 0 : 1;
  Expression e(node);
  ValueId value = node.In(0);
  if (reverse && in[axis] > 0) value = Reversed(e, value, axis);
  if (node.Int("exclusive", 0) != 0 && in[axis] > 0) value = Shifted(e, value, axis, 1, filler);
  for (int64_t by = 1; by < in[axis]; by *= 2) value = e(op, {value, Shifted(e, value, axis, by, filler)});
  if (reverse && in[axis] > 0) value = Reversed(e, value, axis);
  return e.Result(value);
}

// Writes the update into a cache of keys or values, for each sequence from a position of its own on.
// Position p of the result comes from position p - start of the update, if it has one.
absl::StatusOr<ValueIds> ConvertTensorScatter(NodeConverter& node) {
  const graph::Shape cache = node.InShape(0), update = node.InShape(1);
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, NodeConverter::Axis(node.Int("axis", -2), cache.size()));
  const std::string mode = node.String("mode", "linear");
  graph::Shape fitting = update;
  if (update.size() == cache.size()) fitting[axis] = cache[axis];
  if (axis == 0 || fitting != cache || update[axis] < 1 || update[axis] > cache[axis] ||
      (node.Has(2) && node.InShape(2) != graph::Shape{cache[0]}) || (mode != "linear" && mode != "circular"))
    return absl::InvalidArgumentError(absl::StrCat("an update of shape ", graph::ShapeText(update),
                                                   " does not fit a cache of shape ",
                                                   graph::ShapeText(cache)));
  Expression e(node);
  ValueId place = e.Positions(cache.size(), axis, cache[axis]);
  if (node.Has(2)) {
    graph::Shape column(cache.size(), 1);
    column[0] = cache[0];
    ValueId start = e.Reshape(e.ToInt64(node.In(2)), column);
    const ValueId extent = e.Number(start, static_cast<double>(cache[axis]));
    if (mode == "circular") start = e(Op::kSub, {start, e(Op::kMul, {e(Op::kDiv, {start, extent}), extent})});
    place = e(Op::kSub, {place, start});
    const ValueId is_before = e(Op::kLess, {place, e.Number(place, 0)});
    if (mode == "circular") place = e(Op::kWhere, {is_before, e(Op::kAdd, {place, extent}), place});
  }
  place = e.Expand(place, cache);
  const ValueId zero = e.Number(place, 0), last = e.Number(place, static_cast<double>(update[axis] - 1));
  const ValueId exists =
      e(Op::kAnd, {e(Op::kLessOrEqual, {zero, place}), e(Op::kLessOrEqual, {place, last})});
  const ValueId inside = e(Op::kMin, {e(Op::kMax, {place, zero}), last});
  return e.Result(e(Op::kWhere, {exists, GatherAlong(e, node.In(1), inside, axis), node.In(0)}));
}

absl::StatusOr<ValueIds> ConvertOneHot(NodeConverter& node) {
  const graph::Shape in = node.InShape(0);
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, NodeConverter::Axis(node.Int("axis", -1), in.size() + 1));
  if (!node.Has(1) || !node.Has(2)) return absl::InvalidArgumentError("the depth or the values are missing");
  if (!node.InValue(1).is_constant) return absl::UnimplementedError("a depth computed when the model runs");
  if (graph::NumElements(node.InShape(1)) != 1 || node.InShape(2) != graph::Shape{2})
    return absl::InvalidArgumentError("the depth must be one number, and the values two");
  const graph::Scalar number = graph::ReadConstant(node.InValue(1))[0];
  const int64_t depth =
      node.InValue(1).type == v1::ELEMENT_TYPE_F32 ? static_cast<int64_t>(number.f) : number.i;
  if (depth < 1 || depth > std::numeric_limits<int32_t>::max())
    return absl::InvalidArgumentError(absl::StrCat("a depth of ", depth));
  Expression e(node);
  graph::Shape shape = in;
  shape.insert(shape.begin() + axis, 1);
  const ValueId indices = e.FromStart(e.Reshape(e.ToInt64(node.In(0)), std::move(shape)), depth);
  node.SetNarrow(0, node.Narrow(2));
  const ValueId hit = e(Op::kEqual, {indices, e.Positions(in.size() + 1, axis, depth)});
  const ValueId off = e.Reshape(e.Part(node.In(2), 0, 0, 1), {}),
                on = e.Reshape(e.Part(node.In(2), 0, 1, 1), {});
  return e.Result(e(Op::kWhere, {hit, on, off}));
}

absl::StatusOr<ValueIds> ConvertTrilu(NodeConverter& node) {
  const graph::Shape& in = node.InShape(0);
  if (in.size() < 2) return absl::InvalidArgumentError("the input is not a matrix");
  int64_t diagonal = 0;
  if (node.Has(1)) {
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> given, node.ConstantInts(1));
    if (given.size() != 1) return absl::InvalidArgumentError("k is not one number");
    diagonal = given[0];
  }
  const bool upper = node.Int("upper", 1) != 0;
  Expression e(node);
  const int64_t rows = in[in.size() - 2], columns = in[in.size() - 1];
  const ValueId offsets = e(Op::kSub, {e.Positions(2, 1, columns), e.Positions(2, 0, rows)});
  const ValueId k = e.Number(offsets, static_cast<double>(diagonal));
  const ValueId keep = upper ? e(Op::kLessOrEqual, {k, offsets}) : e(Op::kLessOrEqual, {offsets, k});
  return e.Result(e(Op::kWhere, {keep, node.In(0), e.Number(node.In(0), 0)}));
}

absl::StatusOr<ValueIds> ConvertEyeLike(NodeConverter& node) {
  const graph::Shape& in = node.InShape(0);
  if (in.size() != 2) return absl::InvalidArgumentError("the input is not a matrix");
  absl::StatusOr<v1::ElementType> type = node.InValue(0).type;
  if (node.HasAttribute("dtype")) {
    type = ComputedTypeOf(static_cast<int>(node.Int("dtype", 0)));
    node.SetNarrow(0, FindNarrowType(static_cast<int>(node.Int("dtype", 0))));
  }
  if (!type.ok()) return type.status();
  Expression e(node);
  const ValueId offsets = e(Op::kSub, {e.Positions(2, 1, in[1]), e.Positions(2, 0, in[0])});
  const ValueId ones = e(Op::kEqual, {offsets, e.Number(offsets, static_cast<double>(node.Int("k", 0)))});
  return e.Result(*type == v1::ELEMENT_TYPE_BOOL ? ones : e(Op::kCast, {ones}, {{"to", *type}}));
}

// The first of the largest elements along the axis becomes 1, and all others 0.
absl::StatusOr<ValueIds> ConvertHardmax(NodeConverter& node) {
  const graph::Shape in = node.InShape(0);
  DIAPASON_ASSIGN_OR_RETURN(int64_t axis,
                            NodeConverter::Axis(node.Int("axis", node.opset < 13 ? 1 : -1), in.size()));
  Expression e(node);
  ValueId x = node.In(0);
  if (node.opset < 13) {  // before opset 13, it ran over all dimensions from `axis` on
    const absl::Span<const int64_t> all(in);
    x = e.Reshape(x, {graph::NumElements(all.subspan(0, axis)), graph::NumElements(all.subspan(axis))});
    axis = 1;
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
  const graph::Shape shape = e.ShapeOf(x);
  const ValueId positions = e.Positions(shape.size(), axis, shape[axis]);
  const ValueId is_most = e(Op::kEqual, {x, e.Reduce(x, {axis}, graph::Reduction::kMax)});
  const ValueId none = e.Number(positions, static_cast<double>(shape[axis]));
  const ValueId first = e.Reduce(e(Op::kWhere, {is_most, positions, none}), {axis}, graph::Reduction::kMin);
  const ValueId hit = e(Op::kEqual, {positions, first});
  return e.Result(e.Reshape(e(Op::kWhere, {hit, e.Number(x, 1), e.Number(x, 0)}), in));
}

// Element t of a sequence of n elements is taken from n - 1 - t, or stays where t is at least n.
absl::StatusOr<ValueIds> ConvertReverseSequence(NodeConverter& node) {
  const graph::Shape in = node.InShape(0);
  const int64_t time = node.Int("time_axis", 0), batch = node.Int("batch_axis", 1);
  if (in.size() < 2 || time + batch != 1 || time * batch != 0 || node.InShape(1) != graph::Shape{in[batch]})
    return absl::InvalidArgumentError("the axes or the lengths do not fit the input");
  Expression e(node);
  const ValueId t = e.Positions(2, time, in[time]), b = e.Positions(2, batch, in[batch]);
  graph::Shape along(2, 1), rows = in;
  along[batch] = in[batch];
  const ValueId length = e.Reshape(e.ToInt64(node.In(1)), along);
  const ValueId turned = e(Op::kSub, {e(Op::kSub, {length, e.Number(length, 1)}), t});
  const ValueId from = e(Op::kWhere, {e(Op::kLess, {t, length}), turned, t});
  const auto times = [&](ValueId x, int64_t n) {
    return e(Op::kMul, {x, e.Number(x, static_cast<double>(n))});
  };
  const ValueId place =
      time == 0 ? e(Op::kAdd, {times(from, in[1]), b}) : e(Op::kAdd, {times(b, in[1]), from});
  rows.erase(rows.begin());
  rows[0] = in[0] * in[1];
  return e.Result(e(Op::kGather, {e.Reshape(node.In(0), rows), place}, {{"axis", int64_t{0}}}));
}

// The tensor becomes one row, and the position of each element in it is computed.
ValueId GatherAlong(Expression& e, ValueId data, ValueId positions, int64_t axis) {
  if (!e.status().ok()) return data;
  const graph::Shape in = e.ShapeOf(data), shape = e.ShapeOf(positions);
  ValueId place = graph::kNone;
  int64_t stride = 1;
  for (size_t d = in.size(); d-- > 0;) {
    const bool is_axis = static_cast<int64_t>(d) == axis;
    ValueId index = is_axis ? positions : e.Positions(in.size(), static_cast<int64_t>(d), shape[d]);
    if (stride != 1) index = e(Op::kMul, {index, e.Number(index, static_cast<double>(stride))});
    if (is_axis || shape[d] != 1) place = place == graph::kNone ? index : e(Op::kAdd, {place, index});
    stride *= in[d];
  }
  const ValueId row = e.Reshape(data, {graph::NumElements(in)});
  return e(Op::kGather, {row, place}, {{"axis", int64_t{0}}});
}

absl::StatusOr<ValueIds> ConvertGatherElements(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, AxisOfElementIndices(node));
  const int64_t extent = node.InShape(0)[axis];
  Expression e(node);
  const ValueId index = NearestIndices(e, node.In(1), extent);
  return e.Result(GatherAlong(e, node.In(0), index, axis));
}

}  // namespace diapason::compiler::importer
