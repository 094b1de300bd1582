// Converts normalisation and softmax.
#include "absl/strings/str_cat.h"
#include "compiler/graph/match.h"
#include "compiler/importer/along_channels.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {

absl::StatusOr<ValueIds> ConvertSoftmax(NodeConverter& node) {
  const graph::Shape in = node.InShape(0);
  DIAPASON_ASSIGN_OR_RETURN(int64_t axis,
                            NodeConverter::Axis(node.Int("axis", node.opset < 13 ? 1 : -1), in.size()));
  graph::ValueId value = node.In(0);
  if (node.opset < 13) {  // before opset 13, it ran over all dimensions from `axis` on
    const absl::Span<const int64_t> all(in);
    DIAPASON_ASSIGN_OR_RETURN(value, node.Reshape(value, {graph::NumElements(all.subspan(0, axis)),
                                                          graph::NumElements(all.subspan(axis))}));
    axis = 1;
  }
  DIAPASON_ASSIGN_OR_RETURN(value, node.Add(node.op(), {value}, {{"axis", axis}}));
  return One(node.Reshape(value, in));
}

namespace {

// Returns the mean and the inverse of the standard deviation over all dimensions from `axis` on.
std::vector<graph::ValueId> Statistics(Expression& e, graph::ValueId x, int64_t axis, double epsilon) {
  std::vector<int64_t> axes;
  for (size_t d = static_cast<size_t>(axis); d < e.ShapeOf(x).size(); ++d)
    axes.push_back(static_cast<int64_t>(d));
  const auto mean_of = [&](graph::ValueId value) { return e.Reduce(value, axes, graph::Reduction::kMean); };
  const graph::ValueId mean = mean_of(x), centred = e(graph::Op::kSub, {x, mean});
  const graph::ValueId variance = mean_of(e(graph::Op::kMul, {centred, centred}));
  const graph::ValueId deviation =
      e(graph::Op::kSqrt, {e(graph::Op::kAdd, {variance, e.Number(x, epsilon)})});
  return {mean, e(graph::Op::kDiv, {e.Number(x, 1), deviation})};
}

}  // namespace

absl::StatusOr<ValueIds> ConvertLayerNorm(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                            NodeConverter::Axis(node.Int("axis", -1), node.InShape(0).size()));
  for (size_t i = 1; i <= 2; ++i) {
    if (node.Has(i)) DIAPASON_RETURN_IF_ERROR(node.CheckBroadcastsTo(i, node.InShape(0)));
  }
  DIAPASON_ASSIGN_OR_RETURN(graph::ValueId value,
                            node.Add(graph::Op::kLayerNormalization, {node.In(0)},
                                     {{"axis", axis}, {"epsilon", node.Float("epsilon", 1e-5)}}));
  Expression e(node);
  value = e(graph::Op::kMul, {value, node.In(1)});
  if (node.Has(2)) value = e(graph::Op::kAdd, {value, node.In(2)});
  ValueIds outputs = {value};
  if (node.Wants(1) || node.Wants(2)) {
    const std::vector<graph::ValueId> statistics =
        Statistics(e, node.In(0), axis, node.Float("epsilon", 1e-5));
    outputs.insert(outputs.end(), statistics.begin(), statistics.end());
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
  return outputs;
}

