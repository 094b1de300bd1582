// Operators that compute: convolution, products, pooling, reductions, normalisation.
#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "compiler/graph/infer_shape.h"
#include "compiler/graph/match.h"
#include "compiler/import/node_converter.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler {
namespace {

// strides, dilations and pads of a window, with ONNX's defaults and its auto_pad; Unimplemented: unknown auto_pad.
absl::StatusOr<Attributes> WindowAttributes(NodeConverter& node, const std::vector<int64_t>& kernel) {
  const Shape& in = node.InShape(0);
  const size_t rank = kernel.size();
  if (in.size() != rank + 2)
    return absl::InvalidArgumentError(absl::StrCat("a window of ", rank, " dimensions over ", ShapeText(in)));
  const std::vector<int64_t> ones(rank, 1);
  const std::vector<int64_t> strides = node.Ints("strides").value_or(ones),
                             dilations = node.Ints("dilations").value_or(ones);
  std::vector<int64_t> pads = node.Ints("pads").value_or(std::vector<int64_t>(2 * rank, 0));
  if (strides.size() != rank || dilations.size() != rank || pads.size() != 2 * rank)
    return absl::InvalidArgumentError("strides, dilations or pads of another rank than the window");
  DIAPASON_RETURN_IF_ERROR(CheckWindow({kernel, strides, dilations}, {pads}));
  const std::string auto_pad = node.String("auto_pad", "NOTSET");
  if (auto_pad == "VALID") pads.assign(2 * rank, 0);
  if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
    for (size_t d = 0; d < rank; ++d) {
      const int64_t outputs = (in[d + 2] + strides[d] - 1) / strides[d];
      const int64_t total =
          std::max<int64_t>(0, (outputs - 1) * strides[d] + (kernel[d] - 1) * dilations[d] + 1 - in[d + 2]);
      pads[d] = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
      pads[d + rank] = total - pads[d];
    }
  } else if (auto_pad != "NOTSET" && auto_pad != "VALID") {
    return absl::UnimplementedError(absl::StrCat("auto_pad '", auto_pad, "'"));
  }
  return Attributes{{"strides", strides},
                    {"dilations", dilations},
                    {"pads_begin", std::vector<int64_t>(pads.begin(), pads.begin() + rank)},
                    {"pads_end", std::vector<int64_t>(pads.begin() + rank, pads.end())}};
}

// A vector along the second dimension of `like`.
absl::StatusOr<ValueId> AlongChannels(NodeConverter& node, ValueId vector, ValueId like) {
  const Shape& along = node.graph.value(like).shape;
  if (node.graph.value(vector).shape != Shape{along[1]})
    return absl::InvalidArgumentError(absl::StrCat(
        "a vector of shape ", ShapeText(node.graph.value(vector).shape), " for ", along[1], " channels"));
  Shape shape(along.size() - 1, 1);
  shape[0] = along[1];
  return node.Reshape(vector, std::move(shape));
}

// value * scale + shift, both along the channels; kNone: without.
absl::StatusOr<Values> ScaleAndShift(NodeConverter& node, ValueId value, ValueId scale, ValueId shift) {
  if (scale != kNone) {
    DIAPASON_ASSIGN_OR_RETURN(scale, AlongChannels(node, scale, value));
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add("Mul", {value, scale}));
  }
  if (shift != kNone) {
    DIAPASON_ASSIGN_OR_RETURN(shift, AlongChannels(node, shift, value));
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add("Add", {value, shift}));
  }
  return Values{value};
}

absl::StatusOr<Values> ConvertConv(NodeConverter& node) {
  const Shape& weights = node.InShape(1);
  if (weights.size() < 3)
    return absl::InvalidArgumentError(absl::StrCat("weights of shape ", ShapeText(weights)));
  const std::vector<int64_t> kernel(weights.begin() + 2, weights.end());
  if (node.Ints("kernel_shape").value_or(kernel) != kernel)
    return absl::InvalidArgumentError(absl::StrCat("kernel_shape is not that of the weights, ",
                                                   ShapeText(weights), ", but ",
                                                   ShapeText(*node.Ints("kernel_shape"))));
  DIAPASON_ASSIGN_OR_RETURN(Attributes attributes, WindowAttributes(node, kernel));
  attributes["group"] = node.Int("group", 1);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId value,
                            node.Add("Conv", {node.In(0), node.In(1)}, std::move(attributes)));
  return ScaleAndShift(node, value, kNone, node.In(2));
}

