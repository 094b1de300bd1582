// Converts convolutions and pooling.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "compiler/graph/infer_shape.h"
#include "compiler/importer/along_channels.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::ValueId;

// Returns the strides, dilations and pads of a window. Applies ONNX's defaults and its auto_pad. Returns
// Unimplemented if auto_pad is not known.
absl::StatusOr<graph::Attributes> WindowAttributes(NodeConverter& node, const std::vector<int64_t>& kernel) {
  const graph::Shape& in = node.InShape(0);
  const size_t rank = kernel.size();
  if (in.size() != rank + 2)
    return absl::InvalidArgumentError(absl::StrCat(
        "a window of ", rank, " dimensions does not fit an input of shape ", graph::ShapeText(in)));
  const std::vector<int64_t> ones(rank, 1);
  const std::vector<int64_t> strides = node.Ints("strides").value_or(ones),
                             dilations = node.Ints("dilations").value_or(ones);
  std::vector<int64_t> pads = node.Ints("pads").value_or(std::vector<int64_t>(2 * rank, 0));
  if (strides.size() != rank || dilations.size() != rank || pads.size() != 2 * rank)
    return absl::InvalidArgumentError("strides, dilations or pads do not have the window's rank");
  DIAPASON_RETURN_IF_ERROR(graph::CheckWindow({kernel, strides, dilations}, {pads}));
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
  return graph::Attributes{{"strides", strides},
                           {"dilations", dilations},
                           {"pads_begin", std::vector<int64_t>(pads.begin(), pads.begin() + rank)},
                           {"pads_end", std::vector<int64_t>(pads.begin() + rank, pads.end())}};
}

}  // namespace

absl::StatusOr<graph::ValueId> AddConv(NodeConverter& node, graph::ValueId input, size_t weights_operand,
                                       graph::ValueId filters) {
  const graph::Shape& weights = node.InShape(weights_operand);
  if (weights.size() < 3)
    return absl::InvalidArgumentError(
        absl::StrCat("weights of shape ", graph::ShapeText(weights), " have no spatial dimension"));
  const std::vector<int64_t> kernel(weights.begin() + 2, weights.end());
  if (node.Ints("kernel_shape").value_or(kernel) != kernel)
    return absl::InvalidArgumentError(
        absl::StrCat("kernel_shape ", graph::ShapeText(*node.Ints("kernel_shape")),
                     " is not that of the weights of shape ", graph::ShapeText(weights)));
  DIAPASON_ASSIGN_OR_RETURN(graph::Attributes attributes, WindowAttributes(node, kernel));
  attributes["group"] = node.Int("group", 1);
  return node.Add(graph::Op::kConv, {input, filters}, std::move(attributes));
}

absl::StatusOr<ValueIds> ConvertConv(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId value, AddConv(node, node.In(0), 1, node.In(1)));
  return ScaleAndShift(node, value, graph::kNone, node.In(2));
}

namespace {

// Returns the attributes of a pooling with the attributes of the node. `given_end` is set to the pads at the
// end without what ceil_mode adds.
absl::StatusOr<graph::Attributes> PoolAttributes(NodeConverter& node, std::vector<int64_t>& given_end) {
  const auto kernel = node.Ints("kernel_shape");
  if (!kernel) return absl::InvalidArgumentError("the attribute 'kernel_shape' is missing");
  DIAPASON_ASSIGN_OR_RETURN(graph::Attributes attributes, WindowAttributes(node, *kernel));
  auto& pads_end = std::get<std::vector<int64_t>>(attributes["pads_end"]);
  given_end = pads_end;
  if (node.Int("ceil_mode", 0) != 0) {
    // Adds padding so that the last, partial window can begin, provided that it begins inside of the
    // input.
    for (size_t d = 0; d < kernel->size(); ++d) {
      const int64_t stride = std::get<std::vector<int64_t>>(attributes["strides"])[d],
                    begin = std::get<std::vector<int64_t>>(attributes["pads_begin"])[d],
                    dilation = std::get<std::vector<int64_t>>(attributes["dilations"])[d],
                    in = node.InShape(0)[d + 2];
      const int64_t room = in + begin + pads_end[d] - ((*kernel)[d] - 1) * dilation - 1;
      if (room < 0) continue;  // InferType will refuse it
      const int64_t extra = (stride - room % stride) % stride;
      if ((room + extra) / stride * stride < in + begin) pads_end[d] += extra;
    }
  }
  attributes["kernel"] = *kernel;
  return attributes;
}

// Returns |x|^p and y^(1/p).
ValueId ToPower(Expression& e, ValueId x, double p) {
  if (p == 2) return e(graph::Op::kMul, {x, x});
  const ValueId size = e(graph::Op::kAbs, {x});
  return p == 1 ? size : e(graph::Op::kPow, {size, e.Number(size, p)});
}
ValueId Root(Expression& e, ValueId y, double p) {
  if (p == 1) return y;
  return p == 2 ? e(graph::Op::kSqrt, {y}) : e(graph::Op::kPow, {y, e.Number(y, 1 / p)});
}

}  // namespace

