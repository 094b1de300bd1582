// Converts operators that need to know which elements lie in which window: the positions of the largest
// elements of a MaxPool, and the sums of overlapping blocks of a Col2Im. The windows are known, so a table of
// their elements is a constant, and the elements are gathered from it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "compiler/graph/infer_shape.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;
using Sizes = std::vector<int64_t>;

constexpr int64_t kMostEntries = 1 << 26;  // of a table

// Windows that move over a plane.
struct Windows {
  Sizes extents;  // of the plane
  Sizes outputs;  // how many windows there are along each dimension
  Sizes kernel, strides, dilations, pads_begin;
};

// Moves to the next place of a tensor of this shape in row-major order.
void Next(const Sizes& shape, Sizes& place) {
  for (size_t d = shape.size(); d-- > 0;) {
    if (++place[d] < shape[d]) return;
    place[d] = 0;
  }
}

// Calls use(window, element, position) for each element of each window: the numbers of the window and of the
// element in it, and the element's position in the plane, or -1 if it lies outside.
template <typename Use>
void ForEachElement(const Windows& windows, const Use& use) {
  const size_t rank = windows.kernel.size();
  const int64_t count = graph::NumElements(windows.outputs), size = graph::NumElements(windows.kernel);
  Sizes window(rank, 0), element(rank, 0);
  for (int64_t w = 0; w < count; ++w, Next(windows.outputs, window)) {
    for (int64_t k = 0; k < size; ++k, Next(windows.kernel, element)) {
      int64_t position = 0;
      for (size_t d = 0; d < rank; ++d) {
        const int64_t at =
            window[d] * windows.strides[d] + element[d] * windows.dilations[d] - windows.pads_begin[d];
        if (at < 0 || at >= windows.extents[d]) position = -1;
        if (position >= 0) position = position * windows.extents[d] + at;
      }
      use(w, k, position);
    }
  }
}

absl::Status CheckEntries(int64_t windows, int64_t size) {
  if (windows <= kMostEntries / std::max<int64_t>(size, 1)) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat(windows, " windows of ", size, " elements"));
}

// Turns row-major positions in a plane into those of an order in which the first dimension varies fastest.
ValueId FirstDimensionFastest(Expression& e, ValueId position, const Sizes& extents) {
  ValueId result = e.Number(position, 0);
  int64_t behind = graph::NumElements(extents), before = 1;
  for (const int64_t extent : extents) {
    behind /= extent;
    ValueId at = e(Op::kDiv, {position, e.Number(position, static_cast<double>(behind))});
    at = e(Op::kSub, {at, e(Op::kMul, {e(Op::kDiv, {at, e.Number(at, static_cast<double>(extent))}),
                                       e.Number(at, static_cast<double>(extent))})});
    result = e(Op::kAdd, {result, e(Op::kMul, {at, e.Number(at, static_cast<double>(before))})});
    before *= extent;
  }
  return result;
}

}  // namespace

// The position of the largest element of a window is the first of the positions of elements that equal it.
absl::StatusOr<ValueId> PositionsOfMaxima(NodeConverter& node, const graph::Attributes& pool,
                                          const graph::Shape& result) {
  const graph::Shape in = node.InShape(0);
  const auto ints = [&](const char* name) { return std::get<Sizes>(pool.at(name)); };
  const Windows windows = {Sizes(in.begin() + 2, in.end()),
                           Sizes(result.begin() + 2, result.end()),
                           ints("kernel"),
                           ints("strides"),
                           ints("dilations"),
                           ints("pads_begin")};
  const int64_t planes = in[0] * in[1], pixels = graph::NumElements(windows.extents),
                count = graph::NumElements(windows.outputs), size = graph::NumElements(windows.kernel);
  DIAPASON_RETURN_IF_ERROR(CheckEntries(count, size));
  // An element outside of the plane is replaced by another one of the window.
  Sizes table(static_cast<size_t>(count * size), -1);
  ForEachElement(windows, [&](int64_t w, int64_t k, int64_t position) {
    table[static_cast<size_t>(w * size + k)] = position;
  });
  for (int64_t w = 0; w < count; ++w) {
    const auto first = table.begin() + w * size, last = first + size;
    const auto inside = std::find_if(first, last, [](int64_t position) { return position >= 0; });
    std::replace(first, last, int64_t{-1}, inside == last ? 0 : *inside);
  }
  Expression e(node);
  const ValueId positions = node.Integers(table, {count, size});
  const ValueId elements =
      e(Op::kGather, {e.Reshape(node.In(0), {planes, pixels}), positions}, {{"axis", int64_t{1}}});
  const ValueId most = e.Reduce(elements, {2}, graph::Reduction::kMax);
  const ValueId none = e.Number(positions, static_cast<double>(pixels - 1));
  const ValueId found = e(Op::kWhere, {e(Op::kEqual, {elements, most}), positions, none});
  ValueId position = e.Reduce(found, {2}, graph::Reduction::kMin);
  if (node.Int("storage_order", 0) != 0) position = FirstDimensionFastest(e, position, windows.extents);
  const ValueId plane =
      e(Op::kMul, {e.Positions(3, 0, planes), e.Number(position, static_cast<double>(pixels))});
  position = e.Reshape(e(Op::kAdd, {position, plane}), result);
  DIAPASON_RETURN_IF_ERROR(e.status());
  return position;
}

