// Converts operators that are not linear algebra, which portable kernels compute (compiler/graph/portable.h),
// and those that are made of them. Many results have sizes that are known only when the model runs.
#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/infer_shape.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "compiler/importer/size_numbers.h"
#include "compiler/runtime/portable/portable_kernels.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

// The result of a kernel that begins with the number of its entries.
struct Counted {
  ValueId count;  // an int64 scalar
  ValueId list;   // everything behind it
};

Counted Split(Expression& e, ValueId result) {
  if (!e.status().ok()) return {result, result};
  const int64_t elements = e.ShapeOf(result)[0];
  return {e.Reshape(e.Part(result, 0, 0, 1), {}), e.Part(result, 0, 1, elements - 1)};
}

// Returns the positions of the elements that are not zero, of shape [rank, elements].
Counted NonZero(Expression& e, ValueId x) {
  if (!e.status().ok()) return {x, x};
  const graph::Shape shape = e.ShapeOf(x);
  Counted found = Split(e, e(Op::kNonZero, {x}));
  found.list = e.Reshape(found.list, {static_cast<int64_t>(shape.size()), graph::NumElements(shape)});
  return found;
}

// Returns the operand, which must be one number, as a scalar of its type; `otherwise` if it is absent.
absl::StatusOr<ValueId> NumberOr(NodeConverter& node, size_t input, ValueId otherwise) {
  return node.Has(input) ? node.ScalarOperand(input) : absl::StatusOr<ValueId>(otherwise);
}

// Returns the largest number of a type, or the smallest one.
double Extreme(v1::ElementType type, bool largest) {
  const auto of = [&](auto limits) { return static_cast<double>(largest ? limits.max() : limits.lowest()); };
  if (type == v1::ELEMENT_TYPE_I32) return of(std::numeric_limits<int32_t>());
  if (type == v1::ELEMENT_TYPE_I64) return of(std::numeric_limits<int64_t>());
  return (largest ? 1 : -1) * std::numeric_limits<double>::infinity();
}

}  // namespace

// A row whose length is known only when the model runs is filled up with elements that are never better.
absl::StatusOr<ValueIds> ConvertTopK(NodeConverter& node) {
  const graph::Shape in = node.InShape(0);
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, NodeConverter::Axis(node.Int("axis", -1), in.size()));
  const bool largest = node.Int("largest", 1) != 0;
  SizeNumber k = {node.Int("k", 0), graph::kNone};
  if (node.opset >= 10) {
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<SizeNumber> given, SizeNumbers(node, 1));
    if (given.size() != 1) return absl::InvalidArgumentError("k is not one number");
    k = given[0];
  }
  std::optional<RunTimeSize> size;
  if (node.SizeOf(0) != nullptr) size = *node.SizeOf(0);
  const bool is_open = size && size->dim == axis;
  if (size && !is_open && k.value != graph::kNone)
    return absl::UnimplementedError("rows and a k that are both known only when the model runs");
  if (is_open || k.value != graph::kNone) k.most = std::clamp<int64_t>(k.most, 0, in[axis]);
  Expression e(node);
  const ValueId x = is_open ? node.Masked(e, 0, Extreme(node.InValue(0).type, !largest)) : node.In(0);
  DIAPASON_RETURN_IF_ERROR(e.status());
  DIAPASON_ASSIGN_OR_RETURN(
      const ValueId positions,
      node.Add(Op::kTopK, {x}, {{"axis", axis}, {"k", k.most}, {"largest", static_cast<int64_t>(largest)}}));
  const ValueId values = node.Wants(0) ? GatherAlong(e, node.In(0), positions, axis) : positions;
  if (is_open || k.value != graph::kNone) {
    ValueId count = k.value == graph::kNone ? node.Integers({k.most}, {}) : k.value;
    count = e(Op::kMax, {count, e.Number(count, 0)});
    size = RunTimeSize{
        axis, e(Op::kMin, {count, is_open ? size->size : e.Number(count, static_cast<double>(in[axis]))})};
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
  node.SetNarrow(1, nullptr);
  ValueIds results = {values, positions};
  for (ValueId& result : results) {
    if (!size) break;
    DIAPASON_ASSIGN_OR_RETURN(result, node.WithSize(result, size->dim, size->size));
  }
  return results;
}

absl::StatusOr<ValueIds> ConvertNonZero(NodeConverter& node) {
  Expression e(node);
  ValueId x = node.Masked(e, 0, 0);
  if (e.status().ok() && e.ShapeOf(x).empty()) x = e.Reshape(x, {1});
  const Counted found = NonZero(e, x);
  DIAPASON_RETURN_IF_ERROR(e.status());
  node.SetNarrow(0, nullptr);
  return One(node.WithSize(found.list, 1, found.count));
}