absl::StatusOr<graph::ValueId> AddPool(NodeConverter& node, graph::Op op, graph::ValueId input) {
  std::vector<int64_t> given_end;
  DIAPASON_ASSIGN_OR_RETURN(graph::Attributes attributes, PoolAttributes(node, given_end));
  if (op == graph::Op::kAveragePool) {
    const bool count_pads = node.Int("count_include_pad", 0) != 0;
    if (count_pads && std::get<std::vector<int64_t>>(attributes["pads_end"]) != given_end)
      return absl::UnimplementedError("ceil_mode together with count_include_pad");
    attributes["count_include_pad"] = static_cast<int64_t>(count_pads);
  }
  return node.Add(op, {input}, std::move(attributes));
}

// The maximum of small integers, which quantised models have, is computed as that of floats.
absl::StatusOr<ValueIds> ConvertPool(NodeConverter& node) {
  constexpr int kMostBits = 16;  // floats have all integers of so many bits
  const v1::ElementType type = node.InValue(0).type;
  const bool is_small = type != v1::ELEMENT_TYPE_F32 && node.op() == graph::Op::kMaxPool &&
                        node.Narrow(0) != nullptr && node.Narrow(0)->bits <= kMostBits;
  Expression e(node);
  const ValueId input =
      is_small ? e(graph::Op::kCast, {node.In(0)}, {{"to", v1::ELEMENT_TYPE_F32}}) : node.In(0);
  DIAPASON_ASSIGN_OR_RETURN(ValueId value, AddPool(node, node.op(), input));
  if (is_small) value = e(graph::Op::kCast, {value}, {{"to", type}});
  DIAPASON_RETURN_IF_ERROR(e.status());
  if (!node.Wants(1)) return ValueIds{value};
  std::vector<int64_t> given_end;
  DIAPASON_ASSIGN_OR_RETURN(const graph::Attributes attributes, PoolAttributes(node, given_end));
  DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId positions,
                            PositionsOfMaxima(node, attributes, node.graph.value(value).shape));
  node.SetNarrow(1, nullptr);
  return ValueIds{value, positions};
}

// The sum over a window is its mean, in which pads count as zeros, times its size.
absl::StatusOr<ValueIds> ConvertLpPool(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  const double p = static_cast<double>(node.Int("p", 2));
  if (p < 1) return absl::InvalidArgumentError("p must be at least 1");
  std::vector<int64_t> given_end;
  DIAPASON_ASSIGN_OR_RETURN(graph::Attributes attributes, PoolAttributes(node, given_end));
  attributes["count_include_pad"] = int64_t{1};
  const int64_t size = graph::NumElements(std::get<std::vector<int64_t>>(attributes["kernel"]));
  Expression e(node);
  const ValueId mean = e(graph::Op::kAveragePool, {ToPower(e, node.In(0), p)}, std::move(attributes));
  const ValueId sum = e(graph::Op::kMul, {mean, e.Number(mean, static_cast<double>(size))});
  return e.Result(Root(e, sum, p));
}

absl::StatusOr<ValueIds> ConvertGlobalLpPool(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  const double p = node.opset < 2 ? node.Float("p", 2) : static_cast<double>(node.Int("p", 2));
  if (!(p >= 1)) return absl::InvalidArgumentError("p must be at least 1");
  std::vector<int64_t> axes;
  for (size_t d = 2; d < node.InShape(0).size(); ++d) axes.push_back(static_cast<int64_t>(d));
  Expression e(node);
  return e.Result(Root(e, e.Reduce(ToPower(e, node.In(0), p), axes, graph::Reduction::kSum), p));
}

}  // namespace diapason::compiler::importer
