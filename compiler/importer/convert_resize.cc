// Converts Resize and Upsample. Each axis is resized alone. An element of the result is a sum of a few
// elements of the operand with known weights, so an axis becomes gathers, products and sums; or views,
// if an axis is only repeated.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

// How one axis is resized. Sizes are numbers of elements.
struct Axis {
  int64_t in, out;
  float scale;
  float roi_start = 0, roi_end = 1;
};

struct Method {
  std::string mode;         // "nearest", "linear" or "cubic"
  std::string coordinates;  // coordinate_transformation_mode
  std::string rounding;     // nearest_mode
  double cubic_a = -0.75;
  bool exclude_outside = false, antialias = false;
};

// One term of the sum: for each element of the result, which element of the operand, and its weight.
struct Tap {
  std::vector<int64_t> indices;
  std::vector<double> weights;
};

// Returns where element `x` of the result lies in the operand. It is computed in single precision, because
// files expect how ONNX Runtime rounds.
absl::StatusOr<float> SourceOf(const Method& method, const Axis& axis, int64_t x) {
  const float at = static_cast<float>(x), in = static_cast<float>(axis.in),
              out = static_cast<float>(axis.out);
  const std::string& mode = method.coordinates;
  if (mode == "half_pixel") return (at + 0.5f) / axis.scale - 0.5f;
  if (mode == "half_pixel_symmetric") {
    const float adjustment = out / (axis.scale * in);
    return in / 2 * (1 - adjustment) + (at + 0.5f) / axis.scale - 0.5f;
  }
  if (mode == "pytorch_half_pixel") return axis.out > 1 ? (at + 0.5f) / axis.scale - 0.5f : 0.0f;
  if (mode == "align_corners") return axis.out > 1 ? at * (in - 1) / (axis.scale * in - 1) : 0.0f;
  if (mode == "asymmetric") return at / axis.scale;
  if (mode == "tf_half_pixel_for_nn") return (at + 0.5f) / axis.scale;
  if (mode == "tf_crop_and_resize") {
    if (axis.out == 1) return 0.5f * (axis.roi_start + axis.roi_end) * (in - 1);
    return axis.roi_start * (in - 1) + at * (axis.roi_end - axis.roi_start) * (in - 1) / (out - 1);
  }
  return absl::UnimplementedError(absl::StrCat("coordinate_transformation_mode '", mode, "'"));
}

absl::StatusOr<int64_t> Nearest(const Method& method, const Axis& axis, float x) {
  if (method.rounding == "round_prefer_floor") return static_cast<int64_t>(std::ceil(x - 0.5f));
  if (method.rounding == "round_prefer_ceil") return static_cast<int64_t>(std::floor(x + 0.5f));
  if (method.rounding == "floor") return static_cast<int64_t>(std::floor(x));
  if (method.rounding == "ceil") return static_cast<int64_t>(std::ceil(x));
  if (method.rounding == "simple")  // opset 10
    return static_cast<int64_t>(axis.scale < 1 ? std::ceil(x) : std::floor(x));
  return absl::UnimplementedError(absl::StrCat("nearest_mode '", method.rounding, "'"));
}

// Returns the weight of an element at distance `x`: a triangle, or the cubic of R. Keys, Cubic Convolution
// Interpolation for Digital Image Processing (1981).
double Weight(const Method& method, double x) {
  x = std::abs(x);
  if (method.mode == "linear") return std::max(0.0, 1 - x);
  const double a = method.cubic_a;
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return 0;
}

absl::StatusOr<std::vector<Tap>> TapsOf(const Method& method, const Axis& axis) {
  const bool nearest = method.mode == "nearest";
  const double radius = method.mode == "cubic" ? 2 : 1;
  const double shrink = method.antialias ? std::min<double>(axis.scale, 1) : 1;
  const int64_t first = nearest ? 0 : static_cast<int64_t>(std::floor(-radius / shrink)) + 1;
  const int64_t count = nearest ? 1 : 2 - 2 * first;
  std::vector<Tap> taps(static_cast<size_t>(count));
  for (int64_t x = 0; x < axis.out; ++x) {
    DIAPASON_ASSIGN_OR_RETURN(const float source, SourceOf(method, axis, x));
    int64_t base = static_cast<int64_t>(std::floor(source));
    if (nearest) {
      DIAPASON_ASSIGN_OR_RETURN(base, Nearest(method, axis, source));
    }
    std::vector<double> weights;
    double sum = 0;
    for (int64_t i = first; i < first + count; ++i) {
      const bool outside = base + i < 0 || base + i >= axis.in;
      const double distance = static_cast<double>(base + i) - static_cast<double>(source);
      weights.push_back(nearest                             ? 1
                        : outside && method.exclude_outside ? 0
                                                            : Weight(method, distance * shrink));
      sum += weights.back();
    }
    for (int64_t i = 0; i < count; ++i) {
      taps[i].indices.push_back(std::clamp<int64_t>(base + first + i, 0, axis.in - 1));
      taps[i].weights.push_back(weights[i] / sum);
    }
  }
  std::erase_if(taps, [](const Tap& tap) {
    return std::all_of(tap.weights.begin(), tap.weights.end(), [](double weight) { return weight == 0; });
  });
  return taps;
}