absl::StatusOr<Values> ConvertPool(NodeConverter& node) {
  if (node.Wants(1)) return absl::UnimplementedError("the output Indices");
  const auto kernel = node.Ints("kernel_shape");
  if (!kernel) return absl::InvalidArgumentError("there is no kernel_shape");
  DIAPASON_ASSIGN_OR_RETURN(Attributes attributes, WindowAttributes(node, *kernel));
  auto& pads_end = std::get<std::vector<int64_t>>(attributes["pads_end"]);
  const std::vector<int64_t> given_end = pads_end;
  if (node.Int("ceil_mode", 0) != 0) {
    // Padding that lets the last, partial window begin, as long as it begins inside of the input.
    for (size_t d = 0; d < kernel->size(); ++d) {
      const int64_t stride = std::get<std::vector<int64_t>>(attributes["strides"])[d],
                    begin = std::get<std::vector<int64_t>>(attributes["pads_begin"])[d],
                    dilation = std::get<std::vector<int64_t>>(attributes["dilations"])[d],
                    in = node.InShape(0)[d + 2];
      const int64_t room = in + begin + pads_end[d] - ((*kernel)[d] - 1) * dilation - 1;
      if (room < 0) continue;  // the graph refuses it
      const int64_t extra = (stride - room % stride) % stride;
      if ((room + extra) / stride * stride < in + begin) pads_end[d] += extra;
    }
  }
  attributes["kernel"] = *kernel;
  if (node.proto().op_type() == "AveragePool") {
    const bool count_pads = node.Int("count_include_pad", 0) != 0;
    if (count_pads && pads_end != given_end)
      return absl::UnimplementedError("ceil_mode together with count_include_pad");
    attributes["count_include_pad"] = static_cast<int64_t>(count_pads);
  }
  return One(node.Add(node.proto().op_type(), {node.In(0)}, std::move(attributes)));
}

absl::StatusOr<ValueId> Reduce(NodeConverter& node, ValueId value, const std::vector<int64_t>& axes,
                               std::string kind) {
  if (node.graph.value(value).type == DataType::kBool && (kind == "Max" || kind == "Min")) {
    const auto cast = [&](ValueId from, DataType to) {
      return node.Add("Cast", {from}, {{"to", static_cast<int64_t>(to)}});
    };
    DIAPASON_ASSIGN_OR_RETURN(value, cast(value, DataType::kI32));
    DIAPASON_ASSIGN_OR_RETURN(value,
                              node.Add("Reduce", {value}, {{"axes", axes}, {"kind", std::move(kind)}}));
    return cast(value, DataType::kBool);
  }
  return node.Add("Reduce", {value}, {{"axes", axes}, {"kind", std::move(kind)}});
}

absl::StatusOr<Values> ConvertGlobalPool(NodeConverter& node) {
  std::vector<int64_t> axes;
  for (size_t d = 2; d < node.InShape(0).size(); ++d) axes.push_back(static_cast<int64_t>(d));
  return One(Reduce(node, node.In(0), axes, node.proto().op_type() == "GlobalMaxPool" ? "Max" : "Mean"));
}

// As numpy: a vector is a row on the left and a column on the right.
absl::StatusOr<Values> ConvertMatMul(NodeConverter& node) {
  ValueId a = node.In(0), b = node.In(1);
  const Shape a_shape = node.InShape(0), b_shape = node.InShape(1);
  if (a_shape.empty() || b_shape.empty()) return absl::InvalidArgumentError("a matrix product with a scalar");
  if (a_shape.size() == 1) {
    DIAPASON_ASSIGN_OR_RETURN(a, node.Reshape(a, {1, a_shape[0]}));
  }
  if (b_shape.size() == 1) {
    DIAPASON_ASSIGN_OR_RETURN(b, node.Reshape(b, {b_shape[0], 1}));
  }
  DIAPASON_ASSIGN_OR_RETURN(const ValueId product, node.Add("MatMul", {a, b}));
  Shape shape = node.graph.value(product).shape;
  if (b_shape.size() == 1) shape.pop_back();
  if (a_shape.size() == 1) shape.erase(shape.end() - (b_shape.size() == 1 ? 1 : 2));
  return One(node.Reshape(product, std::move(shape)));
}

absl::StatusOr<Values> ConvertGemm(NodeConverter& node) {
  ValueId operands[2] = {node.In(0), node.In(1)};
  const char* transposed[2] = {"transA", "transB"};
  for (int i = 0; i < 2; ++i) {
    if (node.InShape(i).size() != 2) return absl::InvalidArgumentError("an operand that is no matrix");
    if (node.Int(transposed[i], 0) == 0) continue;
    DIAPASON_ASSIGN_OR_RETURN(operands[i],
                              node.Add("Transpose", {operands[i]}, {{"perm", std::vector<int64_t>{1, 0}}}));
  }
  DIAPASON_ASSIGN_OR_RETURN(ValueId result, node.Add("MatMul", {operands[0], operands[1]}));
  const double alpha = node.Float("alpha", 1), beta = node.Float("beta", 1);
  if (alpha != 1) {
    DIAPASON_ASSIGN_OR_RETURN(result, node.Add("Mul", {result, node.Number(result, alpha)}));
  }
  if (!node.Has(2)) return Values{result};
  DIAPASON_RETURN_IF_ERROR(node.CheckBroadcastsTo(2, node.graph.value(result).shape));
  if (beta == 0) return Values{result};  // no product: 0 * infinity is NaN
  ValueId c = node.In(2);
  if (beta != 1) {
    DIAPASON_ASSIGN_OR_RETURN(c, node.Add("Mul", {c, node.Number(c, beta)}));
  }
  return One(node.Add("Add", {result, c}));
}

