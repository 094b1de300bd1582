// Converts operators that give a tensor another shape or order, or select some of its elements.
#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "compiler/graph/infer_shape.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "compiler/importer/size_numbers.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {

absl::StatusOr<ValueIds> ConvertReshape(NodeConverter& node) {
  std::optional<std::vector<int64_t>> shape = node.Ints("shape");
  if (node.Has(1)) {
    shape.emplace();
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<SizeNumber> sizes, SizeNumbers(node, 1));
    for (const SizeNumber& size : sizes) {
      const bool is_operands = node.SizeOf(0) != nullptr && node.SizeOf(0)->size == size.value;
      if (size.value != graph::kNone && !is_operands)
        return absl::UnimplementedError("a shape with a size that is known only when the model runs");
      shape->push_back(size.most);
    }
  }
  if (!shape) return absl::InvalidArgumentError("the shape is missing");
  const graph::Shape& in = node.InShape(0);
  int64_t known = 1, open = graph::kNone;
  for (size_t d = 0; d < shape->size(); ++d) {
    int64_t& extent = (*shape)[d];
    if (extent == 0 && node.Int("allowzero", 0) == 0) {
      if (d >= in.size())
        return absl::InvalidArgumentError("the shape has a 0 at a place where the input has no dimension");
      extent = in[d];
    }
    if (extent == -1 && open == graph::kNone) {
      open = static_cast<int64_t>(d);
    } else {
      if (extent < 0 || (extent > 0 && known > std::numeric_limits<int64_t>::max() / extent))
        return absl::InvalidArgumentError(absl::StrCat("the shape cannot have a dimension of ", extent));
      known *= extent;
    }
  }
  if (open != graph::kNone) (*shape)[open] = known == 0 ? 0 : graph::NumElements(in) / known;
  return One(node.Reshape(node.In(0), *std::move(shape)));
}

absl::StatusOr<ValueIds> ConvertFlatten(NodeConverter& node) {
  const graph::Shape& in = node.InShape(0);
  int64_t axis = node.Int("axis", 1);
  if (axis != static_cast<int64_t>(in.size())) {
    DIAPASON_ASSIGN_OR_RETURN(axis, NodeConverter::Axis(axis, in.size()));
  }
  const absl::Span<const int64_t> all(in);
  return One(node.Reshape(node.In(0),
                          {graph::NumElements(all.subspan(0, axis)), graph::NumElements(all.subspan(axis))}));
}

absl::StatusOr<ValueIds> ConvertSqueeze(NodeConverter& node) {
  const graph::Shape& in = node.InShape(0);
  DIAPASON_ASSIGN_OR_RETURN(std::optional<std::vector<int64_t>> axes, node.AttributeOrOperand("axes", 1));
  if (axes) {
    DIAPASON_ASSIGN_OR_RETURN(axes, NodeConverter::Axes(*std::move(axes), in.size()));
  }
  graph::Shape shape;
  for (size_t d = 0; d < in.size(); ++d) {
    const bool goes = axes ? std::count(axes->begin(), axes->end(), d) > 0 : in[d] == 1;
    if (!goes) shape.push_back(in[d]);
    if (goes && in[d] != 1)
      return absl::InvalidArgumentError(absl::StrCat("a dimension of extent ", in[d], " cannot be removed"));
  }
  return One(node.Reshape(node.In(0), std::move(shape)));
}

absl::StatusOr<ValueIds> ConvertUnsqueeze(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(std::optional<std::vector<int64_t>> axes, node.AttributeOrOperand("axes", 1));
  if (!axes) return absl::InvalidArgumentError("the axes are missing");
  const graph::Shape& in = node.InShape(0);
  const size_t rank = in.size() + axes->size();
  DIAPASON_ASSIGN_OR_RETURN(axes, NodeConverter::Axes(*std::move(axes), rank));
  const std::set<int64_t> new_axes(axes->begin(), axes->end());
  if (in.size() + new_axes.size() != rank) return absl::InvalidArgumentError("an axis occurs twice");
  graph::Shape shape;
  for (size_t d = 0, from = 0; d < rank; ++d)
    shape.push_back(new_axes.count(static_cast<int64_t>(d)) > 0 ? 1 : in[from++]);
  return One(node.Reshape(node.In(0), std::move(shape)));
}

