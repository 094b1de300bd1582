// Converts transposed convolutions. With the stride s, the outputs p, p + s, p + 2s, ... along a dimension
// are an ordinary convolution of stride 1 with every s-th tap of the filter. So a transposed convolution
// becomes one convolution for each p of each dimension, and their results are interleaved, which copies
// nothing:
//   y[s*q + p] = sum over j of x[q + first + j*dilation] * w[taps[j]]
#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/graph/infer_shape.h"
#include "compiler/importer/along_channels.h"
#include "compiler/importer/converters.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

// More convolutions than that would take longer to compile than a user would wait.
constexpr int64_t kMostParts = 4096;

// One dimension of the window.
struct Dimension {
  int64_t in = 0, out = 0, kernel = 1, stride = 1, dilation = 1, pad = 0;  // the pad at the beginning
  int64_t parts() const { return std::min(stride, out); }
};

// The convolution that computes the outputs p, p + stride, ... along one dimension.
struct Part {
  int64_t outputs = 0;
  int64_t taps = 0;            // their number; 0 if these outputs read nothing
  int64_t last_tap = 0;        // of the filter: the first tap that the convolution reads
  int64_t tap_step = 1;        // the distance of its taps in the filter, which it reads backwards
  int64_t dilation = 1;        // the distance of its taps in the input
  int64_t begin = 0, end = 0;  // the inputs that it reads, which may lie outside of the image
};

Part PartOf(const Dimension& d, int64_t p) {
  Part part;
  part.outputs = (d.out - p + d.stride - 1) / d.stride;
  const int64_t common = std::gcd(d.stride, d.dilation);
  part.tap_step = d.stride / common;
  part.dilation = d.dilation / common;
  for (int64_t tap = 0; tap < std::min(part.tap_step, d.kernel); ++tap) {
    if ((p + d.pad - tap * d.dilation) % d.stride != 0) continue;
    part.taps = (d.kernel - tap + part.tap_step - 1) / part.tap_step;
    part.last_tap = tap + (part.taps - 1) * part.tap_step;
    part.begin = (p + d.pad - part.last_tap * d.dilation) / d.stride;
    part.end = part.begin + part.outputs + (part.taps - 1) * part.dilation;
  }
  return part;
}

// Returns the dimensions of the window. Applies ONNX's defaults, its auto_pad and its output_shape.
absl::StatusOr<std::vector<Dimension>> Dimensions(const NodeConverter& node) {
  const graph::Shape &in = node.InShape(0), &weights = node.InShape(1);
  if (in.size() < 3 || weights.size() != in.size())
    return absl::InvalidArgumentError(absl::StrCat("weights of shape ", graph::ShapeText(weights),
                                                   " do not fit an input of shape ", graph::ShapeText(in)));
  const size_t rank = in.size() - 2;
  const std::vector<int64_t> ones(rank, 1), zeros(rank, 0);
  const std::vector<int64_t> kernel(weights.begin() + 2, weights.end()),
      strides = node.Ints("strides").value_or(ones), dilations = node.Ints("dilations").value_or(ones),
      more = node.Ints("output_padding").value_or(zeros),
      pads = node.Ints("pads").value_or(std::vector<int64_t>(2 * rank, 0));
  std::vector<int64_t> wanted = node.Ints("output_shape").value_or(std::vector<int64_t>());
  if (wanted.size() == rank + 2) wanted.erase(wanted.begin(), wanted.begin() + 2);
  if (node.Ints("kernel_shape").value_or(kernel) != kernel)
    return absl::InvalidArgumentError(
        absl::StrCat("kernel_shape ", graph::ShapeText(*node.Ints("kernel_shape")),
                     " is not that of the weights of shape ", graph::ShapeText(weights)));
  if (strides.size() != rank || dilations.size() != rank || more.size() != rank || pads.size() != 2 * rank ||
      (!wanted.empty() && wanted.size() != rank))
    return absl::InvalidArgumentError(
        "strides, dilations, pads, output_padding or output_shape do not have the window's rank");
  DIAPASON_RETURN_IF_ERROR(graph::CheckWindow({kernel, strides, dilations}, {pads, more, wanted}));
  const std::string auto_pad = node.String("auto_pad", "NOTSET");
  const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
  if (!same && auto_pad != "NOTSET" && auto_pad != "VALID")
    return absl::UnimplementedError(absl::StrCat("auto_pad '", auto_pad, "'"));

  std::vector<Dimension> dimensions;
  int64_t parts = 1;
  for (size_t i = 0; i < rank; ++i) {
    Dimension d{in[i + 2], 0, kernel[i], strides[i], dilations[i], auto_pad == "NOTSET" ? pads[i] : 0};
    const int64_t whole = (d.in - 1) * d.stride + more[i] + (d.kernel - 1) * d.dilation + 1;
    if (same || !wanted.empty()) {
      d.out = wanted.empty() ? d.in * d.stride : wanted[i];
      const int64_t total = std::max<int64_t>(0, whole - d.out);
      d.pad = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
    } else {
      d.out = whole - d.pad - (auto_pad == "NOTSET" ? pads[i + rank] : 0);
    }
    if (d.out < 1)
      return absl::InvalidArgumentError(
          absl::StrCat("dimension ", i + 2, " of the output would have ", d.out, " elements"));
    DIAPASON_RETURN_IF_ERROR(graph::CheckShape({d.out}));
    parts *= d.parts();
    if (parts > kMostParts)
      return absl::UnimplementedError(absl::StrCat("strides whose product is above ", kMostParts));
    dimensions.push_back(d);
  }
  return dimensions;
}

