#include "compiler/graph/infer_shape.h"

#include <algorithm>
#include <limits>
#include <set>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/portable.h"
#include "proto/base/status_macros.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::graph {
namespace {

// A larger tensor fits into no machine. The limit keeps products of extents, and sizes in bytes, far
// from overflow.
constexpr int64_t kMaxElements = int64_t{1} << 40;

template <typename... Args>
absl::Status Misfit(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat(args...));
}

const Value& Operand(const Graph& graph, const Node& node, size_t index) {
  return graph.value(node.inputs[index]);
}

absl::Status CheckOperands(const Node& node, size_t least, size_t most) {
  if (node.inputs.size() < least || node.inputs.size() > most)
    return Misfit("it has ", node.inputs.size(), " operands, but takes ", least, " to ", most);
  for (size_t i = 0; i < least; ++i) {
    if (node.inputs[i] == kNone) return Misfit("operand ", i, " is missing");
  }
  return absl::OkStatus();
}

absl::Status CheckElementType(const OpTraits& op, v1::ElementType type) {
  if (op.Takes(type)) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat("elements of type ", ElementTypeName(type)));
}

absl::StatusOr<InferredType> InferElementwise(const Graph& graph, const Node& node) {
  const OpTraits& op = TraitsOf(node.op);
  DIAPASON_RETURN_IF_ERROR(CheckOperands(node, op.operands, op.operands));
  InferredType result;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    DIAPASON_ASSIGN_OR_RETURN(result.shape, BroadcastShapes(result.shape, Operand(graph, node, i).shape));
  }
  const v1::ElementType last = Operand(graph, node, node.inputs.size() - 1).type;
  if (node.op == Op::kWhere && Operand(graph, node, 0).type != v1::ELEMENT_TYPE_BOOL)
    return Misfit("the condition is ", ElementTypeName(Operand(graph, node, 0).type), ", not bool");
  for (size_t i = node.op == Op::kWhere ? 1 : 0; i < node.inputs.size(); ++i) {
    if (Operand(graph, node, i).type != last)
      return Misfit("its operands have different types, ", ElementTypeName(Operand(graph, node, i).type),
                    " and ", ElementTypeName(last));
  }
  DIAPASON_RETURN_IF_ERROR(CheckElementType(op, last));
  if (node.op == Op::kCast) {
    const v1::ElementType to = node.CastType();
    const bool stores = to != ComputedType(to), reads = last != ComputedType(last);
    if ((stores && ComputedType(to) != last) || (reads && ComputedType(last) != to))
      return Misfit("a ", ElementTypeName(last), " is cast to ", ElementTypeName(to),
                    ", but only to and from the type that it is computed in");
  }
  result.type = op.gives_bool ? v1::ELEMENT_TYPE_BOOL : node.op == Op::kCast ? node.CastType() : last;
  return result;
}

absl::Status CheckAxis(int64_t axis, size_t rank) {
  if (axis < 0 || axis >= static_cast<int64_t>(rank))
    return Misfit("axis ", axis, " does not exist in a tensor of ", rank, " dimensions");
  return absl::OkStatus();
}

absl::StatusOr<Shape> InferView(const Shape& in, const Node& node) {
  if (node.op == Op::kReshape) {
    const Shape& shape = node.Ints("shape");
    DIAPASON_RETURN_IF_ERROR(CheckShape(shape));
    if (NumElements(shape) != NumElements(in))
      return Misfit("a tensor of shape ", ShapeText(in), " cannot be reshaped to ", ShapeText(shape));
    return shape;
  }
  if (node.op == Op::kExpand) {
    DIAPASON_ASSIGN_OR_RETURN(Shape shape, BroadcastShapes(in, node.Ints("shape")));
    if (shape != node.Ints("shape"))
      return Misfit("a tensor of shape ", ShapeText(in), " cannot be expanded to ",
                    ShapeText(node.Ints("shape")));
    return shape;
  }
  if (node.op == Op::kTranspose) {
    const std::vector<int64_t>& perm = node.Ints("perm");
    if (perm.size() != in.size() || std::set<int64_t>(perm.begin(), perm.end()).size() != in.size())
      return Misfit("perm is not a permutation of ", in.size(), " dimensions");
    Shape shape;
    for (int64_t d : perm) {
      DIAPASON_RETURN_IF_ERROR(CheckAxis(d, in.size()));
      shape.push_back(in[d]);
    }
    return shape;
  }
  // Slice: takes shape[d] elements of dimension d, from starts[d] on, steps[d] apart.
  const std::vector<int64_t>&starts = node.Ints("starts"), &steps = node.Ints("steps");
  const Shape& shape = node.Ints("shape");
  if (starts.size() != in.size() || steps.size() != in.size() || shape.size() != in.size())
    return Misfit("a slice of a tensor of ", in.size(), " dimensions must give a range for each of them");
  for (size_t d = 0; d < in.size(); ++d) {
    if (shape[d] < 0 || shape[d] > in[d])
      return Misfit("a slice cannot take ", shape[d], " of ", in[d], " elements");
    if (shape[d] == 0) continue;
    const int64_t last = starts[d] + (shape[d] - 1) * steps[d];
    if (std::min(starts[d], last) < 0 || std::max(starts[d], last) >= in[d])
      return Misfit("the slice reaches outside of dimension ", d, " of a tensor of shape ", ShapeText(in));
  }
  return shape;
}

