// Writes convolutions and pooling. Their loops are (n, spatial..., [group,] channel, window..., [input
// channel]). There are at least two spatial dimensions, so a row is an image of height 1. Convolutions in
// groups and over volumes have at least three, and the loop of the groups.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "compiler/graph/kernel_text.h"

namespace diapason::compiler::graph {
namespace {

// Puts the loops (n, channel, spatial...) into the order (n, spatial..., channel).
void MoveChannelInwards(IterationSpace& space) {
  std::vector<int> order(space.extents.size());
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  space.PermuteLoops(order);
}

// Returns an index such as "d1 * 2 + d5 * 3".
std::string WindowIndex(size_t loop, int64_t stride, size_t window_loop, int64_t dilation) {
  const auto times = [](size_t d, int64_t factor) {
    return factor == 1 ? absl::StrCat("d", d) : absl::StrCat("d", d, " * ", factor);
  };
  return absl::StrCat(times(loop, stride), " + ", times(window_loop, dilation));
}

// A window in the form in which it is written: with further outer spatial dimensions, of one element each,
// where the operator has fewer than the form. So all windows of a form fit the same sketches.
struct Window {
  std::vector<int64_t> kernel, strides, dilations, low, high;  // low and high are the pads
  size_t added = 0;                                            // outer dimensions that the operator lacks
  size_t rank() const { return kernel.size(); }
};

Window WindowOf(const Node& node, const std::vector<int64_t>& kernel, size_t least_rank) {
  Window window{kernel, node.Ints("strides"), node.Ints("dilations"), node.Ints("pads_begin"),
                node.Ints("pads_end")};
  window.added = least_rank - std::min(least_rank, kernel.size());
  for (std::vector<int64_t>* ones : {&window.kernel, &window.strides, &window.dilations})
    ones->insert(ones->begin(), window.added, 1);
  for (std::vector<int64_t>* zeros : {&window.low, &window.high})
    zeros->insert(zeros->begin(), window.added, 0);
  return window;
}

// Puts the loops (n, channel, spatial...) into the order (n, spatial..., channel), with those spatial loops
// that the window has in addition.
void ArrangeLoops(IterationSpace& space, const Window& window) {
  MoveChannelInwards(space);
  for (size_t i = 0; i < window.added; ++i) space.AddLoop(1, 1, /*reduces=*/false);
  for (Access& output : absl::MakeSpan(space.accesses).first(1)) {
    for (size_t i = 0; i < window.added; ++i) output.AddDimension(static_cast<int>(i) + 1, 1, 0);
  }
}

// The image that a window reads, together with the halo around it. The attribute says where the image is
// known to be zero.
struct PaddedImage {
  View view;  // (n, spatial...); each kind of kernel adds the dimensions of its channels
  int64_t channel_stride = 1;
  std::string attributes;
};

PaddedImage Pad(const Graph& graph, const Layout& layout, const Node& node, const Window& window,
                size_t channel_dims) {
  const ValueId input = node.inputs[0];
  const Shape& shape = graph.value(input).shape;
  const View& whole = layout.views[input];
  PaddedImage image;
  image.view = {whole.buffer, whole.offset, {shape[0]}, {whole.strides[0]}};
  image.channel_stride = whole.strides[1];
  std::vector<int64_t> zero = {0, 0};
  for (size_t d = 0; d < window.rank(); ++d) {
    const bool is_added = d < window.added;
    const int64_t extent = is_added ? 1 : shape[d - window.added + 2],
                  stride = is_added ? 0 : whole.strides[d - window.added + 2];
    image.view.offset -= window.low[d] * stride;
    image.view.shape.push_back(extent + window.low[d] + window.high[d]);
    image.view.strides.push_back(stride);
    zero.insert(zero.end(), {window.low[d], window.high[d]});
  }
  zero.resize(zero.size() + 2 * channel_dims, 0);
  if (ReachesOverEdge(node) && BorderValue(graph, layout, node) == 0)
    image.attributes = absl::StrCat("diapason.zero = array<i64: ", absl::StrJoin(zero, ", "), ">");
  return image;
}

std::string WindowSummary(const Node& node, absl::Span<const int64_t> kernel) {
  const std::vector<int64_t>&strides = node.Ints("strides"), &dilations = node.Ints("dilations");
  std::string text = absl::StrCat(" ", absl::StrJoin(kernel, "x"), " s", strides[0]);
  if (std::any_of(strides.begin(), strides.end(), [&](int64_t s) { return s != strides[0]; }))
    text = absl::StrCat(" ", absl::StrJoin(kernel, "x"), " s", absl::StrJoin(strides, "x"));
  if (std::any_of(dilations.begin(), dilations.end(), [](int64_t d) { return d != 1; }))
    absl::StrAppend(&text, " d", absl::StrJoin(dilations, "x"));
  return text;
}

// Returns the shape for a summary, such as "56x56x64". The batch is left out if it is 1.
std::string ImageSummary(const Shape& shape) {
  Shape image(shape.begin() + 2, shape.end());
  image.push_back(shape[1]);
  if (shape[0] != 1) image.insert(image.begin(), shape[0]);
  return ShapeText(image);
}

}  // namespace

void KernelWriter::WriteConv() {
  const Value &input = graph_.value(anchor_->inputs[0]), &weights = graph_.value(anchor_->inputs[1]);
  const int64_t filters = weights.shape[0], per_input = weights.shape[1], group = anchor_->Int("group");
  const bool is_depthwise = group > 1 && per_input == 1 && filters == group;
  const std::vector<int64_t> kernel(weights.shape.begin() + 2, weights.shape.end());
  // Volumes and groups have one form, images without groups and depthwise convolutions another.
  const bool has_groups = !is_depthwise && (group > 1 || kernel.size() > 2);
  const Window window = WindowOf(*anchor_, kernel, has_groups ? 3 : 2);
  const size_t rank = window.rank();  // spatial dimensions
  const int64_t groups = has_groups ? group : 1, per_group = filters / groups;

  const std::optional<ValueId> bias = epilogue_.TakeBias(1);
  IterationSpace space = OutputSpace();
  if (bias) space.accesses.push_back(AccessOf(layout_, *bias, space.extents, /*always=*/1));
  ArrangeLoops(space, window);
  if (has_groups) space.SplitLoop(space.num_loops() - 1, groups);

  PaddedImage image = Pad(graph_, layout_, *anchor_, window, /*channel_dims=*/has_groups ? 2 : 1);
  const bool is_pointwise =
      NumElements(window.kernel) == 1 && NumElements(window.strides) == 1 && image.attributes.empty() &&
      std::equal(image.view.shape.begin(), image.view.shape.end(), space.extents.begin());
  // If the image lies in memory as one row, a 1x1 convolution is written over that row. Tiles then leave
  // fewer remainders.
  for (size_t d = 1; is_pointwise && d < rank; ++d) {
    if (space.extents[d] == 1 || !space.WalksAsOne(static_cast<int>(d)) ||
        image.view.strides[d] != image.view.strides[d + 1] * image.view.shape[d + 1])
      continue;
    space.MoveIterationsInwards(static_cast<int>(d));
    image.view.shape[d + 1] *= image.view.shape[d];
    image.view.shape[d] = 1;
  }
  // The loops are those of the output, then those of the window, then the input channels of a group.
  const size_t parallel = space.extents.size(), first_window = parallel,
               reductions = rank + (is_depthwise ? 0 : 1);
  const std::string channel = LoopIndex(static_cast<int>(parallel) - 1),
                    group_loop = LoopIndex(static_cast<int>(rank) + 1),
                    input_channel = LoopIndex(static_cast<int>(parallel + rank));
  OperandText in{{}, {"d0"}}, filter{{}, {}};
  for (size_t d = 0; d < rank; ++d)
    in.indices.push_back(WindowIndex(d + 1, window.strides[d], first_window + d, window.dilations[d]));
  const View& filters_view = layout_.views[anchor_->inputs[1]];
  View filter_view{filters_view.buffer, filters_view.offset, {}, {}};
  const auto add_filter_dim = [&](const std::string& index, int64_t extent, int64_t stride) {
    filter.indices.push_back(index);
    filter_view.shape.push_back(extent);
    filter_view.strides.push_back(stride);
  };
  const std::vector<int64_t>& filter_strides = filters_view.strides;
  if (has_groups) {
    image.view.shape.push_back(groups);
    image.view.strides.push_back(image.channel_stride * per_input);
    in.indices.push_back(group_loop);
    add_filter_dim(group_loop, groups, filter_strides[0] * per_group);
  }
  image.view.shape.push_back(is_depthwise ? filters : per_input);
  image.view.strides.push_back(image.channel_stride);
  in.indices.push_back(is_depthwise ? channel : input_channel);
  add_filter_dim(channel, per_group, filter_strides[0]);
  if (!is_depthwise) add_filter_dim(input_channel, per_input, filter_strides[1]);
  for (size_t d = 0; d < rank; ++d) {
    add_filter_dim(LoopIndex(static_cast<int>(first_window + d)), window.kernel[d],
                   d < window.added ? 0 : filter_strides[d - window.added + 2]);
  }

  in.tensor =
      text_.AddArgument(image.view, v1::ELEMENT_TYPE_F32, Attributes(anchor_->inputs[0], image.attributes));
  filter.tensor = text_.AddArgument(filter_view, v1::ELEMENT_TYPE_F32, Attributes(anchor_->inputs[1], ""));
  std::optional<Access> start;
  if (bias) {
    start = space.accesses.back();
    space.accesses.pop_back();
  }
  const TensorText accumulator = Start(start, 0, space.extents);
  const std::vector<OperandText> operands = EpilogueArguments(space, 1);
  const OperandText destination = Destination(space.accesses[0]);
  const TensorText sum = text_.Generic(std::string(parallel, 'p') + std::string(reductions, 'r'),
                                       {in, filter}, {accumulator, destination.indices},
                                       "      %m = arith.mulf %x0, %x1 fastmath<contract> : f32\n      %s = "
                                       "arith.addf %old, %m fastmath<contract> : f32\n",
                                       "%s", graph_.strict_accuracy ? "diapason.strict" : "");
  result_ = epilogue_.Write(text_, std::string(parallel, 'p'), {{sum, destination.indices}}, "", "%x0",
                            operands, destination);
  summary_ = absl::StrCat(is_depthwise ? "depthwise "
                          : groups > 1 ? absl::StrCat("conv", kernel.size(), "d/", groups, " ")
                                       : absl::StrCat("conv", kernel.size(), "d "),
                          ImageSummary(input.shape), WindowSummary(*anchor_, kernel), " -> ", filters);
}

void KernelWriter::WritePool() {
  const bool is_max = anchor_->op == Op::kMaxPool;
  const std::vector<int64_t>& kernel = anchor_->Ints("kernel");
  const Window window = WindowOf(*anchor_, kernel, 2);
  const size_t rank = window.rank();
  const Shape input_shape = graph_.value(anchor_->inputs[0]).shape;
  IterationSpace space = OutputSpace();
  ArrangeLoops(space, window);
  const size_t parallel = space.extents.size();

  PaddedImage image = Pad(graph_, layout_, *anchor_, window, /*channel_dims=*/1);
  image.view.shape.push_back(output_.shape[1]);
  image.view.strides.push_back(image.channel_stride);
  OperandText in{
      text_.AddArgument(image.view, v1::ELEMENT_TYPE_F32, Attributes(anchor_->inputs[0], image.attributes)),
      {"d0"}};
  std::vector<int> window_loops;
  for (size_t d = 0; d < rank; ++d) {
    in.indices.push_back(WindowIndex(d + 1, window.strides[d], parallel + d, window.dilations[d]));
    window_loops.push_back(static_cast<int>(parallel + d));
  }
  in.indices.push_back(LoopIndex(static_cast<int>(parallel) - 1));
  const OperandText shape_of_window{text_.Empty(v1::ELEMENT_TYPE_F32, window.kernel),
                                    LoopIndices(window_loops)};

  std::string finish, name = "%x0";
  std::vector<OperandText> finishing;
  if (!is_max && (!ReachesOverEdge(*anchor_) || anchor_->Int("count_include_pad") != 0)) {
    const double count = static_cast<double>(NumElements(kernel));
    finish =
        absl::StrCat("      %mean = arith.divf %x0, ",
                     text_.Constant(v1::ELEMENT_TYPE_F32, ScalarOf(v1::ELEMENT_TYPE_F32, count)), " : f32\n");
    name = "%mean";
  } else if (!is_max) {  // divides each window's sum by the number of its elements inside of the image
    const Shape spatial(space.extents.begin() + 1, space.extents.end() - 1);
    std::string counts;
    ForEachElement(DenseView(kNoBuffer, spatial), [&](int64_t offset) {
      double count = 1;
      for (size_t d = rank; d-- > 0;) {
        const int64_t begin = offset % spatial[d] * window.strides[d] - window.low[d],
                      size = d < window.added ? 1 : input_shape[d - window.added + 2];
        int64_t inside = 0;
        for (int64_t k = 0; k < window.kernel[d]; ++k)
          inside += begin + k * window.dilations[d] >= 0 && begin + k * window.dilations[d] < size;
        count *= static_cast<double>(inside);
        offset /= spatial[d];
      }
      const float number = static_cast<float>(count);
      counts.append(reinterpret_cast<const char*>(&number), sizeof number);
    });
    const ValueId constant =
        graph_.AddOwnedConstant("counts", v1::ELEMENT_TYPE_F32, spatial, std::move(counts));
    Buffer buffer;
    buffer.kind = BufferKind::kConstant;
    buffer.name = "counts";
    buffer.elements = NumElements(spatial);
    buffer.bytes = graph_.value(constant).bytes;
    layout_.buffers.push_back(buffer);
    std::vector<int> spatial_loops;
    for (size_t d = 0; d < rank; ++d) spatial_loops.push_back(static_cast<int>(d) + 1);
    const View view = DenseView(static_cast<int>(layout_.buffers.size()) - 1, spatial);
    finishing.push_back(
        {text_.AddArgument(view, v1::ELEMENT_TYPE_F32, "diapason.constant"), LoopIndices(spatial_loops)});
    finish = "      %mean = arith.divf %x0, %x1 : f32\n";
    name = "%mean";
  }
  const TensorText accumulator =
      Start(std::nullopt, is_max ? -std::numeric_limits<double>::infinity() : 0, space.extents);
  const std::vector<OperandText> operands = EpilogueArguments(space, 1);
  const OperandText destination = Destination(space.accesses[0]);
  const TensorText pooled =
      text_.Generic(std::string(parallel, 'p') + std::string(rank, 'r'), {in, shape_of_window},
                    {accumulator, destination.indices},
                    absl::StrCat("      %s = ", is_max ? "arith.maximumf" : "arith.addf",
                                 " %old, %x0 fastmath<contract> : f32\n"),
                    "%s");
  finishing.insert(finishing.begin(), {pooled, destination.indices});
  result_ =
      epilogue_.Write(text_, std::string(parallel, 'p'), finishing, finish, name, operands, destination);
  summary_ = absl::StrCat(is_max ? "max_pool " : "average_pool ", ImageSummary(input_shape),
                          WindowSummary(*anchor_, kernel));
}

}  // namespace diapason::compiler::graph