absl::StatusOr<ValueIds> ConvertTranspose(NodeConverter& node) {
  std::vector<int64_t> perm;
  for (size_t d = node.InShape(0).size(); d-- > 0;) perm.push_back(static_cast<int64_t>(d));
  if (auto given = node.Ints("perm")) perm = *given;
  return One(node.Add(graph::Op::kTranspose, {node.In(0)}, {{"perm", std::move(perm)}}));
}

absl::StatusOr<ValueIds> ConvertSplit(NodeConverter& node) {
  const graph::Shape& in = node.InShape(0);
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, NodeConverter::Axis(node.Int("axis", 0), in.size()));
  DIAPASON_ASSIGN_OR_RETURN(std::optional<std::vector<int64_t>> sizes, node.AttributeOrOperand("split", 1));
  const int64_t parts = node.proto().output_size();
  if (node.Int("num_outputs", parts) != parts)
    return absl::InvalidArgumentError(absl::StrCat("num_outputs is ", node.Int("num_outputs", parts),
                                                   ", but there are ", parts, " outputs"));
  if (!sizes) {
    sizes.emplace();
    const int64_t each = (in[axis] + parts - 1) / parts;
    for (int64_t i = 0; i < parts; ++i) sizes->push_back(std::clamp<int64_t>(in[axis] - i * each, 0, each));
  }
  if (static_cast<int64_t>(sizes->size()) != parts)
    return absl::InvalidArgumentError(
        absl::StrCat("there are ", sizes->size(), " sizes for ", parts, " parts"));
  std::optional<RunTimeSize> open;
  if (node.SizeOf(0) != nullptr) open = *node.SizeOf(0);
  if (open && open->dim == axis)
    return absl::UnimplementedError("an axis whose size is known only when the model runs");
  ValueIds values;
  std::vector<int64_t> starts(in.size(), 0);
  for (int64_t size : *sizes) {
    graph::Shape shape = in;
    shape[axis] = size;
    DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId part,
                              node.Slice(node.In(0), starts, std::vector<int64_t>(in.size(), 1), shape));
    values.push_back(part);
    starts[axis] += size;
    if (open) node.SetSize(part, *open);
  }
  if (starts[axis] != in[axis])
    return absl::InvalidArgumentError(
        absl::StrCat("the parts have ", starts[axis], " elements together, but the axis has ", in[axis]));
  return values;
}

absl::StatusOr<ValueIds> ConvertExpand(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(std::vector<SizeNumber> sizes, SizeNumbers(node, 1));
  const graph::Shape in = node.InShape(0);
  std::vector<int64_t> to;
  std::optional<RunTimeSize> open;  // the operand's
  if (node.SizeOf(0) != nullptr) open = *node.SizeOf(0);
  for (size_t d = 0; d < sizes.size(); ++d) {
    const size_t from = d + in.size() - sizes.size();  // wraps around for dimensions that are new
    if (open && static_cast<int64_t>(from) == open->dim) {
      if (sizes[d].value != open->size && (sizes[d].value != graph::kNone || sizes[d].most != 1))
        return absl::UnimplementedError(
            "an operand that differs from the shape in a dimension whose size is "
            "known only when the model runs");
      sizes[d] = {in[from], graph::kNone};
    }
    to.push_back(sizes[d].most);
    if (sizes[d].value != graph::kNone && d + in.size() >= sizes.size() && in[from] != 1)
      return absl::UnimplementedError(
          "a size that is known only when the model runs and does not expand one");
  }
  DIAPASON_ASSIGN_OR_RETURN(graph::Shape shape, graph::BroadcastShapes(in, to));
  sizes.insert(sizes.begin(), shape.size() - sizes.size(), SizeNumber());
  graph::ValueId value = node.In(0);
  if (shape != in) {
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add(graph::Op::kExpand, {value}, {{"shape", shape}}));
  }
  if (open) sizes[shape.size() - in.size() + static_cast<size_t>(open->dim)].value = open->size;
  return One(WithSizes(node, value, sizes));
}