// The elements (or slices along an axis) at which the condition holds.
absl::StatusOr<ValueIds> ConvertCompress(NodeConverter& node) {
  const RunTimeSize *size = node.SizeOf(0), *condition_size = node.SizeOf(1);
  if (size != nullptr &&
      (node.InShape(0).size() != 1 || condition_size == nullptr || *condition_size != *size))
    return absl::UnimplementedError("data whose size is known only when the model runs");
  Expression e(node);
  ValueId data = node.In(0);
  if (!node.HasAttribute("axis")) data = e.Reshape(data, {graph::NumElements(node.InShape(0))});
  DIAPASON_RETURN_IF_ERROR(e.status());
  const graph::Shape in = e.ShapeOf(data);
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, NodeConverter::Axis(node.Int("axis", 0), in.size()));
  const graph::Shape condition = node.InShape(1);
  if (condition.size() != 1 || condition[0] > in[axis])
    return absl::InvalidArgumentError(absl::StrCat("a condition of shape ", graph::ShapeText(condition),
                                                   " does not fit data of shape ", graph::ShapeText(in)));
  const Counted found = NonZero(e, node.Masked(e, 1, 0));
  if (in[axis] == 0) return ValueIds{data};
  const ValueId kept = e(Op::kGather, {data, e.Reshape(found.list, condition)}, {{"axis", axis}});
  DIAPASON_RETURN_IF_ERROR(e.status());
  return One(node.WithSize(kept, axis, found.count));
}

absl::StatusOr<ValueIds> ConvertUnique(NodeConverter& node) {
  Expression e(node);
  ValueId x = node.In(0);
  if (!node.HasAttribute("axis")) x = e.Reshape(x, {graph::NumElements(node.InShape(0))});
  DIAPASON_RETURN_IF_ERROR(e.status());
  const graph::Shape in = e.ShapeOf(x);
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, NodeConverter::Axis(node.Int("axis", 0), in.size()));
  const int64_t n = in[axis];
  const Counted found = Split(e, e(Op::kUnique, {x}, {{"axis", axis}, {"sorted", node.Int("sorted", 1)}}));
  const ValueId first = e.Part(found.list, 0, 0, n), inverse = e.Part(found.list, 0, n, n),
                times = e.Part(found.list, 0, 2 * n, n);
  const ValueId values = n == 0 ? x : e(Op::kGather, {x, first}, {{"axis", axis}});
  DIAPASON_RETURN_IF_ERROR(e.status());
  ValueIds results = {values, first, inverse, times};
  for (const size_t i : {0, 1, 3}) {
    DIAPASON_ASSIGN_OR_RETURN(results[i], node.WithSize(results[i], i == 0 ? axis : 0, found.count));
  }
  for (const int i : {1, 2, 3}) node.SetNarrow(i, nullptr);
  return results;
}

absl::StatusOr<ValueIds> ConvertNonMaxSuppression(NodeConverter& node) {
  const graph::Shape boxes = node.InShape(0), scores = node.InShape(1);
  const ValueId float_zero = node.graph.AddScalar(v1::ELEMENT_TYPE_F32, 0);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId most, NumberOr(node, 2, node.Integers({0}, {})));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId overlap, NumberOr(node, 3, float_zero));
  const ValueId lowest = node.graph.AddScalar(v1::ELEMENT_TYPE_F32, -std::numeric_limits<double>::infinity());
  DIAPASON_ASSIGN_OR_RETURN(const ValueId threshold, NumberOr(node, 4, lowest));
  const int64_t num_boxes = boxes.size() == 3 ? boxes[1] : 0;
  int64_t room = num_boxes;
  if (node.graph.value(most).is_constant && node.graph.value(most).type == v1::ELEMENT_TYPE_I64)
    room = std::clamp<int64_t>(graph::ReadConstant(node.graph.value(most))[0].i, 0, num_boxes);
  // Of boxes whose number is known only when the model runs, those that do not exist get the lowest score.
  const bool is_masked = node.SizeOf(1) != nullptr;
  if ((node.SizeOf(0) != nullptr) != is_masked ||
      (is_masked && (node.SizeOf(0)->dim != 1 || node.SizeOf(1)->dim != 2 ||
                     node.SizeOf(0)->size != node.SizeOf(1)->size)))
    return absl::UnimplementedError("boxes and scores whose numbers are known only when the model runs");
  Expression e(node);
  const ValueId marked = node.Masked(e, 1, -std::numeric_limits<double>::infinity());
  const Counted found = Split(e, e(Op::kNonMaxSuppression, {node.In(0), marked, most, overlap, threshold},
                                   {{"by_centre", node.Int("center_point_box", 0)},
                                    {"has_threshold", static_cast<int64_t>(node.Has(4) || is_masked)},
                                    {"most", room}}));
  DIAPASON_RETURN_IF_ERROR(e.status());
  const ValueId selected = e.Reshape(found.list, {e.ShapeOf(found.list)[0] / 3, 3});
  DIAPASON_RETURN_IF_ERROR(e.status());
  node.SetNarrow(0, nullptr);
  return One(node.WithSize(selected, 0, found.count));
}

