#include "compiler/importer/run_time_sizes.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "compiler/importer/node_converter.h"
#include "compiler/importer/node_order.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Shape;
using graph::ValueId;
using Carried = absl::StatusOr<std::optional<RunTimeSize>>;

absl::Status Refuse(absl::string_view what) {
  return absl::UnimplementedError(absl::StrCat(what, ", whose size is known only when the model runs"));
}

int64_t Rank(const Shape& shape) { return static_cast<int64_t>(shape.size()); }

// The elements keep their row-major order. Several dimensions may become one, or one several.
Carried InRowMajorOrder(NodeConverter& node, const RunTimeSize& in, ValueId output) {
  const Shape &from = node.InShape(0), &to = node.graph.value(output).shape;
  const auto behind = [](const Shape& shape, int64_t dim) {
    return graph::NumElements(absl::MakeSpan(shape).subspan(static_cast<size_t>(dim)));
  };
  const int64_t entry = behind(from, in.dim + 1);
  for (int64_t d = 0; d < Rank(to); ++d) {
    if (behind(to, d) != behind(from, in.dim) || to[d] == 1) continue;
    const int64_t new_entry = behind(to, d + 1);
    if (new_entry == entry) return RunTimeSize{d, in.size};
    if (entry % new_entry != 0) break;
    DIAPASON_ASSIGN_OR_RETURN(
        const ValueId size,
        node.Add(graph::Op::kMul, {in.size, node.Number(in.size, static_cast<double>(entry / new_entry))}));
    return RunTimeSize{d, size};
  }
  // Dimensions of size 1 lie side by side, so any of them serves.
  if (from[in.dim] == 1) {
    for (int64_t d = 0; d < Rank(to); ++d) {
      if (to[d] == 1 && behind(to, d + 1) == entry) return RunTimeSize{d, in.size};
    }
  }
  return Refuse("a reshape that divides a dimension");
}

// Elementwise operators with broadcasting.
Carried Broadcast(NodeConverter& node, ValueId output) {
  const int64_t rank = Rank(node.graph.value(output).shape);
  std::optional<RunTimeSize> result;
  for (size_t i = 0; i < node.num_inputs(); ++i) {
    const RunTimeSize* in = node.SizeOf(i);
    if (in == nullptr) continue;
    const RunTimeSize aligned = {in->dim + rank - Rank(node.InShape(i)), in->size};
    if (result && *result != aligned) return Refuse("operands that differ in a dimension");
    result = aligned;
  }
  for (size_t i = 0; i < node.num_inputs(); ++i) {
    if (!node.Has(i) || node.SizeOf(i) != nullptr) continue;
    const int64_t dim = result->dim - rank + Rank(node.InShape(i));
    if (dim >= 0 && node.InShape(i)[static_cast<size_t>(dim)] != 1)
      return Refuse("an operand of another size than one");
  }
  return result;
}

Carried Permuted(NodeConverter& node, const RunTimeSize& in, ValueId) {
  const int64_t rank = Rank(node.InShape(0));
  std::vector<int64_t> perm = node.Ints("perm").value_or(std::vector<int64_t>());
  for (int64_t d = rank; perm.empty() && d-- > 0;) perm.push_back(d);
  return RunTimeSize{std::find(perm.begin(), perm.end(), in.dim) - perm.begin(), in.size};
}

// Operators that compute on each row along an axis.
Carried AlongAxis(NodeConverter& node, const RunTimeSize& in, ValueId) {
  const int64_t absent = node.opset < 13 ? 1 : -1;
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                            NodeConverter::Axis(node.Int("axis", absent), node.InShape(0).size()));
  if (axis == in.dim || (node.opset < 13 && axis < in.dim)) return Refuse("rows along a dimension");
  return in;
}

Carried Gathered(NodeConverter& node, ValueId) {
  const RunTimeSize *data = node.SizeOf(0), *indices = node.SizeOf(1);
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                            NodeConverter::Axis(node.Int("axis", 0), node.InShape(0).size()));
  const bool along_axis = data != nullptr && data->dim == axis;
  if (indices != nullptr && (data == nullptr || along_axis))
    return RunTimeSize{axis + indices->dim, indices->size};
  if (indices != nullptr) return Refuse("indices, and another dimension of the data");
  if (along_axis) return std::nullopt;
  return RunTimeSize{data->dim < axis ? data->dim : data->dim + Rank(node.InShape(1)) - 1, data->size};
}

// The indices of a GatherElements may have such a dimension, its data may not.
Carried GatheredElements(NodeConverter& node) {
  if (node.SizeOf(0) != nullptr) return Refuse("a gather from a dimension");
  return *node.SizeOf(1);
}

// The dimensions that the indices of a GatherND name are not dimensions of the result.
Carried GatheredSlices(NodeConverter& node) {
  const RunTimeSize *data = node.SizeOf(0), *indices = node.SizeOf(1);
  const int64_t batch_dims = node.Int("batch_dims", 0), places = Rank(node.InShape(1)) - 1,
                named = batch_dims + node.InShape(1).back();
  if ((indices != nullptr && indices->dim == places) ||
      (data != nullptr && (data->dim < batch_dims || (data->dim >= named && indices != nullptr))) ||
      (batch_dims > 0 && indices != nullptr && indices->dim < batch_dims))
    return Refuse("a gather from a dimension");
  if (indices != nullptr) return *indices;
  if (data->dim < named) return std::nullopt;
  return RunTimeSize{data->dim - named + places, data->size};
}