// What a reduction over no axes does to each element.
absl::StatusOr<Values> ReduceOverNothing(NodeConverter& node, const std::string& kind) {
  const ValueId x = node.In(0);
  if (kind == "L1" || kind == "L2") return One(node.Add("Abs", {x}));
  if (kind == "SumSquare") return One(node.Add("Mul", {x, x}));
  if (kind == "LogSum") return One(node.Add("Log", {x}));
  return Values{x};
}

// What log-sum-exp takes off the exponents: the largest, or 0 where that is infinite, since infinity - infinity is NaN.
absl::StatusOr<ValueId> FiniteMaximum(NodeConverter& node, ValueId value, const std::vector<int64_t>& axes) {
  DIAPASON_ASSIGN_OR_RETURN(const ValueId most, Reduce(node, value, axes, "Max"));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId size, node.Add("Abs", {most}));
  DIAPASON_ASSIGN_OR_RETURN(
      const ValueId is_infinite,
      node.Add("Equal", {size, node.Number(size, std::numeric_limits<double>::infinity())}));
  return node.Add("Where", {is_infinite, node.Number(most, 0), most});
}

absl::StatusOr<Values> ConvertReduce(NodeConverter& node) {
  const Shape in = node.InShape(0);
  const std::string kind = node.proto().op_type().substr(6);  // behind "Reduce"
  DIAPASON_ASSIGN_OR_RETURN(std::optional<std::vector<int64_t>> axes, node.AttributeOrOperand("axes", 1));
  if (!axes || axes->empty()) {
    if (node.Int("noop_with_empty_axes", 0) != 0) return ReduceOverNothing(node, kind);
    axes.emplace();
    for (size_t d = 0; d < in.size(); ++d) axes->push_back(static_cast<int64_t>(d));
  }
  DIAPASON_ASSIGN_OR_RETURN(axes, NodeConverter::Axes(*std::move(axes), in.size()));
  std::sort(axes->begin(), axes->end());
  axes->erase(std::unique(axes->begin(), axes->end()), axes->end());
  ValueId value = node.In(0);
  ValueId shift = kNone;
  if (kind == "LogSumExp") {  // log(sum(exp(x - max))) + max
    DIAPASON_ASSIGN_OR_RETURN(shift, FiniteMaximum(node, value, *axes));
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add("Sub", {value, shift}));
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add("Exp", {value}));
  }
  const bool logarithm = kind == "LogSum" || kind == "LogSumExp";
  DIAPASON_ASSIGN_OR_RETURN(value, Reduce(node, value, *axes, logarithm ? "Sum" : kind));
  if (logarithm) {
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add("Log", {value}));
  }
  if (shift != kNone) {
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add("Add", {value, shift}));
  }
  if (node.Int("keepdims", 1) != 0) return Values{value};
  Shape shape;
  for (size_t d = 0; d < in.size(); ++d) {
    if (!std::binary_search(axes->begin(), axes->end(), static_cast<int64_t>(d))) shape.push_back(in[d]);
  }
  return One(node.Reshape(value, std::move(shape)));
}

absl::StatusOr<Values> ConvertSoftmax(NodeConverter& node) {
  const Shape in = node.InShape(0);
  DIAPASON_ASSIGN_OR_RETURN(int64_t axis,
                            NodeConverter::Axis(node.Int("axis", node.opset < 13 ? 1 : -1), in.size()));
  ValueId value = node.In(0);
  if (node.opset < 13) {  // over all dimensions from `axis` on
    const absl::Span<const int64_t> all(in);
    DIAPASON_ASSIGN_OR_RETURN(
        value, node.Reshape(value, {NumElements(all.subspan(0, axis)), NumElements(all.subspan(axis))}));
    axis = 1;
  }
  DIAPASON_ASSIGN_OR_RETURN(value, node.Add(node.proto().op_type(), {value}, {{"axis", axis}}));
  return One(node.Reshape(value, in));
}

