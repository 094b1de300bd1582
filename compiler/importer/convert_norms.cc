// Converts normalisation and softmax.
#include "absl/strings/str_cat.h"
#include "compiler/graph/match.h"
#include "compiler/importer/along_channels.h"
#include "compiler/importer/converters.h"
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

absl::StatusOr<ValueIds> ConvertLayerNorm(NodeConverter& node) {
  if (node.Wants(1) || node.Wants(2)) return absl::UnimplementedError("the outputs Mean and InvStdDev");
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                            NodeConverter::Axis(node.Int("axis", -1), node.InShape(0).size()));
  for (size_t i = 1; i <= 2; ++i) {
    if (node.Has(i)) DIAPASON_RETURN_IF_ERROR(node.CheckBroadcastsTo(i, node.InShape(0)));
  }
  DIAPASON_ASSIGN_OR_RETURN(graph::ValueId value,
                            node.Add(graph::Op::kLayerNormalization, {node.In(0)},
                                     {{"axis", axis}, {"epsilon", node.Float("epsilon", 1e-5)}}));
  DIAPASON_ASSIGN_OR_RETURN(value, node.Add(graph::Op::kMul, {value, node.In(1)}));
  if (!node.Has(2)) return ValueIds{value};
  return One(node.Add(graph::Op::kAdd, {value, node.In(2)}));
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

}  // namespace diapason::compiler::importer