absl::StatusOr<Shape> InferConcat(const Graph& graph, const Node& node) {
  DIAPASON_RETURN_IF_ERROR(CheckOperands(node, 1, node.inputs.size()));
  Shape shape = Operand(graph, node, 0).shape;
  const int64_t axis = node.Int("axis");
  DIAPASON_RETURN_IF_ERROR(CheckAxis(axis, shape.size()));
  for (size_t i = 1; i < node.inputs.size(); ++i) {
    DIAPASON_RETURN_IF_ERROR(node.inputs[i] == kNone ? Misfit("operand ", i, " is missing")
                                                     : absl::OkStatus());
    const Value& part = Operand(graph, node, i);
    if (part.type != Operand(graph, node, 0).type) return Misfit("the parts have different types");
    if (part.shape.size() != shape.size()) return Misfit("the parts have different ranks");
    for (size_t d = 0; d < shape.size(); ++d) {
      if (static_cast<int64_t>(d) == axis) continue;
      if (part.shape[d] != shape[d])
        return Misfit("parts of shapes ", ShapeText(shape), " and ", ShapeText(part.shape),
                      " cannot be joined along axis ", axis);
    }
    shape[axis] += part.shape[axis];
  }
  const int64_t parts = static_cast<int64_t>(node.inputs.size());
  for (int64_t i = 0; node.op == Op::kInterleave && i < parts; ++i) {
    if (Operand(graph, node, static_cast<size_t>(i)).shape[axis] != (shape[axis] + parts - 1 - i) / parts)
      return Misfit("part ", i, " does not have the number of elements to interleave along axis ", axis);
  }
  return shape;
}

// Appends the output extents of a window that slides over the dimensions behind the first two.
absl::Status SlideWindow(const Node& node, const Shape& in, absl::Span<const int64_t> kernel, Shape* out) {
  const std::vector<int64_t>&strides = node.Ints("strides"), &dilations = node.Ints("dilations"),
        &begin = node.Ints("pads_begin"), &end = node.Ints("pads_end");
  if (in.size() < 3 || kernel.size() != in.size() - 2 || strides.size() != kernel.size() ||
      dilations.size() != kernel.size() || begin.size() != kernel.size() || end.size() != kernel.size())
    return Misfit("the window's attributes do not fit an input of ", in.size(), " dimensions");
  DIAPASON_RETURN_IF_ERROR(CheckWindow({kernel, strides, dilations}, {begin, end}));
  for (size_t d = 0; d < kernel.size(); ++d) {
    const int64_t room = in[d + 2] + begin[d] + end[d] - ((kernel[d] - 1) * dilations[d] + 1);
    if (room < 0)
      return Misfit("a window of size ", kernel[d], " is larger than the padded input of shape ",
                    ShapeText(in));
    out->push_back(room / strides[d] + 1);
  }
  return absl::OkStatus();
}

absl::StatusOr<Shape> InferConv(const Graph& graph, const Node& node) {
  DIAPASON_RETURN_IF_ERROR(CheckOperands(node, 2, 2));
  const Shape &in = Operand(graph, node, 0).shape, &weights = Operand(graph, node, 1).shape;
  const int64_t group = node.Int("group");
  if (weights.size() != in.size() || in.size() < 3 || group < 1 || weights[1] > in[1] ||
      weights[1] * group != in[1] || weights[0] % group != 0 || weights[0] == 0)
    return Misfit("weights of shape ", ShapeText(weights), " in ", group,
                  " groups do not fit an input of shape ", ShapeText(in));
  Shape out = {in[0], weights[0]};
  DIAPASON_RETURN_IF_ERROR(SlideWindow(node, in, absl::MakeSpan(weights).subspan(2), &out));
  return out;
}