// Each dimension d that repeats is expanded to (repeats, d) and then joined to one dimension again.
absl::StatusOr<ValueIds> ConvertTile(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> repeats, node.ConstantInts(1));
  const graph::Shape in = node.InShape(0);
  if (repeats.size() != in.size())
    return absl::InvalidArgumentError(
        absl::StrCat("there are ", repeats.size(), " repeats for ", in.size(), " dimensions"));
  graph::Shape apart, wide, joined;
  for (size_t d = 0; d < in.size(); ++d) {
    DIAPASON_RETURN_IF_ERROR(graph::CheckShape({repeats[d], in[d]}));
    if (repeats[d] != 1) {
      apart.push_back(1);
      wide.push_back(repeats[d]);
    }
    apart.push_back(in[d]);
    wide.push_back(in[d]);
    joined.push_back(repeats[d] * in[d]);
  }
  if (joined == in) return ValueIds{node.In(0)};
  DIAPASON_ASSIGN_OR_RETURN(graph::ValueId value, node.Reshape(node.In(0), apart));
  DIAPASON_ASSIGN_OR_RETURN(value, node.Add(graph::Op::kExpand, {value}, {{"shape", wide}}));
  return One(node.Reshape(value, joined));
}

namespace {

// Returns the block size of an operator that moves blocks of an image.
absl::StatusOr<int64_t> BlockSize(const NodeConverter& node) {
  const int64_t block = node.Int("blocksize", 0);
  if (node.InShape(0).size() != 4 || block < 1 || block > 1 << 15)
    return absl::InvalidArgumentError(
        "the input must be an image of four dimensions, and blocksize must be from 1 to 32768");
  return block;
}

// Reshapes the input to `apart`, transposes it by `perm`, and reshapes it to `result`.
absl::StatusOr<ValueIds> MoveBlocks(NodeConverter& node, const graph::Shape& apart,
                                    const std::vector<int64_t>& perm, const graph::Shape& result) {
  DIAPASON_ASSIGN_OR_RETURN(graph::ValueId value, node.Reshape(node.In(0), apart));
  DIAPASON_ASSIGN_OR_RETURN(value, node.Add(graph::Op::kTranspose, {value}, {{"perm", perm}}));
  return One(node.Reshape(value, result));
}

}  // namespace

absl::StatusOr<ValueIds> ConvertDepthToSpace(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const int64_t block, BlockSize(node));
  const graph::Shape in = node.InShape(0);
  if (in[1] % (block * block) != 0)
    return absl::InvalidArgumentError(
        absl::StrCat(in[1], " channels do not divide into blocks of ", block, "x", block));
  const int64_t channels = in[1] / (block * block);
  const graph::Shape result = {in[0], channels, in[2] * block, in[3] * block};
  if (node.String("mode", "DCR") == "CRD")
    return MoveBlocks(node, {in[0], channels, block, block, in[2], in[3]}, {0, 1, 4, 2, 5, 3}, result);
  return MoveBlocks(node, {in[0], block, block, channels, in[2], in[3]}, {0, 3, 4, 1, 5, 2}, result);
}

absl::StatusOr<ValueIds> ConvertSpaceToDepth(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const int64_t block, BlockSize(node));
  const graph::Shape in = node.InShape(0);
  if (in[2] % block != 0 || in[3] % block != 0)
    return absl::InvalidArgumentError("the image does not divide into blocks of that size");
  return MoveBlocks(node, {in[0], in[1], in[2] / block, block, in[3] / block, block}, {0, 3, 5, 1, 2, 4},
                    {in[0], in[1] * block * block, in[2] / block, in[3] / block});
}

}  // namespace diapason::compiler::importer