class Converter {
 public:
  Converter(NodeConverter& node, std::vector<Dimension> dimensions)
      : node_(node), dimensions_(std::move(dimensions)), group_(node.Int("group", 1)) {}

  // Returns the outputs whose parts are known along the first dimensions, and all along the others.
  absl::StatusOr<graph::ValueId> Convert(const std::vector<Part>& known) {
    if (known.size() == dimensions_.size()) return Convolve(known);
    const Dimension& d = dimensions_[known.size()];
    ValueIds parts;
    for (int64_t p = 0; p < d.parts(); ++p) {
      std::vector<Part> more = known;
      more.push_back(PartOf(d, p));
      DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId part, Convert(more));
      parts.push_back(part);
    }
    if (parts.size() == 1) return parts[0];
    return node_.Add(graph::Op::kInterleave, parts, {{"axis", static_cast<int64_t>(known.size() + 2)}});
  }

 private:
  absl::StatusOr<graph::ValueId> Convolve(const std::vector<Part>& parts) {
    const graph::Shape &in = node_.InShape(0), &weights = node_.InShape(1);
    // The image without what the window does not reach, and the padding that the window needs.
    std::vector<int64_t> starts = {0, 0}, steps = {1, 1}, low, high, dilations;
    std::vector<int64_t> taps = {0, 0}, tap_steps = {1, 1};
    graph::Shape image = {in[0], in[1]}, filter = {weights[0], weights[1]},
                 out = {in[0], weights[1] * group_};
    bool reads = true;
    for (size_t i = 0; i < parts.size(); ++i) {
      const Part& part = parts[i];
      const int64_t begin = std::clamp<int64_t>(part.begin, 0, in[i + 2]),
                    end = std::clamp<int64_t>(part.end, 0, in[i + 2]);
      reads = reads && part.taps > 0 && begin < end;
      starts.push_back(begin);
      steps.push_back(1);
      image.push_back(end - begin);
      low.push_back(begin - part.begin);
      high.push_back(part.end - end);
      dilations.push_back(part.dilation);
      taps.push_back(part.last_tap);
      tap_steps.push_back(-part.tap_step);
      filter.push_back(part.taps);
      out.push_back(part.outputs);
    }
    graph::ValueId value = graph::kNone;
    if (!reads) {
      DIAPASON_ASSIGN_OR_RETURN(
          value, node_.Add(graph::Op::kExpand, {node_.Number(node_.In(0), 0)}, {{"shape", out}}));
    } else {
      DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId x, node_.Slice(node_.In(0), starts, steps, image));
      DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId w, Filter(taps, tap_steps, filter));
      DIAPASON_ASSIGN_OR_RETURN(value, node_.Add(graph::Op::kConv, {x, w},
                                                 {{"strides", std::vector<int64_t>(parts.size(), 1)},
                                                  {"dilations", dilations},
                                                  {"pads_begin", low},
                                                  {"pads_end", high},
                                                  {"group", group_}}));
    }
    DIAPASON_ASSIGN_OR_RETURN(const ValueIds shifted, ScaleAndShift(node_, value, graph::kNone, node_.In(2)));
    return shifted[0];
  }

  // Returns the taps of the filter that a part reads, with the axes of a convolution: ONNX stores those of a
  // transposed convolution as (input channels, output channels of a group, ...).
  absl::StatusOr<graph::ValueId> Filter(const std::vector<int64_t>& starts, const std::vector<int64_t>& steps,
                                        const graph::Shape& shape) {
    DIAPASON_ASSIGN_OR_RETURN(graph::ValueId w, node_.Slice(node_.In(1), starts, steps, shape));
    graph::Shape apart = {group_, shape[0] / group_, shape[1]},
                 joined = {group_ * shape[1], shape[0] / group_};
    std::vector<int64_t> order = {0, 2, 1};
    for (size_t d = 2; d < shape.size(); ++d) {
      apart.push_back(shape[d]);
      joined.push_back(shape[d]);
      order.push_back(static_cast<int64_t>(d) + 1);
    }
    DIAPASON_ASSIGN_OR_RETURN(w, node_.Reshape(w, apart));
    DIAPASON_ASSIGN_OR_RETURN(w, node_.Add(graph::Op::kTranspose, {w}, {{"perm", order}}));
    return node_.Reshape(w, joined);
  }

  NodeConverter& node_;
  const std::vector<Dimension> dimensions_;
  const int64_t group_;
};

}  // namespace

absl::StatusOr<ValueIds> ConvertConvTranspose(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(std::vector<Dimension> dimensions, Dimensions(node));
  const int64_t group = node.Int("group", 1);
  const graph::Shape &in = node.InShape(0), &weights = node.InShape(1);
  if (group < 1 || weights[0] != in[1] || in[1] % group != 0 || weights[0] == 0 || weights[1] == 0)
    return absl::InvalidArgumentError(absl::StrCat("weights of shape ", graph::ShapeText(weights), " in ",
                                                   group, " groups do not fit an input of shape ",
                                                   graph::ShapeText(in)));
  return One(Converter(node, std::move(dimensions)).Convert({}));
}

}  // namespace diapason::compiler::importer
