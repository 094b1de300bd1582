#include "compiler/graph/portable.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/runtime/portable/portable_kernels.h"
#include "proto/base/status_macros.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::graph {
namespace {

constexpr int64_t kCandidateBytes = sizeof(diapason_candidate);

// Returns InvalidArgument with this message unless `fits`.
template <typename... Args>
absl::Status Check(bool fits, const Args&... message) {
  return fits ? absl::OkStatus() : absl::InvalidArgumentError(absl::StrCat(message...));
}

// A node that a portable kernel computes, as the rows of the table below see it.
struct Call {
  const Graph& graph;
  const Node& node;

  const Value& Operand(size_t i) const { return graph.value(node.inputs[i]); }
  const Shape& ShapeOf(size_t i) const { return Operand(i).shape; }
  int64_t Rank(size_t i) const { return static_cast<int64_t>(ShapeOf(i).size()); }

  absl::Status CheckAxis() const {
    const int64_t axis = node.Int("axis");
    return Check(axis >= 0 && axis < Rank(0), "axis ", axis, " does not exist in a tensor of ", Rank(0),
                 " dimensions");
  }
  absl::Status CheckType(size_t i, std::initializer_list<v1::ElementType> types) const {
    return Check(std::count(types.begin(), types.end(), Operand(i).type) > 0, "operand ", i,
                 " cannot be of type ", ElementTypeName(Operand(i).type));
  }
  absl::Status CheckIndices(size_t i) const {
    return CheckType(i, {v1::ELEMENT_TYPE_I32, v1::ELEMENT_TYPE_I64});
  }
};

// The memory that a call of a kernel needs, and its units of work.
struct Needs {
  int64_t units = 1, workspace_bytes = 0, scratch_bytes = 0;
};

// What the compiler knows about a portable kernel.
struct Row {
  Op op;
  const char* symbol;
  diapason_body_fn body;
  absl::StatusOr<InferredType> (*infer)(const Call& call);
  Needs (*needs)(const Call& call);
  std::vector<int64_t> (*integers)(const Node& node);
};

absl::StatusOr<InferredType> InferTopK(const Call& call) {
  DIAPASON_RETURN_IF_ERROR(call.CheckAxis());
  const int64_t axis = call.node.Int("axis"), k = call.node.Int("k");
  Shape shape = call.ShapeOf(0);
  DIAPASON_RETURN_IF_ERROR(
      Check(k >= 0 && k <= shape[axis], "the ", k, " largest of ", shape[axis], " elements do not exist"));
  shape[axis] = k;
  return InferredType{v1::ELEMENT_TYPE_I64, std::move(shape)};
}

Needs NeedsOfTopK(const Call& call) {
  Shape rows = call.ShapeOf(0);
  rows[call.node.Int("axis")] = 1;
  return {NumElements(rows), 0, call.node.Int("k") * kCandidateBytes};
}

absl::Status CheckUpdates(const Call& call, absl::Span<const int64_t> shape) {
  DIAPASON_RETURN_IF_ERROR(call.CheckIndices(1));
  DIAPASON_RETURN_IF_ERROR(
      Check(call.Operand(0).type == call.Operand(2).type, "the updates have another type than the data"));
  return Check(absl::MakeSpan(call.ShapeOf(2)) == shape, "updates of shape ", ShapeText(call.ShapeOf(2)),
               " do not fit the indices");
}

absl::StatusOr<InferredType> InferScatterElements(const Call& call) {
  DIAPASON_RETURN_IF_ERROR(call.CheckAxis());
  const Shape &data = call.ShapeOf(0), &indices = call.ShapeOf(1);
  DIAPASON_RETURN_IF_ERROR(CheckUpdates(call, indices));
  bool fits = data.size() == indices.size();
  for (size_t d = 0; fits && d < data.size(); ++d)
    fits = indices[d] <= data[d] || static_cast<int64_t>(d) == call.node.Int("axis");
  DIAPASON_RETURN_IF_ERROR(
      Check(fits, "indices of shape ", ShapeText(indices), " do not fit data of shape ", ShapeText(data)));
  return InferredType{call.Operand(0).type, data};
}

absl::StatusOr<InferredType> InferScatterND(const Call& call) {
  const Shape &data = call.ShapeOf(0), &indices = call.ShapeOf(1);
  DIAPASON_RETURN_IF_ERROR(Check(!indices.empty() && indices.back() >= 1 && indices.back() <= call.Rank(0),
                                 "indices of shape ", ShapeText(indices), " do not fit a tensor of shape ",
                                 ShapeText(data)));
  Shape updates(indices.begin(), indices.end() - 1);
  updates.insert(updates.end(), data.begin() + indices.back(), data.end());
  DIAPASON_RETURN_IF_ERROR(CheckUpdates(call, updates));
  return InferredType{call.Operand(0).type, data};
}

absl::StatusOr<InferredType> InferJoin(const Call& call) {
  DIAPASON_RETURN_IF_ERROR(call.CheckAxis());
  const size_t axis = static_cast<size_t>(call.node.Int("axis"));
  Shape a = call.ShapeOf(0), b = call.ShapeOf(1), joined = a;
  bool fits = a.size() == b.size() && call.Operand(0).type == call.Operand(1).type;
  if (fits) {
    joined[axis] += b[axis];
    a[axis] = b[axis] = 0;
    fits = a == b;
  }
  DIAPASON_RETURN_IF_ERROR(Check(fits, "parts of shapes ", ShapeText(call.ShapeOf(0)), " and ",
                                 ShapeText(call.ShapeOf(1)), " cannot be joined along axis ", axis));
  DIAPASON_RETURN_IF_ERROR(call.CheckType(2, {v1::ELEMENT_TYPE_I64}));
  DIAPASON_RETURN_IF_ERROR(Check(NumElements(call.ShapeOf(2)) == 1, "the size is not one number"));
  return InferredType{call.Operand(0).type, std::move(joined)};
}

Needs NeedsOfJoin(const Call& call) {
  return {NumElements(absl::MakeSpan(call.ShapeOf(0)).subspan(0, static_cast<size_t>(call.node.Int("axis")))),
          0, 0};
}

absl::StatusOr<InferredType> InferNonZero(const Call& call) {
  return InferredType{v1::ELEMENT_TYPE_I64, {1 + call.Rank(0) * NumElements(call.ShapeOf(0))}};
}

absl::StatusOr<InferredType> InferNonMaxSuppression(const Call& call) {
  const Shape &boxes = call.ShapeOf(0), &scores = call.ShapeOf(1);
  DIAPASON_RETURN_IF_ERROR(Check(boxes.size() == 3 && boxes[2] == 4 && scores.size() == 3 &&
                                     scores[0] == boxes[0] && scores[2] == boxes[1],
                                 "boxes of shape ", ShapeText(boxes), " and scores of shape ",
                                 ShapeText(scores), " do not fit together"));
  DIAPASON_RETURN_IF_ERROR(call.CheckType(2, {v1::ELEMENT_TYPE_I64}));
  for (const size_t i : {0, 1, 3, 4}) DIAPASON_RETURN_IF_ERROR(call.CheckType(i, {v1::ELEMENT_TYPE_F32}));
  for (const size_t i : {2, 3, 4})
    DIAPASON_RETURN_IF_ERROR(Check(NumElements(call.ShapeOf(i)) == 1, "operand ", i, " is not one number"));
  const int64_t most = std::clamp<int64_t>(call.node.Int("most"), 0, boxes[1]);
  return InferredType{v1::ELEMENT_TYPE_I64, {1 + 3 * scores[0] * scores[1] * most}};
}

Needs NeedsOfNonMaxSuppression(const Call& call) { return {1, call.ShapeOf(0)[1] * kCandidateBytes, 0}; }

absl::StatusOr<InferredType> InferRoiAlign(const Call& call) {
  const Shape &images = call.ShapeOf(0), &rois = call.ShapeOf(1), &batches = call.ShapeOf(2);
  DIAPASON_RETURN_IF_ERROR(
      Check(images.size() == 4 && rois.size() == 2 && rois[1] == 4 && batches == Shape{rois[0]},
            "regions of shape ", ShapeText(rois), " of batches of shape ", ShapeText(batches),
            " do not fit images of shape ", ShapeText(images)));
  for (const size_t i : {0, 1}) DIAPASON_RETURN_IF_ERROR(call.CheckType(i, {v1::ELEMENT_TYPE_F32}));
  DIAPASON_RETURN_IF_ERROR(call.CheckIndices(2));
  const int64_t height = call.node.Int("height"), width = call.node.Int("width");
  DIAPASON_RETURN_IF_ERROR(
      Check(height > 0 && width > 0 && call.node.Int("samples") >= 0 && NumElements(images) > 0,
            "the sizes of the result and the number of samples are not valid"));
  return InferredType{v1::ELEMENT_TYPE_F32, {rois[0], images[1], height, width}};
}

absl::StatusOr<InferredType> InferUnique(const Call& call) {
  DIAPASON_RETURN_IF_ERROR(call.CheckAxis());
  return InferredType{v1::ELEMENT_TYPE_I64, {1 + 3 * call.ShapeOf(0)[call.node.Int("axis")]}};
}

Needs NeedsOfUnique(const Call& call) {
  return {1, 2 * call.ShapeOf(0)[call.node.Int("axis")] * static_cast<int64_t>(sizeof(int64_t)), 0};
}

using Integers = std::vector<int64_t>;

const Row kRows[] = {
    {Op::kTopK, "diapason_top_k", diapason_top_k, InferTopK, NeedsOfTopK,
     [](const Node& n) { return Integers{n.Int("axis"), n.Int("largest")}; }},
    {Op::kScatterElements, "diapason_scatter_elements", diapason_scatter_elements, InferScatterElements,
     [](const Call&) { return Needs(); },
     [](const Node& n) { return Integers{n.Int("axis"), n.Int("combine")}; }},
    {Op::kScatterND, "diapason_scatter_nd", diapason_scatter_nd, InferScatterND,
     [](const Call&) { return Needs(); }, [](const Node& n) { return Integers{n.Int("combine")}; }},
    {Op::kJoin, "diapason_join", diapason_join, InferJoin, NeedsOfJoin,
     [](const Node& n) { return Integers{n.Int("axis")}; }},
    {Op::kNonZero, "diapason_non_zero", diapason_non_zero, InferNonZero, [](const Call&) { return Needs(); },
     [](const Node&) { return Integers(); }},
    {Op::kNonMaxSuppression, "diapason_non_max_suppression", diapason_non_max_suppression,
     InferNonMaxSuppression, NeedsOfNonMaxSuppression,
     [](const Node& n) { return Integers{n.Int("by_centre"), n.Int("has_threshold")}; }},
    {Op::kRoiAlign, "diapason_roi_align", diapason_roi_align, InferRoiAlign,
     [](const Call& call) { return Needs{call.ShapeOf(1)[0], 0, 0}; },
     [](const Node& n) { return Integers{n.Int("max"), n.Int("samples"), n.Int("half_pixel")}; }},
    {Op::kUnique, "diapason_unique", diapason_unique, InferUnique, NeedsOfUnique,
     [](const Node& n) { return Integers{n.Int("axis"), n.Int("sorted")}; }},
};

const Row& RowOf(Op op) {
  return *std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& row) { return row.op == op; });
}