Carried EntryByEntry(NodeConverter& node, const RunTimeSize& in) {
  if (in.dim != 0 || node.Int("transA", 0) != 0) return Refuse("a dimension other than the first one");
  for (size_t i = 2; i < node.num_inputs(); ++i) {  // the third operand of a Gemm may have rows, too
    if (node.Has(i) && node.InShape(i).size() == 2 && node.InShape(i)[0] != 1)
      return Refuse("an operand of another size than one");
  }
  return in;
}

// The regions of a RoiAlign, and the images that they belong to.
Carried Regions(NodeConverter& node) {
  const RunTimeSize *regions = node.SizeOf(1), *images = node.SizeOf(2);
  if (regions == nullptr || images == nullptr || *regions != *images || regions->dim != 0)
    return Refuse("regions and indices of images that differ in a dimension");
  return *regions;
}

Carried Multiplied(NodeConverter& node, ValueId output) {
  const RunTimeSize* a = node.SizeOf(0);
  const int64_t rank = Rank(node.graph.value(output).shape),
                rank_a = a == nullptr ? 0 : Rank(node.InShape(0));
  if (node.SizeOf(1) != nullptr || a->dim != rank_a - 2 || rank != rank_a)
    return Refuse("an operand whose rows are not the dimension");
  return *a;
}

// Operators whose converters note the sizes of their outputs themselves.
constexpr absl::string_view kOwn =
    "Compress Concat ConcatFromSequence Expand NonMaxSuppression NonZero Optional OptionalGetElement Pad "
    "OptionalHasElement ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin "
    "ReduceProd ReduceSum ReduceSumSquare Scatter ScatterElements ScatterND SequenceConstruct SequenceInsert "
    "Shape Size Slice Split TopK";
constexpr absl::string_view kElementwise =
    "Cast Celu Clip Dropout Elu Gelu HardSigmoid HardSwish Identity IsInf LeakyRelu Mish Mod PRelu Pow "
    "Reciprocal Relu Selu Shrink Sigmoid Sign Softplus Softsign ThresholdedRelu";
constexpr absl::string_view kRowMajor = "Flatten Reshape Squeeze Unsqueeze";
// Operators that compute each entry of the first dimension of operand 0 on its own.
constexpr absl::string_view kEntryByEntry =
    "AveragePool BatchNormalization Conv ConvTranspose Gemm GlobalAveragePool GlobalMaxPool "
    "InstanceNormalization MaxPool";

bool IsListed(absl::string_view list, absl::string_view name) {
  const std::vector<absl::string_view> names = absl::StrSplit(list, ' ');
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

absl::Status CheckRunTimeSizes(const NodeConverter& node) {
  const std::string& name = node.proto().op_type();
  for (size_t i = 0; i < node.num_inputs(); ++i) {
    if (node.SizeOf(i) == nullptr) continue;
    const bool takes = IsListed(kOwn, name) || IsListed(kElementwise, name) || node.IsElementwise() ||
                       (IsListed(kRowMajor, name) && i == 0) || (IsListed(kEntryByEntry, name) && i == 0) ||
                       (name == "RoiAlign" && i > 0) ||
                       IsListed("Gather GatherElements GatherND MatMul LogSoftmax Softmax Transpose", name);
    if (!takes)
      return Refuse(absl::StrCat("operand ", i, " ('", node.proto().input(static_cast<int>(i)), "')"));
  }
  return absl::OkStatus();
}

absl::Status CarryRunTimeSizes(NodeConverter& node, absl::Span<const ValueId> outputs) {
  bool any = false;
  for (size_t i = 0; i < node.num_inputs(); ++i) any |= node.SizeOf(i) != nullptr;
  const std::string& name = node.proto().op_type();
  if (!any || IsListed(kOwn, name)) return absl::OkStatus();
  for (const ValueId output : outputs) {
    Carried carried = std::nullopt;
    if (IsListed(kElementwise, name) || node.IsElementwise()) carried = Broadcast(node, output);
    if (IsListed(kRowMajor, name)) carried = InRowMajorOrder(node, *node.SizeOf(0), output);
    if (name == "Gather") carried = Gathered(node, output);
    if (name == "GatherElements") carried = GatheredElements(node);
    if (name == "GatherND") carried = GatheredSlices(node);
    if (IsListed(kEntryByEntry, name)) carried = EntryByEntry(node, *node.SizeOf(0));
    if (name == "RoiAlign") carried = Regions(node);
    if (name == "MatMul") carried = Multiplied(node, output);
    if (name == "Softmax" || name == "LogSoftmax") carried = AlongAxis(node, *node.SizeOf(0), output);
    if (name == "Transpose") carried = Permuted(node, *node.SizeOf(0), output);
    if (!carried.ok()) return carried.status();
    if (*carried) node.SetSize(output, **carried);
  }
  return absl::OkStatus();
}

void AddSizes(const RunTimeSizes& sizes, graph::Graph& graph) {
  std::map<graph::ValueId, size_t> known;
  const size_t outputs = graph.output_names.size();
  for (size_t i = 0; i < outputs; ++i) {
    const auto size = sizes.find(graph.outputs[i]);
    if (size == sizes.end()) continue;
    const auto [place, is_new] = known.emplace(size->second.size, graph.outputs.size());
    if (is_new) graph.outputs.push_back(size->second.size);
    graph.sizes.push_back({i, size->second.dim, place->second});
  }
}

}  // namespace diapason::compiler::importer