// A batch norm with known statistics is a scale and a shift, which fold_affine.cc moves into
// convolutions. This does not hold if one of them is infinite: x * scale - mean * scale may then be NaN
// where the formula is not.
absl::StatusOr<ValueIds> ConvertBatchNorm(NodeConverter& node) {
  bool trains = node.Int("training_mode", 0) != 0;
  for (int i = 1; i < node.proto().output_size(); ++i) trains |= node.Wants(i);
  if (trains) return absl::UnimplementedError("the outputs of the training mode");
  if (node.Int("spatial", 1) != 1)
    return absl::UnimplementedError("statistics for each activation (spatial = 0)");
  if (node.InShape(0).size() < 2) return absl::InvalidArgumentError("the input has no channels");
  const graph::ValueId variance = node.In(4);
  DIAPASON_ASSIGN_OR_RETURN(
      graph::ValueId deviation,
      node.Add(graph::Op::kAdd, {variance, node.Number(variance, node.Float("epsilon", 1e-5))}));
  DIAPASON_ASSIGN_OR_RETURN(deviation, node.Add(graph::Op::kSqrt, {deviation}));
  DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId scale, node.Add(graph::Op::kDiv, {node.In(1), deviation}));
  DIAPASON_ASSIGN_OR_RETURN(graph::ValueId shift, node.Add(graph::Op::kMul, {node.In(3), scale}));
  DIAPASON_ASSIGN_OR_RETURN(shift, node.Add(graph::Op::kSub, {node.In(2), shift}));
  const auto is_known = [&](graph::ValueId id) {
    return node.graph.value(id).is_constant && graph::IsFinite(node.graph, id);
  };
  if (is_known(scale) && is_known(shift)) return ScaleAndShift(node, node.In(0), scale, shift);
  // This is scale * (x - mean) / deviation + bias, as ONNX writes it.
  DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId mean, AlongChannels(node, node.In(3), node.In(0)));
  DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId factor, AlongChannels(node, node.In(1), node.In(0)));
  DIAPASON_ASSIGN_OR_RETURN(deviation, AlongChannels(node, deviation, node.In(0)));
  DIAPASON_ASSIGN_OR_RETURN(graph::ValueId value, node.Add(graph::Op::kSub, {node.In(0), mean}));
  DIAPASON_ASSIGN_OR_RETURN(value, node.Add(graph::Op::kMul, {value, factor}));
  DIAPASON_ASSIGN_OR_RETURN(value, node.Add(graph::Op::kDiv, {value, deviation}));
  return ScaleAndShift(node, value, graph::kNone, node.In(2));
}

// An instance norm is a layer norm over the image of each channel.
absl::StatusOr<ValueIds> ConvertInstanceNorm(NodeConverter& node) {
  if (node.InShape(0).size() < 3)
    return absl::InvalidArgumentError("the input has no channels or no spatial dimension");
  DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId value,
                            node.Add(graph::Op::kLayerNormalization, {node.In(0)},
                                     {{"axis", int64_t{2}}, {"epsilon", node.Float("epsilon", 1e-5)}}));
  return ScaleAndShift(node, value, node.In(1), node.In(2));
}

// A group norm is a layer norm over the channels and the image of each group. Before opset 21, scale and
// shift have a number for each group, and then for each channel.
absl::StatusOr<ValueIds> ConvertGroupNorm(NodeConverter& node) {
  const graph::Shape in = node.InShape(0);
  const int64_t groups = node.Int("num_groups", 0);
  if (in.size() < 3 || groups < 1 || in[1] % groups != 0)
    return absl::InvalidArgumentError(
        absl::StrCat(groups, " groups do not fit an input of shape ", graph::ShapeText(in)));
  const int64_t each = in[1] / groups;
  Expression e(node);
  graph::Shape grouped = {in[0], groups, each};
  grouped.insert(grouped.end(), in.begin() + 2, in.end());
  graph::ValueId value = e(graph::Op::kLayerNormalization, {e.Reshape(node.In(0), grouped)},
                           {{"axis", int64_t{2}}, {"epsilon", node.Float("epsilon", 1e-5)}});
  value = e.Reshape(value, in);
  const auto for_channels = [&](graph::ValueId vector) {
    if (e.ShapeOf(vector) != graph::Shape{groups} || each == 1) return vector;
    return e.Reshape(e.Expand(e.Reshape(vector, {groups, 1}), {groups, each}), {in[1]});
  };
  const graph::ValueId scale = for_channels(node.In(1)), shift = for_channels(node.In(2));
  DIAPASON_RETURN_IF_ERROR(e.status());
  return ScaleAndShift(node, value, scale, shift);
}

graph::ValueId OverRootMeanSquare(Expression& e, graph::ValueId x, std::vector<int64_t> axes,
                                  double epsilon) {
  const graph::ValueId mean = e.Reduce(e(graph::Op::kMul, {x, x}), std::move(axes), graph::Reduction::kMean);
  const graph::ValueId root = e(graph::Op::kSqrt, {e(graph::Op::kAdd, {mean, e.Number(mean, epsilon)})});
  return e(graph::Op::kDiv, {x, root});
}