bool IsKnownType(v1::ElementType type) {
  return type == v1::ELEMENT_TYPE_F32 || type == v1::ELEMENT_TYPE_I32 || type == v1::ELEMENT_TYPE_I64 ||
         type == v1::ELEMENT_TYPE_BOOL;
}

diapason_portable_tensor Describe(v1::ElementType type, const Shape& shape) {
  diapason_portable_tensor tensor{};
  tensor.type = type == v1::ELEMENT_TYPE_F32    ? DIAPASON_PORTABLE_F32
                : type == v1::ELEMENT_TYPE_I32  ? DIAPASON_PORTABLE_I32
                : type == v1::ELEMENT_TYPE_BOOL ? DIAPASON_PORTABLE_BOOL
                                                : DIAPASON_PORTABLE_I64;
  tensor.rank = static_cast<int64_t>(shape.size());
  std::copy(shape.begin(), shape.end(), tensor.shape);
  return tensor;
}

}  // namespace

absl::StatusOr<InferredType> InferPortable(const Graph& graph, const Node& node) {
  const OpTraits& op = TraitsOf(node.op);
  DIAPASON_RETURN_IF_ERROR(Check(static_cast<int>(node.inputs.size()) == op.operands, "it has ",
                                 node.inputs.size(), " operands, but takes ", op.operands));
  for (const ValueId input : node.inputs) {
    DIAPASON_RETURN_IF_ERROR(Check(input != kNone, "an operand is missing"));
    const v1::ElementType type = graph.value(input).type;
    if (!IsKnownType(type))
      return absl::UnimplementedError(absl::StrCat("elements of type ", ElementTypeName(type)));
  }
  return RowOf(node.op).infer({graph, node});
}