absl::StatusOr<Shape> InferPool(const Graph& graph, const Node& node) {
  DIAPASON_RETURN_IF_ERROR(CheckOperands(node, 1, 1));
  const Shape& in = Operand(graph, node, 0).shape;
  if (in.size() < 3) return Misfit("a tensor of ", in.size(), " dimensions cannot be pooled");
  Shape out = {in[0], in[1]};
  DIAPASON_RETURN_IF_ERROR(SlideWindow(node, in, node.Ints("kernel"), &out));
  if (NumElements(in) == 0 && NumElements(out) > 0)
    return Misfit("the pooling windows would read padding only");
  return out;
}

absl::StatusOr<Shape> InferMatMul(const Graph& graph, const Node& node) {
  DIAPASON_RETURN_IF_ERROR(CheckOperands(node, 2, 2));
  Shape a = Operand(graph, node, 0).shape, b = Operand(graph, node, 1).shape;
  if (a.size() < 2 || b.size() < 2 || a.back() != b[b.size() - 2])
    return Misfit("tensors of shapes ", ShapeText(a), " and ", ShapeText(b), " cannot be multiplied");
  const int64_t m = a[a.size() - 2], n = b.back();
  a.resize(a.size() - 2);
  b.resize(b.size() - 2);
  DIAPASON_ASSIGN_OR_RETURN(Shape out, BroadcastShapes(a, b));
  out.insert(out.end(), {m, n});
  return out;
}

absl::StatusOr<Shape> InferReduce(const Graph& graph, const Node& node) {
  DIAPASON_RETURN_IF_ERROR(CheckOperands(node, 1, 1));
  const Value& operand = Operand(graph, node, 0);
  const Reduction kind = node.ReductionKind();
  Shape shape = operand.shape;
  for (int64_t axis : node.Ints("axes")) {
    DIAPASON_RETURN_IF_ERROR(CheckAxis(axis, shape.size()));
    shape[axis] = 1;
  }
  if (operand.type == v1::ELEMENT_TYPE_F32) return shape;
  if (kind == Reduction::kL2 && !operand.is_constant)
    return absl::UnimplementedError(absl::StrCat("elements of type ", ElementTypeName(operand.type)));
  if (kind == Reduction::kMean && NumElements(operand.shape) == 0 && NumElements(shape) > 0)
    return Misfit("the mean of no integers does not exist");
  return shape;
}

absl::StatusOr<Shape> InferGather(const Graph& graph, const Node& node) {
  DIAPASON_RETURN_IF_ERROR(CheckOperands(node, 2, 2));
  const Value &data = Operand(graph, node, 0), &indices = Operand(graph, node, 1);
  if (indices.type != v1::ELEMENT_TYPE_I64 && indices.type != v1::ELEMENT_TYPE_I32)
    return Misfit("the indices are of type ", ElementTypeName(indices.type), ", not of int32 or int64");
  const int64_t axis = node.Int("axis");
  DIAPASON_RETURN_IF_ERROR(CheckAxis(axis, data.shape.size()));
  if (data.shape[axis] == 0 && NumElements(indices.shape) > 0)
    return Misfit("the axis has no elements to gather");
  if (indices.type == v1::ELEMENT_TYPE_I32 && data.shape[axis] > std::numeric_limits<int32_t>::max())
    return absl::UnimplementedError(absl::StrCat("int32 indices into ", ShapeText(data.shape)));
  if (indices.is_constant) {
    for (const Scalar& index : ReadConstant(indices))
      DIAPASON_RETURN_IF_ERROR(IndexFromStart(index.i, data.shape, axis).status());
  }
  Shape shape(data.shape.begin(), data.shape.begin() + axis);
  shape.insert(shape.end(), indices.shape.begin(), indices.shape.end());
  shape.insert(shape.end(), data.shape.begin() + axis + 1, data.shape.end());
  return shape;
}

