// Converts GridSample. The image is stored with its channels last, so that each sample is a sum of rows that
// are gathered from it: one for each corner around the sampled place.
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

enum class Padding { kZeros, kBorder, kReflection };
enum class Mode { kNearest, kLinear, kCubic };

// What is known about one spatial dimension.
struct Axis {
  int64_t extent = 0;
  bool align_corners = false;
  Padding padding = Padding::kZeros;
};

// The elements of one dimension that a sample reads: their indices as floats, and the factor of each.
struct Taps {
  ValueIds indices, factors;
};

// Reflects x at the edges of the axis as often as needed.
ValueId Reflected(Expression& e, const Axis& axis, ValueId x) {
  const double low = axis.align_corners ? 0 : -0.5;
  const double range = static_cast<double>(axis.extent) - (axis.align_corners ? 1 : 0);
  if (range == 0) return e(Op::kMul, {x, e.Number(x, 0)});
  const ValueId distance = e(Op::kAbs, {e(Op::kSub, {x, e.Number(x, low)})}), period = e.Number(x, 2 * range);
  const ValueId periods = e(Op::kFloor, {e(Op::kDiv, {distance, period})});
  const ValueId rest = e(Op::kSub, {distance, e(Op::kMul, {periods, period})});
  return e(Op::kAdd, {e(Op::kMin, {rest, e(Op::kSub, {period, rest})}), e.Number(x, low)});
}

ValueId Clamped(Expression& e, const Axis& axis, ValueId x) {
  const double last = static_cast<double>(axis.extent - 1);
  return e(Op::kMin, {e(Op::kMax, {x, e.Number(x, 0)}), e.Number(x, last)});
}

// Moves x, which may be outside of the axis, as the padding says.
ValueId Padded(Expression& e, const Axis& axis, ValueId x) {
  if (axis.padding == Padding::kBorder) return Clamped(e, axis, x);
  if (axis.padding == Padding::kReflection) return Reflected(e, axis, x);
  return x;
}

// Returns ONNX's cubic factors, with -0.75, for the elements at -1, 0, 1 and 2 around the place `t` behind 0.
ValueIds CubicFactors(Expression& e, ValueId t) {
  constexpr double kA = -0.75;
  const auto polynomial = [&](ValueId x, const std::vector<double>& factors) {
    ValueId sum = e.Number(x, factors[0]);
    for (size_t i = 1; i < factors.size(); ++i)
      sum = e(Op::kAdd, {e(Op::kMul, {sum, x}), e.Number(x, factors[i])});
    return sum;
  };
  const std::vector<double> near = {kA + 2, -(kA + 3), 0, 1}, far = {kA, -5 * kA, 8 * kA, -4 * kA};
  const ValueId one = e.Number(t, 1), rest = e(Op::kSub, {one, t});
  return {polynomial(e(Op::kAdd, {t, one}), far), polynomial(t, near), polynomial(rest, near),
          polynomial(e(Op::kAdd, {rest, one}), far)};
}

// Returns what is read along one axis for the coordinates `x`, which lie from -1 to 1 inside of the image.
Taps TapsOf(Expression& e, const Axis& axis, Mode mode, ValueId x) {
  const double extent = static_cast<double>(axis.extent);
  const double scale = axis.align_corners ? (extent - 1) / 2 : extent / 2;
  x = e(Op::kAdd, {e(Op::kMul, {x, e.Number(x, scale)}), e.Number(x, (extent - 1) / 2)});
  if (mode == Mode::kNearest) return {{e(Op::kRound, {x})}, {graph::kNone}};
  x = Padded(e, axis, x);
  const ValueId floor = e(Op::kFloor, {x}), t = e(Op::kSub, {x, floor});
  const auto at = [&](double offset) { return e(Op::kAdd, {floor, e.Number(x, offset)}); };
  if (mode == Mode::kLinear) return {{floor, at(1)}, {e(Op::kSub, {e.Number(x, 1), t}), t}};
  return {{at(-1), floor, at(1), at(2)}, CubicFactors(e, t)};
}

absl::StatusOr<Mode> ModeOf(const std::string& mode) {
  if (mode == "nearest") return Mode::kNearest;
  if (mode == "bilinear" || mode == "linear") return Mode::kLinear;
  if (mode == "bicubic" || mode == "cubic") return Mode::kCubic;
  return absl::InvalidArgumentError(absl::StrCat("'", mode, "' is not a mode of ONNX"));
}

absl::StatusOr<Padding> PaddingOf(const std::string& padding) {
  if (padding == "zeros") return Padding::kZeros;
  if (padding == "border") return Padding::kBorder;
  if (padding == "reflection") return Padding::kReflection;
  return absl::InvalidArgumentError(absl::StrCat("'", padding, "' is not a padding_mode of ONNX"));
}

}  // namespace