PortableKernel PortableKernelOf(const Graph& graph, const Node& node) {
  const Row& row = RowOf(node.op);
  const Needs needs = row.needs({graph, node});
  std::string summary(OpName(node.op));
  for (const ValueId input : node.inputs) absl::StrAppend(&summary, " ", ShapeText(graph.value(input).shape));
  return {row.symbol, std::move(summary), needs.units, needs.workspace_bytes, needs.scratch_bytes};
}

diapason_body_fn PortableFunction(absl::string_view symbol) {
  return std::find_if(std::begin(kRows), std::end(kRows),
                      [&](const Row& row) { return row.symbol == symbol; })
      ->body;
}

std::string PortableCallBytes(const Graph& graph, const Node& node, const InferredType& result) {
  diapason_portable_call call{};
  const Integers integers = RowOf(node.op).integers(node);
  std::copy(integers.begin(), integers.end(), call.integers);
  if (node.attributes.count("scale") > 0) call.number = node.Float("scale");
  diapason_portable_tensor* next = call.tensors;
  for (const ValueId input : node.inputs)
    *next++ = Describe(graph.value(input).type, graph.value(input).shape);
  *next = Describe(result.type, result.shape);
  return std::string(reinterpret_cast<const char*>(&call), sizeof call);
}

std::string EvaluatePortable(const Graph& graph, const Node& node, const InferredType& result) {
  // Numbers of 64 bits, so that the memory is aligned for every element.
  const auto words = [](int64_t bytes) { return std::vector<int64_t>(static_cast<size_t>(bytes / 8 + 1)); };
  const int64_t bytes = NumElements(result.shape) * ElementBytes(result.type);
  std::vector<std::vector<int64_t>> memory;
  std::vector<void*> arguments;
  const auto add = [&](int64_t size) {
    memory.push_back(words(size));
    arguments.push_back(memory.back().data());
  };
  const std::string call = PortableCallBytes(graph, node, result);
  add(static_cast<int64_t>(call.size()));
  std::memcpy(arguments.back(), call.data(), call.size());
  for (const ValueId input : node.inputs) {
    const absl::string_view operand = graph.value(input).bytes;
    add(static_cast<int64_t>(operand.size()));
    std::copy(operand.begin(), operand.end(), static_cast<char*>(arguments.back()));
  }
  add(bytes);
  const Row& row = RowOf(node.op);
  const Needs needs = row.needs({graph, node});
  std::vector<int64_t> workspace = words(needs.workspace_bytes), scratch = words(needs.scratch_bytes);
  row.body(arguments.data(), workspace.data(), scratch.data(), 0, needs.units);
  return std::string(static_cast<const char*>(arguments.back()), static_cast<size_t>(bytes));
}

}  // namespace diapason::compiler::graph
