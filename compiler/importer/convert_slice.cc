// Converts Slice. Bounds that are known become a view. A bound that is computed when the model runs gives a
// result whose size is known only then.
#include <algorithm>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "compiler/importer/size_numbers.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

// The part of one axis.
struct Range {
  int64_t axis = 0;
  SizeNumber start, end;
  int64_t step = 1;

  // Whether its size depends on numbers that are known only when the model runs. `size` is that of the
  // operand.
  bool IsOpen(const RunTimeSize* size) const {
    if (start.value != graph::kNone || end.value != graph::kNone) return true;
    return size != nullptr && size->dim == axis && (start.most < 0 || end.most < 0);
  }
};

// Returns the numbers that were an attribute in old opsets and are operand `input` in new ones.
absl::StatusOr<std::vector<SizeNumber>> Bounds(NodeConverter& node, absl::string_view name, size_t input) {
  if (node.Has(input)) return AnyNumbers(node, input);
  std::vector<SizeNumber> numbers;
  for (const int64_t number : node.Ints(name).value_or(std::vector<int64_t>()))
    numbers.push_back({number, graph::kNone});
  if (numbers.empty() && !node.HasAttribute(name))
    return absl::InvalidArgumentError(absl::StrCat("the ", name, " are missing"));
  return numbers;
}

absl::StatusOr<std::vector<Range>> RangesOf(NodeConverter& node) {
  const size_t rank = node.InShape(0).size();
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<SizeNumber> starts, Bounds(node, "starts", 1));
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<SizeNumber> ends, Bounds(node, "ends", 2));
  if (starts.size() != ends.size())
    return absl::InvalidArgumentError("starts and ends have different lengths");
  DIAPASON_ASSIGN_OR_RETURN(std::optional<std::vector<int64_t>> axes, node.AttributeOrOperand("axes", 3));
  if (!axes) {
    axes.emplace();
    for (size_t i = 0; i < starts.size(); ++i) axes->push_back(static_cast<int64_t>(i));
  }
  std::vector<int64_t> steps(starts.size(), 1);
  if (node.Has(4)) {
    DIAPASON_ASSIGN_OR_RETURN(steps, node.ConstantInts(4));
  }
  if (axes->size() != starts.size() || steps.size() != starts.size())
    return absl::InvalidArgumentError("starts, axes and steps have different lengths");
  DIAPASON_ASSIGN_OR_RETURN(axes, NodeConverter::Axes(*std::move(axes), rank));
  std::vector<Range> ranges;
  for (size_t i = 0; i < starts.size(); ++i) {
    constexpr int64_t kMost = int64_t{1} << 40;  // larger than every extent
    ranges.push_back({(*axes)[i], starts[i], ends[i], std::clamp(steps[i], -kMost, kMost)});
    if (steps[i] == 0) return absl::InvalidArgumentError("a step is 0");
  }
  return ranges;
}