absl::StatusOr<ValueIds> ConvertGridSample(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  const graph::Shape in = node.InShape(0), grid = node.InShape(1);
  const size_t rank = in.size() - std::min<size_t>(in.size(), 2);
  if (rank < 1 || grid.size() != in.size() || grid[0] != in[0] || grid.back() != static_cast<int64_t>(rank))
    return absl::InvalidArgumentError(absl::StrCat("a grid of shape ", graph::ShapeText(grid),
                                                   " does not fit an image of shape ", graph::ShapeText(in)));
  if (graph::NumElements(in) == 0) return absl::UnimplementedError("an image without elements");
  DIAPASON_ASSIGN_OR_RETURN(const Mode mode, ModeOf(node.String("mode", "linear")));
  DIAPASON_ASSIGN_OR_RETURN(const Padding padding, PaddingOf(node.String("padding_mode", "zeros")));
  Expression e(node);
  std::vector<Axis> axes;
  std::vector<Taps> taps;
  graph::Shape places(grid.begin(), grid.end() - 1);  // batch, and the result's spatial dimensions
  for (size_t d = 0; d < rank; ++d) {
    axes.push_back({in[d + 2], node.Int("align_corners", 0) != 0, padding});
    // The last coordinate of the grid belongs to the first dimension of the image.
    const int64_t last = static_cast<int64_t>(rank);
    const ValueId x = e.Reshape(e.Part(node.In(1), last + 1, last - 1 - static_cast<int64_t>(d), 1), places);
    taps.push_back(TapsOf(e, axes[d], mode, x));
    for (ValueId& index : taps[d].indices) index = Padded(e, axes[d], index);
    DIAPASON_RETURN_IF_ERROR(e.status());
  }
  std::vector<int64_t> channels_last = {0}, channels_first = {0, static_cast<int64_t>(rank) + 1};
  int64_t area = 1;
  for (size_t d = 0; d < rank; ++d) {
    channels_last.push_back(static_cast<int64_t>(d) + 2);
    channels_first.push_back(static_cast<int64_t>(d) + 1);
    area *= in[d + 2];
  }
  channels_last.push_back(1);
  const ValueId rows = e.Reshape(e.Transpose(node.In(0), channels_last), {in[0] * area, in[1]});
  const ValueId images = e.Positions(rank + 1, 0, in[0]);
  const ValueId first = e(Op::kMul, {images, e.Number(images, static_cast<double>(area))});
  ValueId sum = graph::kNone;
  std::vector<size_t> at(rank, 0);
  while (true) {
    ValueId place = graph::kNone, factor = graph::kNone, inside = graph::kNone;
    const auto join = [&](Op op, ValueId a, ValueId b) { return a == graph::kNone ? b : e(op, {a, b}); };
    for (size_t d = 0; d < rank; ++d) {
      const ValueId index = taps[d].indices[at[d]], known = Clamped(e, axes[d], index);
      const ValueId number = e(Op::kCast, {known}, {{"to", v1::ELEMENT_TYPE_I64}});
      if (place != graph::kNone)
        place = e(Op::kMul, {place, e.Number(place, static_cast<double>(in[d + 2]))});
      place = join(Op::kAdd, place, number);
      if (padding == Padding::kZeros) inside = join(Op::kAnd, inside, e(Op::kEqual, {index, known}));
      if (mode != Mode::kNearest) factor = join(Op::kMul, factor, taps[d].factors[at[d]]);
    }
    graph::Shape column = places;
    column.push_back(1);
    ValueId part = e(Op::kGather, {rows, e(Op::kAdd, {place, first})}, {{"axis", int64_t{0}}});
    if (factor != graph::kNone) part = e(Op::kMul, {part, e.Reshape(factor, column)});
    if (inside != graph::kNone) part = e(Op::kWhere, {e.Reshape(inside, column), part, e.Number(part, 0)});
    sum = join(Op::kAdd, sum, part);
    size_t d = rank;
    while (d > 0 && ++at[d - 1] == taps[d - 1].indices.size()) at[--d] = 0;
    if (d == 0) break;
  }
  return e.Result(e.Transpose(sum, channels_first));
}

// Returns the coordinates that an affine map gives to the elements of an image of the size in operand 1.
absl::StatusOr<ValueIds> ConvertAffineGrid(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> size, node.ConstantInts(1));
  const graph::Shape theta = node.InShape(0);
  const int64_t rank = static_cast<int64_t>(size.size()) - 2;
  if ((rank != 2 && rank != 3) || theta != graph::Shape{size[0], rank, rank + 1})
    return absl::InvalidArgumentError(absl::StrCat("maps of shape ", graph::ShapeText(theta),
                                                   " do not fit the size ", graph::ShapeText(size)));
  const bool align = node.Int("align_corners", 0) != 0;
  Expression e(node);
  const graph::Shape image(size.begin() + 2, size.end());
  ValueIds columns;
  graph::Shape column = image;
  column.push_back(1);
  for (int64_t d = rank - 1; d >= 0; --d) {
    const double extent = static_cast<double>(image[d]), divisor = align ? std::max(extent - 1, 1.0) : extent;
    const ValueId index =
        e(Op::kCast, {e.Positions(static_cast<size_t>(rank), d, image[d])}, {{"to", v1::ELEMENT_TYPE_F32}});
    const ValueId twice = e(Op::kMul, {index, e.Number(index, 2)});
    const ValueId moved = e(Op::kSub, {twice, e.Number(index, align && image[d] == 1 ? 0 : extent - 1)});
    columns.push_back(e.Reshape(e.Expand(e(Op::kDiv, {moved, e.Number(index, divisor)}), image), column));
  }
  columns.push_back(e.Expand(node.graph.AddScalar(v1::ELEMENT_TYPE_F32, 1), column));
  const ValueId points = e.Reshape(e.Concat(columns, rank), {graph::NumElements(image), rank + 1});
  graph::Shape result = {size[0]};
  result.insert(result.end(), image.begin(), image.end());
  result.push_back(rank);
  return e.Result(e.Reshape(e(Op::kMatMul, {points, e.Transpose(node.In(0), {0, 2, 1})}), result));
}

}  // namespace diapason::compiler::importer