// Returns the elements at `indices` along the axis, as a view if each element is repeated equally often.
ValueId Pick(NodeConverter& node, Expression& e, ValueId value, int64_t axis,
             const std::vector<int64_t>& indices) {
  const graph::Shape shape = e.ShapeOf(value);
  const int64_t out = static_cast<int64_t>(indices.size()), in = shape[axis];
  const int64_t times = out / in;
  bool repeats = out % in == 0;
  for (int64_t i = 0; repeats && i < out; ++i) repeats = indices[i] == i / times;
  if (repeats && times == 1) return value;
  if (!repeats) return e(Op::kGather, {value, node.Integers(indices, {out})}, {{"axis", axis}});
  graph::Shape split = shape, result = shape;
  split.insert(split.begin() + axis + 1, 1);
  result[axis] = out;
  value = e.Reshape(value, split);
  split[axis + 1] = times;
  return e.Reshape(e.Expand(value, split), result);
}

ValueId ResizeAxis(NodeConverter& node, Expression& e, ValueId value, int64_t axis,
                   const std::vector<Tap>& taps) {
  graph::Shape along(e.ShapeOf(value).size(), 1);
  ValueId result = graph::kNone;
  for (const Tap& tap : taps) {
    ValueId term = Pick(node, e, value, axis, tap.indices);
    if (taps.size() > 1) {
      std::vector<graph::Scalar> weights;
      for (const double weight : tap.weights) weights.push_back({weight, 0});
      along[axis] = static_cast<int64_t>(weights.size());
      const ValueId factors = node.graph.AddOwnedConstant("", v1::ELEMENT_TYPE_F32, along,
                                                          graph::ToBytes(v1::ELEMENT_TYPE_F32, weights));
      term = e(Op::kMul, {term, factors});
    }
    result = result == graph::kNone ? term : e(Op::kAdd, {result, term});
  }
  return result;
}

bool IsGiven(const NodeConverter& node, size_t input) {
  return node.Has(input) && graph::NumElements(node.InShape(input)) > 0;
}

// Sets the sizes and scales of the axes from the attributes and operands.
absl::StatusOr<std::vector<Axis>> ReadAxes(const NodeConverter& node, const std::vector<int64_t>& axes) {
  const graph::Shape& in = node.InShape(0);
  const bool upsample = node.proto().op_type() == "Upsample";
  const size_t scales_input = node.opset < 11 || upsample ? 1 : 2, sizes_input = 3;
  std::vector<Axis> result;
  if (IsGiven(node, sizes_input) && scales_input == 2) {
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> sizes, node.ConstantInts(sizes_input));
    if (sizes.size() != axes.size())
      return absl::InvalidArgumentError(
          absl::StrCat("there are ", sizes.size(), " sizes for ", axes.size(), " axes"));
    const std::string policy = node.String("keep_aspect_ratio_policy", "stretch");
    std::optional<float> together;
    for (size_t i = 0; i < axes.size(); ++i) {
      const float scale = static_cast<float>(sizes[i]) / static_cast<float>(in[axes[i]]);
      result.push_back({in[axes[i]], sizes[i], scale});
      if (policy == "not_larger") together = std::min(together.value_or(scale), scale);
      if (policy == "not_smaller") together = std::max(together.value_or(scale), scale);
    }
    if (!together && policy != "stretch")
      return absl::UnimplementedError(absl::StrCat("keep_aspect_ratio_policy '", policy, "'"));
    for (Axis& axis : result) {
      if (!together) break;
      axis.scale = *together;
      axis.out = static_cast<int64_t>(std::floor(static_cast<float>(axis.in) * *together + 0.5f));
    }
  } else {
    std::vector<double> scales = node.Floats("scales");
    if (IsGiven(node, scales_input)) {
      DIAPASON_ASSIGN_OR_RETURN(scales, node.ConstantFloats(scales_input));
    }
    if (scales.size() != axes.size())
      return absl::InvalidArgumentError(
          absl::StrCat("there are ", scales.size(), " scales for ", axes.size(), " axes"));
    for (size_t i = 0; i < axes.size(); ++i) {
      const float scale = static_cast<float>(scales[i]);
      result.push_back(
          {in[axes[i]], static_cast<int64_t>(std::floor(static_cast<float>(in[axes[i]]) * scale)), scale});
    }
  }
  constexpr int64_t kMost = int64_t{1} << 31;
  for (const Axis& axis : result) {
    if (!(axis.scale > 0) || axis.out < 0 || axis.out > kMost || (axis.in == 0 && axis.out > 0))
      return absl::InvalidArgumentError(
          absl::StrCat("an axis of ", axis.in, " elements cannot be resized to ", axis.out));
  }
  return result;
}

}  // namespace