absl::StatusOr<Shape> InferRowwise(const Graph& graph, const Node& node) {
  DIAPASON_RETURN_IF_ERROR(CheckOperands(node, 1, 1));
  DIAPASON_RETURN_IF_ERROR(CheckAxis(node.Int("axis"), Operand(graph, node, 0).shape.size()));
  return Operand(graph, node, 0).shape;
}

absl::StatusOr<Shape> InferShape(const Graph& graph, const Node& node) {
  switch (KindOf(node.op)) {
    case OpKind::kView:
      DIAPASON_RETURN_IF_ERROR(CheckOperands(node, 1, 1));
      return InferView(Operand(graph, node, 0).shape, node);
    case OpKind::kConcat:
      return InferConcat(graph, node);
    case OpKind::kConvolution:
      return InferConv(graph, node);
    case OpKind::kPooling:
      return InferPool(graph, node);
    case OpKind::kMatrixProduct:
      return InferMatMul(graph, node);
    case OpKind::kReduction:
      return InferReduce(graph, node);
    case OpKind::kRowwise:
      return InferRowwise(graph, node);
    case OpKind::kGather:
      return InferGather(graph, node);
    case OpKind::kCopy:
    case OpKind::kElementwise:
    case OpKind::kPortable:
      return Operand(graph, node, 0).shape;
  }
  return absl::InternalError("the operator has an unknown kind");
}

}  // namespace

absl::StatusOr<InferredType> InferType(const Graph& graph, const Node& node) {
  InferredType result;
  if (IsElementwise(node.op)) {
    DIAPASON_ASSIGN_OR_RETURN(result, InferElementwise(graph, node));
  } else if (KindOf(node.op) == OpKind::kPortable) {
    DIAPASON_ASSIGN_OR_RETURN(result, InferPortable(graph, node));
  } else {
    for (ValueId input : node.inputs) {
      if (input != kNone)
        DIAPASON_RETURN_IF_ERROR(CheckElementType(TraitsOf(node.op), graph.value(input).type));
    }
    DIAPASON_ASSIGN_OR_RETURN(result.shape, InferShape(graph, node));
    result.type = graph.value(node.inputs[0]).type;
  }
  DIAPASON_RETURN_IF_ERROR(CheckShape(result.shape));
  return result;
}

absl::StatusOr<Shape> BroadcastShapes(absl::Span<const int64_t> a, absl::Span<const int64_t> b) {
  Shape shape(std::max(a.size(), b.size()));
  for (size_t i = 0; i < shape.size(); ++i) {  // from the last dimension on
    const int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1, y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1)
      return Misfit("shapes ", ShapeText(a), " and ", ShapeText(b), " do not broadcast together");
    shape[shape.size() - 1 - i] = x == 1 ? y : x;
  }
  DIAPASON_RETURN_IF_ERROR(CheckShape(shape));
  return shape;
}

absl::Status CheckShape(absl::Span<const int64_t> shape) {
  constexpr size_t kMaxRank = 12;
  if (shape.size() > kMaxRank)
    return Misfit("a tensor has ", shape.size(), " dimensions; at most ", kMaxRank, " are supported");
  int64_t elements = 1;
  for (int64_t extent : shape) {
    if (extent < 0) return Misfit("a dimension has the negative extent ", extent);
    if (extent > 0 && elements > kMaxElements / extent)
      return Misfit("a tensor of shape ", ShapeText(shape), " has too many elements");
    elements *= std::max<int64_t>(extent, 1);
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> IndexFromStart(int64_t index, absl::Span<const int64_t> shape, int64_t axis) {
  const int64_t from_start = index < 0 ? index + shape[axis] : index;
  if (from_start < 0 || from_start >= shape[axis])
    return Misfit("index ", index, " is outside of dimension ", axis, " of a tensor of shape ",
                  ShapeText(shape));
  return from_start;
}

absl::Status CheckWindow(std::initializer_list<absl::Span<const int64_t>> sizes,
                         std::initializer_list<absl::Span<const int64_t>> pads) {
  constexpr int64_t kMost = int64_t{1} << 30;
  const auto within = [](const auto& lists, int64_t least) {
    for (absl::Span<const int64_t> numbers : lists) {
      for (int64_t number : numbers) {
        if (number < least || number > kMost) return false;
      }
    }
    return true;
  };
  if (!within(sizes, 1) || !within(pads, 0))
    return Misfit("a kernel size, stride, dilation or padding is out of range");
  return absl::OkStatus();
}

}  // namespace diapason::compiler::graph