// Each pixel of the image is the sum of the elements of all blocks that lie on it.
absl::StatusOr<ValueIds> ConvertCol2Im(NodeConverter& node) {
  const graph::Shape in = node.InShape(0);
  DIAPASON_ASSIGN_OR_RETURN(const Sizes image, node.ConstantInts(1));
  DIAPASON_ASSIGN_OR_RETURN(const Sizes block, node.ConstantInts(2));
  const size_t rank = image.size();
  const Sizes ones(rank, 1);
  const Sizes pads = node.Ints("pads").value_or(Sizes(2 * rank, 0));
  Windows windows = {
      image, {}, block, node.Ints("strides").value_or(ones), node.Ints("dilations").value_or(ones), pads};
  if (rank == 0 || in.size() != 3 || block.size() != rank || windows.strides.size() != rank ||
      windows.dilations.size() != rank || pads.size() != 2 * rank)
    return absl::InvalidArgumentError("the image, the blocks and the attributes do not have the same rank");
  DIAPASON_RETURN_IF_ERROR(graph::CheckShape(image));
  DIAPASON_RETURN_IF_ERROR(graph::CheckWindow({block, windows.strides, windows.dilations}, {pads}));
  for (size_t d = 0; d < rank; ++d) {
    const int64_t room = image[d] + pads[d] + pads[d + rank] - (block[d] - 1) * windows.dilations[d] - 1;
    windows.outputs.push_back(room < 0 ? 0 : room / windows.strides[d] + 1);
  }
  const int64_t size = graph::NumElements(block), count = graph::NumElements(windows.outputs),
                pixels = graph::NumElements(image), channels = in[1] / size;
  if (in[1] != channels * size || in[2] != count)
    return absl::InvalidArgumentError(absl::StrCat("an input of shape ", graph::ShapeText(in),
                                                   " does not hold ", count, " blocks of ", size,
                                                   " elements"));
  if (count == 0 || pixels == 0) return absl::UnimplementedError("an image without blocks");
  DIAPASON_RETURN_IF_ERROR(CheckEntries(std::max(count, pixels), size));
  // Element k of a block lies on a pixel at most once. Where it does not, the zero behind all elements
  // counts.
  Sizes table(static_cast<size_t>(pixels * size), size * count);
  ForEachElement(windows, [&](int64_t w, int64_t k, int64_t position) {
    if (position >= 0) table[static_cast<size_t>(position * size + k)] = k * count + w;
  });
  Expression e(node);
  const ValueId elements = e.Reshape(node.In(0), {in[0] * channels, size * count});
  const ValueId zero = e.Expand(e.Number(elements, 0), {in[0] * channels, 1});
  const ValueId parts = e(Op::kGather, {e.Concat({elements, zero}, 1), node.Integers(table, {pixels, size})},
                          {{"axis", int64_t{1}}});
  graph::Shape result = {in[0], channels};
  result.insert(result.end(), image.begin(), image.end());
  return e.Result(e.Reshape(e.Reduce(parts, {2}, graph::Reduction::kSum), result));
}

}  // namespace diapason::compiler::importer