absl::StatusOr<ValueIds> ConvertResize(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  const size_t rank = node.InShape(0).size();
  const bool old = node.opset < 11 || node.proto().op_type() == "Upsample";
  Method method;
  method.mode = node.String("mode", "nearest");
  if (method.mode == "bilinear") method.mode = "linear";  // opset 1
  if (method.mode != "nearest" && method.mode != "linear" && method.mode != "cubic")
    return absl::UnimplementedError(absl::StrCat("mode '", method.mode, "'"));
  method.coordinates = node.String("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
  method.rounding = node.String("nearest_mode", old ? "simple" : "round_prefer_floor");
  method.cubic_a = node.Float("cubic_coeff_a", -0.75);
  method.exclude_outside = node.Int("exclude_outside", 0) != 0;
  method.antialias = node.Int("antialias", 0) != 0;

  std::vector<int64_t> axes;
  for (size_t d = 0; d < rank; ++d) axes.push_back(static_cast<int64_t>(d));
  if (auto given = node.Ints("axes")) {
    DIAPASON_ASSIGN_OR_RETURN(axes, NodeConverter::Axes(*given, rank));
  }
  DIAPASON_ASSIGN_OR_RETURN(std::vector<Axis> sizes, ReadAxes(node, axes));
  const bool crops = method.coordinates == "tf_crop_and_resize";
  if (crops) {
    if (!IsGiven(node, 1)) return absl::InvalidArgumentError("the region of interest is missing");
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<double> roi, node.ConstantFloats(1));
    if (roi.size() != 2 * axes.size())
      return absl::InvalidArgumentError("the region of interest does not fit the axes");
    for (size_t i = 0; i < axes.size(); ++i) {
      sizes[i].roi_start = static_cast<float>(roi[i]);
      sizes[i].roi_end = static_cast<float>(roi[i + axes.size()]);
    }
  }

  Expression e(node);
  ValueId value = node.In(0);
  for (size_t i = 0; i < axes.size(); ++i) {
    const Axis& axis = sizes[i];
    if (axis.in == axis.out && axis.scale == 1 && !crops) continue;
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<Tap> taps, TapsOf(method, axis));
    if (axis.out == 0) {
      value = e.Part(value, axes[i], 0, 0);
      continue;
    }
    value = ResizeAxis(node, e, value, axes[i], taps);
    if (!crops) continue;
    std::vector<graph::Scalar> outside;
    for (int64_t x = 0; x < axis.out; ++x) {
      DIAPASON_ASSIGN_OR_RETURN(const float source, SourceOf(method, axis, x));
      outside.push_back({0, source < 0 || source > static_cast<float>(axis.in - 1)});
    }
    graph::Shape along(rank, 1);
    along[axes[i]] = axis.out;
    const ValueId mask = node.graph.AddOwnedConstant("", v1::ELEMENT_TYPE_BOOL, along,
                                                     graph::ToBytes(v1::ELEMENT_TYPE_BOOL, outside));
    value = e(Op::kWhere, {mask, e.Number(value, node.Float("extrapolation_value", 0)), value});
  }
  return e.Result(value);
}

}  // namespace diapason::compiler::importer