// x / sqrt(mean(x^2) + epsilon) * scale, over all dimensions from `axis` on
absl::StatusOr<ValueIds> ConvertRmsNorm(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  const size_t rank = node.InShape(0).size();
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, NodeConverter::Axis(node.Int("axis", -1), rank));
  DIAPASON_RETURN_IF_ERROR(node.CheckBroadcastsTo(1, node.InShape(0)));
  Expression e(node);
  std::vector<int64_t> axes;
  for (size_t d = static_cast<size_t>(axis); d < rank; ++d) axes.push_back(static_cast<int64_t>(d));
  const graph::ValueId value =
      OverRootMeanSquare(e, node.In(0), std::move(axes), node.Float("epsilon", 1e-5));
  return e.Result(e(graph::Op::kMul, {value, node.In(1)}));
}

// x divided by its norm along an axis, or 0 where the norm is 0
absl::StatusOr<ValueIds> ConvertLpNorm(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                            NodeConverter::Axis(node.Int("axis", -1), node.InShape(0).size()));
  const int64_t p = node.Int("p", 2);
  if (p != 1 && p != 2) return absl::InvalidArgumentError(absl::StrCat("p is ", p, ", but must be 1 or 2"));
  Expression e(node);
  const graph::ValueId norm =
      e.Reduce(node.In(0), {axis}, p == 1 ? graph::Reduction::kL1 : graph::Reduction::kL2);
  const graph::ValueId is_zero = e(graph::Op::kEqual, {norm, e.Number(norm, 0)});
  const graph::ValueId divisor = e(graph::Op::kWhere, {is_zero, e.Number(norm, 1), norm});
  return e.Result(e(graph::Op::kDiv, {node.In(0), divisor}));
}

// (x - mean) / (deviation + 1e-9), as ONNX defines it
absl::StatusOr<ValueIds> ConvertMeanVarianceNorm(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  DIAPASON_ASSIGN_OR_RETURN(
      const std::vector<int64_t> axes,
      NodeConverter::Axes(node.Ints("axes").value_or(std::vector<int64_t>{0, 2, 3}), node.InShape(0).size()));
  Expression e(node);
  const auto mean_of = [&](graph::ValueId x) { return e.Reduce(x, axes, graph::Reduction::kMean); };
  const graph::ValueId centred = e(graph::Op::kSub, {node.In(0), mean_of(node.In(0))});
  const graph::ValueId deviation = e(graph::Op::kSqrt, {mean_of(e(graph::Op::kMul, {centred, centred}))});
  return e.Result(e(graph::Op::kDiv, {centred, e(graph::Op::kAdd, {deviation, e.Number(deviation, 1e-9)})}));
}

// x / (bias + alpha / size * s)^beta, where s is the sum of the squares of `size` neighbouring channels
absl::StatusOr<ValueIds> ConvertLrn(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  const graph::Shape in = node.InShape(0);
  const int64_t size = node.Int("size", 0);
  if (in.size() < 2 || size < 1 || size > (int64_t{1} << 16))
    return absl::InvalidArgumentError(absl::StrCat(
        "a window of ", size, " channels does not fit an input of shape ", graph::ShapeText(in)));
  Expression e(node);
  const graph::ValueId x = node.In(0), zero = e.Number(x, 0);
  graph::Shape below = in, above = in;
  below[1] = (size - 1) / 2;
  above[1] = size - 1 - below[1];
  ValueIds parts = {e(graph::Op::kMul, {x, x})};
  if (below[1] > 0) parts.insert(parts.begin(), e.Expand(zero, below));
  if (above[1] > 0) parts.push_back(e.Expand(zero, above));
  const graph::ValueId squares = e.Concat(std::move(parts), 1);
  graph::ValueId sum = e.Part(squares, 1, 0, in[1]);
  for (int64_t c = 1; c < size; ++c) sum = e(graph::Op::kAdd, {sum, e.Part(squares, 1, c, in[1])});
  const double alpha = node.Float("alpha", 1e-4), beta = node.Float("beta", 0.75),
               bias = node.Float("bias", 1);
  const graph::ValueId scaled = e(graph::Op::kMul, {sum, e.Number(sum, alpha / static_cast<double>(size))});
  const graph::ValueId base = e(graph::Op::kAdd, {scaled, e.Number(scaled, bias)});
  return e.Result(e(graph::Op::kDiv, {x, e(graph::Op::kPow, {base, e.Number(base, beta)})}));
}

}  // namespace diapason::compiler::importer