absl::StatusOr<ValueIds> ConvertRoiAlign(NodeConverter& node) {
  const std::string mode = node.String("mode", "avg"),
                    pixels = node.String("coordinate_transformation_mode",
                                         node.opset < 16 ? "output_half_pixel" : "half_pixel");
  if ((mode != "avg" && mode != "max") || (pixels != "half_pixel" && pixels != "output_half_pixel"))
    return absl::InvalidArgumentError(absl::StrCat("mode ", mode, " and ", pixels, " do not exist"));
  Expression e(node);
  const ValueId regions = node.Masked(e, 1, 0);  // regions that do not exist take little work
  DIAPASON_RETURN_IF_ERROR(e.status());
  return One(node.Add(Op::kRoiAlign, {node.In(0), regions, node.In(2)},
                      {{"height", node.Int("output_height", 1)},
                       {"width", node.Int("output_width", 1)},
                       {"max", static_cast<int64_t>(mode == "max")},
                       {"samples", node.Int("sampling_ratio", 0)},
                       {"half_pixel", static_cast<int64_t>(pixels == "half_pixel")},
                       {"scale", node.Float("spatial_scale", 1)}}));
}

// The indices name elements of the whole result, which is zero elsewhere.
absl::StatusOr<ValueIds> ConvertMaxUnpool(NodeConverter& node) {
  const graph::Shape in = node.InShape(0);
  const std::vector<int64_t> kernel = node.Ints("kernel_shape").value_or(std::vector<int64_t>());
  const size_t spatial = kernel.size();
  const std::vector<int64_t> strides = node.Ints("strides").value_or(std::vector<int64_t>(spatial, 1)),
                             pads = node.Ints("pads").value_or(std::vector<int64_t>(2 * spatial, 0));
  if (spatial == 0 || in.size() != spatial + 2 || strides.size() != spatial || pads.size() != 2 * spatial ||
      node.InShape(1) != in)
    return absl::InvalidArgumentError("the attributes and the indices do not fit the input");
  DIAPASON_RETURN_IF_ERROR(graph::CheckWindow({kernel, strides}, {pads}));
  graph::Shape shape = in;
  for (size_t d = 0; d < spatial; ++d)
    shape[d + 2] = (in[d + 2] - 1) * strides[d] + kernel[d] - pads[d] - pads[d + spatial];
  DIAPASON_RETURN_IF_ERROR(graph::CheckShape(shape));
  const int64_t elements = graph::NumElements(shape), given = graph::NumElements(in);
  if (elements == 0 || given == 0) return absl::UnimplementedError("no elements");
  Expression e(node);
  const ValueId zeros = e.Expand(e.Number(node.In(0), 0), {elements});
  const ValueId flat =
      e(Op::kScatterElements, {zeros, e.Reshape(node.In(1), {given}), e.Reshape(node.In(0), {given})},
        {{"axis", int64_t{0}}, {"combine", int64_t{DIAPASON_SCATTER_NONE}}});
  ValueId result = e.Reshape(flat, shape);
  if (node.Has(2)) {  // zeros behind the result fill a larger shape
    DIAPASON_ASSIGN_OR_RETURN(const graph::Shape wanted, node.ConstantInts(2));
    if (wanted.size() != shape.size())
      return absl::InvalidArgumentError("the output shape does not have the rank of the input");
    for (size_t d = 0; d < shape.size(); ++d) {
      if (wanted[d] < shape[d])
        return absl::InvalidArgumentError(absl::StrCat("an output of shape ", graph::ShapeText(wanted),
                                                       " does not hold ", graph::ShapeText(shape)));
      if (wanted[d] == shape[d]) continue;
      graph::Shape fill = shape;
      fill[d] = wanted[d] - shape[d];
      result = e.Concat({result, e.Expand(e.Number(result, 0), fill)}, static_cast<int64_t>(d));
      shape[d] = wanted[d];
    }
  }
  return e.Result(result);
}

}  // namespace diapason::compiler::importer