absl::StatusOr<Values> ConvertLayerNorm(NodeConverter& node) {
  if (node.Wants(1) || node.Wants(2)) return absl::UnimplementedError("the outputs Mean and InvStdDev");
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                            NodeConverter::Axis(node.Int("axis", -1), node.InShape(0).size()));
  for (size_t i = 1; i <= 2; ++i) {
    if (node.Has(i)) DIAPASON_RETURN_IF_ERROR(node.CheckBroadcastsTo(i, node.InShape(0)));
  }
  DIAPASON_ASSIGN_OR_RETURN(ValueId value,
                            node.Add("LayerNormalization", {node.In(0)},
                                     {{"axis", axis}, {"epsilon", node.Float("epsilon", 1e-5)}}));
  DIAPASON_ASSIGN_OR_RETURN(value, node.Add("Mul", {value, node.In(1)}));
  if (!node.Has(2)) return Values{value};
  return One(node.Add("Add", {value, node.In(2)}));
}

// With its statistics known, a batch norm is a scale and a shift; fold_affine.cc puts them into convolutions. Not where
// they are infinite: the formula may have a value where x * scale - mean * scale has none.
absl::StatusOr<Values> ConvertBatchNorm(NodeConverter& node) {
  bool trains = node.Int("training_mode", 0) != 0;
  for (int i = 1; i < node.proto().output_size(); ++i) trains |= node.Wants(i);
  if (trains) return absl::UnimplementedError("outputs of its training mode");
  if (node.Int("spatial", 1) != 1)
    return absl::UnimplementedError("statistics for each activation (spatial = 0)");
  if (node.InShape(0).size() < 2) return absl::InvalidArgumentError("an input without channels");
  const ValueId variance = node.In(4);
  DIAPASON_ASSIGN_OR_RETURN(ValueId deviation,
                            node.Add("Add", {variance, node.Number(variance, node.Float("epsilon", 1e-5))}));
  DIAPASON_ASSIGN_OR_RETURN(deviation, node.Add("Sqrt", {deviation}));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId scale, node.Add("Div", {node.In(1), deviation}));
  DIAPASON_ASSIGN_OR_RETURN(ValueId shift, node.Add("Mul", {node.In(3), scale}));
  DIAPASON_ASSIGN_OR_RETURN(shift, node.Add("Sub", {node.In(2), shift}));
  const auto is_known = [&](ValueId id) {
    return node.graph.value(id).is_constant && IsFinite(node.graph, id);
  };
  if (is_known(scale) && is_known(shift)) return ScaleAndShift(node, node.In(0), scale, shift);
  // scale * (x - mean) / deviation + bias, as ONNX writes it.
  DIAPASON_ASSIGN_OR_RETURN(const ValueId mean, AlongChannels(node, node.In(3), node.In(0)));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId factor, AlongChannels(node, node.In(1), node.In(0)));
  DIAPASON_ASSIGN_OR_RETURN(deviation, AlongChannels(node, deviation, node.In(0)));
  DIAPASON_ASSIGN_OR_RETURN(ValueId value, node.Add("Sub", {node.In(0), mean}));
  DIAPASON_ASSIGN_OR_RETURN(value, node.Add("Mul", {value, factor}));
  DIAPASON_ASSIGN_OR_RETURN(value, node.Add("Div", {value, deviation}));
  return ScaleAndShift(node, value, kNone, node.In(2));
}

// A layer norm over each channel's image.
absl::StatusOr<Values> ConvertInstanceNorm(NodeConverter& node) {
  if (node.InShape(0).size() < 3) return absl::InvalidArgumentError("an input without channels and extent");
  DIAPASON_ASSIGN_OR_RETURN(const ValueId value,
                            node.Add("LayerNormalization", {node.In(0)},
                                     {{"axis", int64_t{2}}, {"epsilon", node.Float("epsilon", 1e-5)}}));
  return ScaleAndShift(node, value, node.In(1), node.In(2));
}

}  // namespace

void AddTensorOperators(OperatorTable& table) {
  table["Conv"] = {ConvertConv, 2};
  for (const char* op : {"MaxPool", "AveragePool"}) table[op] = {ConvertPool, 1};
  for (const char* op : {"GlobalAveragePool", "GlobalMaxPool"}) table[op] = {ConvertGlobalPool, 1};
  table["MatMul"] = {ConvertMatMul, 2};
  table["Gemm"] = {ConvertGemm, 2};
  for (const char* op : {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1",
                         "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"})
    table[op] = {ConvertReduce, 1};
  for (const char* op : {"Softmax", "LogSoftmax"}) table[op] = {ConvertSoftmax, 1};
  table["LayerNormalization"] = {ConvertLayerNorm, 2};
  table["BatchNormalization"] = {ConvertBatchNorm, 5};
  table["InstanceNormalization"] = {ConvertInstanceNorm, 3};
}

}  // namespace diapason::compiler