// Returns the part of the value that the ranges say, all of whose bounds are known.
absl::StatusOr<ValueId> KnownPart(NodeConverter& node, const std::vector<Range>& ranges) {
  const graph::Shape& in = node.InShape(0);
  std::vector<int64_t> from(in.size(), 0), by(in.size(), 1);
  graph::Shape shape = in;
  for (const Range& range : ranges) {
    const int64_t axis = range.axis, extent = in[axis], step = range.step;
    const auto place = [&](int64_t index, int64_t least, int64_t most) {
      constexpr int64_t kMost = int64_t{1} << 40;
      index = std::clamp(index, -kMost, kMost);
      return std::clamp<int64_t>(index < 0 ? index + extent : index, least, most);
    };
    // Going backwards starts at an element, and may end before the first one.
    const int64_t last = std::max<int64_t>(extent - 1, 0);
    const int64_t start = place(range.start.most, 0, step > 0 ? extent : last),
                  end = step > 0 ? place(range.end.most, 0, extent) : place(range.end.most, -1, last);
    from[axis] = start;
    by[axis] = step;
    if (extent > 0)
      shape[axis] =
          std::max<int64_t>(0, step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step);
  }
  const RunTimeSize* size = node.SizeOf(0);
  const int64_t dim = size == nullptr ? 0 : size->dim;
  if (size != nullptr && by[dim] != 1)
    return absl::UnimplementedError("steps along a dimension whose size is known only when the model runs");
  DIAPASON_ASSIGN_OR_RETURN(const ValueId part, node.Slice(node.In(0), from, std::move(by), shape));
  if (size == nullptr || part == node.In(0)) return part;
  Expression e(node);
  ValueId left = size->size;
  if (shape[dim] != node.InShape(0)[dim] || from[dim] != 0) {
    left = e(Op::kSub, {left, e.Number(left, static_cast<double>(from[dim]))});
    left = e(Op::kMax, {left, e.Number(left, 0)});
    left = e(Op::kMin, {left, e.Number(left, static_cast<double>(shape[dim]))});
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
  node.SetSize(part, {dim, left});
  return part;
}

// Returns how many elements the range has at most. `extent` is the largest size of the axis.
int64_t MostElements(const NodeConverter& node, const Range& range, int64_t extent) {
  if (range.start.value == graph::kNone && range.start.most >= 0) {
    const int64_t behind = std::max<int64_t>(extent - range.start.most, 0);
    if (range.end.value != graph::kNone || range.end.most < 0) return behind;
    return std::clamp<int64_t>(range.end.most - range.start.most, 0, behind);
  }
  if (range.start.value == graph::kNone) return std::min(extent, -range.start.most);
  if (range.end.value == graph::kNone) return extent;
  const std::optional<int64_t> difference =
      KnownDifference(node.graph, node.sizes(), range.start.value, range.end.value);
  return difference ? std::clamp<int64_t>(*difference, 0, extent) : extent;
}

// Returns the part of `value`, an operand of which is cut already, along an open range.
absl::StatusOr<ValueId> OpenPart(NodeConverter& node, ValueId value, const Range& range) {
  if (range.step != 1)
    return absl::UnimplementedError("steps and bounds that are known only when the model runs");
  const RunTimeSize* size = node.SizeOfValue(value);
  if (size != nullptr && size->dim != range.axis)
    return absl::UnimplementedError("two dimensions that are known only when the model runs");
  Expression e(node);
  const int64_t axis = range.axis, extent = e.ShapeOf(value)[axis];
  const ValueId size_of_axis = size != nullptr ? size->size : node.Integers({extent}, {});
  const auto place = [&](const SizeNumber& bound) {
    ValueId index = bound.value != graph::kNone ? bound.value : node.Integers({bound.most}, {});
    if (size == nullptr && bound.most <= extent && IsSize(node, bound.value)) return index;
    const ValueId is_negative = e(Op::kLess, {index, e.Number(index, 0)});
    index = e(Op::kWhere, {is_negative, e(Op::kAdd, {index, size_of_axis}), index});
    return e(Op::kMin, {e(Op::kMax, {index, e.Number(index, 0)}), size_of_axis});
  };
  const ValueId start = place(range.start);
  ValueId count = place(range.end);
  if (range.start.value != graph::kNone || range.start.most != 0) {
    count = e(Op::kSub, {count, start});
    count = e(Op::kMax, {count, e.Number(count, 0)});
  }
  const int64_t most = MostElements(node, range, extent);
  ValueId part = value;
  if (range.start.value == graph::kNone && range.start.most >= 0) {
    part = e.Part(value, axis, std::min(range.start.most, extent), most);
  } else if (extent > 0) {
    const ValueId at = e(Op::kAdd, {e.Positions(1, 0, most), start});
    const ValueId inside = e(Op::kMin, {at, e.Number(at, static_cast<double>(extent - 1))});
    part = e(Op::kGather, {value, inside}, {{"axis", axis}});
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
  return node.WithSize(part, axis, count);
}

}  // namespace

absl::StatusOr<ValueIds> ConvertSlice(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<Range> ranges, RangesOf(node));
  std::vector<Range> known, open;
  for (const Range& range : ranges) (range.IsOpen(node.SizeOf(0)) ? open : known).push_back(range);
  DIAPASON_ASSIGN_OR_RETURN(ValueId part, KnownPart(node, known));
  if (open.size() > 1) return absl::UnimplementedError("bounds of several axes computed when the model runs");
  for (const Range& range : open) {
    DIAPASON_ASSIGN_OR_RETURN(part, OpenPart(node, part, range));
  }
  return ValueIds{part};
}

}  // namespace diapason::compiler::importer
