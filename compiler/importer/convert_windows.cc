// Converts convolutions and pooling.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "compiler/graph/infer_shape.h"
#include "compiler/importer/along_channels.h"
#include "compiler/importer/converters.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

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

absl::StatusOr<graph::ValueId> AddPool(NodeConverter& node, graph::Op op, graph::ValueId input) {
  const auto kernel = node.Ints("kernel_shape");
  if (!kernel) return absl::InvalidArgumentError("the attribute 'kernel_shape' is missing");
  DIAPASON_ASSIGN_OR_RETURN(graph::Attributes attributes, WindowAttributes(node, *kernel));
  auto& pads_end = std::get<std::vector<int64_t>>(attributes["pads_end"]);
  const std::vector<int64_t> given_end = pads_end;
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
  if (op == graph::Op::kAveragePool) {
    const bool count_pads = node.Int("count_include_pad", 0) != 0;
    if (count_pads && pads_end != given_end)
      return absl::UnimplementedError("ceil_mode together with count_include_pad");
    attributes["count_include_pad"] = static_cast<int64_t>(count_pads);
  }
  return node.Add(op, {input}, std::move(attributes));
}

absl::StatusOr<ValueIds> ConvertPool(NodeConverter& node) {
  if (node.Wants(1)) return absl::UnimplementedError("the output Indices");
  return One(AddPool(node, node.op(), node.In(0)));
}

}  // namespace diapason::compiler::importer
