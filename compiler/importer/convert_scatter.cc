// Converts scatters. If the indices are known, it is known for each element of the result whether it comes
// from the data or from the updates. So such a scatter is a Gather from both of them. All others become a
// portable kernel (compiler/graph/portable.h).
#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/graph/infer_shape.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/element_indices.h"
#include "compiler/importer/expression.h"
#include "compiler/runtime/portable/portable_kernels.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::ValueId;

// Returns the strides of a dense tensor.
std::vector<int64_t> Strides(const graph::Shape& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * shape[d];
  return strides;
}

// Returns how an element is combined with an update, as in portable_kernels.h.
absl::StatusOr<int64_t> CombinationOf(const NodeConverter& node) {
  constexpr std::pair<absl::string_view, int64_t> kKnown[] = {{"none", DIAPASON_SCATTER_NONE},
                                                              {"add", DIAPASON_SCATTER_ADD},
                                                              {"mul", DIAPASON_SCATTER_MUL},
                                                              {"min", DIAPASON_SCATTER_MIN},
                                                              {"max", DIAPASON_SCATTER_MAX}};
  const std::string reduction = node.String("reduction", "none");
  for (const auto& [name, combination] : kKnown) {
    if (reduction == name) return combination;
  }
  return absl::InvalidArgumentError(absl::StrCat("reduction '", reduction, "' does not exist"));
}

// Returns the data with element `places[i]` replaced by element i of the updates. Of several updates of one
// place, the last one counts.
absl::StatusOr<ValueIds> Replace(NodeConverter& node, const std::vector<int64_t>& places) {
  const graph::Shape shape = node.InShape(0);
  const int64_t count = graph::NumElements(shape), updates = static_cast<int64_t>(places.size());
  Expression e(node);
  if (graph::NumElements(node.InShape(2)) != updates)
    return absl::InvalidArgumentError(
        absl::StrCat("updates of shape ", graph::ShapeText(node.InShape(2)), " do not fit the indices"));
  if (updates == 0) return ValueIds{node.In(0)};
  std::vector<int64_t> sources(static_cast<size_t>(count));
  std::iota(sources.begin(), sources.end(), 0);
  for (int64_t i = 0; i < updates; ++i) sources[static_cast<size_t>(places[i])] = count + i;
  const ValueId all = e.Concat({e.Reshape(node.In(0), {count}), e.Reshape(node.In(2), {updates})}, 0);
  return e.Result(e(graph::Op::kGather, {all, node.Integers(sources, shape)}, {{"axis", int64_t{0}}}));
}

// Returns the axis of a ScatterElements, counted from the start.
int64_t AxisOf(const NodeConverter& node) {
  const int64_t axis = node.Int("axis", 0);
  return axis < 0 ? axis + static_cast<int64_t>(node.InShape(0).size()) : axis;
}

// Returns `size` for indices into the dimension of the data whose size is known only when the model runs, and
// 0 for those into other dimensions, as a tensor that broadcasts to the indices.
ValueId SizeWhereNamed(NodeConverter& node, Expression& e, const RunTimeSize& size) {
  if (node.proto().op_type() != "ScatterND")
    return size.dim == AxisOf(node) ? size.size : e.Number(size.size, 0);
  const int64_t named = node.InShape(1).back();
  const ValueId is_it = e(graph::Op::kEqual, {e.Positions(1, 0, named), node.Integers({size.dim}, {})});
  return e(graph::Op::kWhere, {is_it, size.size, e.Number(size.size, 0)});
}

// The indices and updates of a scatter some of whose operands have a size that is known only when the model
// runs. Indices of updates that do not exist are those of no element, so that the kernel leaves them out.
struct OpenUpdates {
  ValueId indices, updates;
};

absl::StatusOr<OpenUpdates> FindOpenUpdates(NodeConverter& node) {
  const RunTimeSize *data = node.SizeOf(0), *indices = node.SizeOf(1), *updates = node.SizeOf(2);
  const bool is_nd = node.proto().op_type() == "ScatterND";
  const bool alike = indices == nullptr || updates == nullptr ? indices == updates : *indices == *updates;
  const bool at_axis = data == nullptr || is_nd || data->dim == AxisOf(node);
  if (!alike || (!at_axis && (indices == nullptr || *indices != *data)) ||
      (is_nd && data != nullptr && data->dim >= node.InShape(1).back()))
    return absl::UnimplementedError(
        "data, indices or updates whose sizes are known only when the model runs, and differ");
  Expression e(node);
  OpenUpdates open = {node.In(1), node.In(2)};
  if (data != nullptr) {
    const ValueId wide = e.ToInt64(open.indices);
    const ValueId from_end = e(graph::Op::kAdd, {wide, SizeWhereNamed(node, e, *data)});
    open.indices = e(graph::Op::kWhere, {e(graph::Op::kLess, {wide, e.Number(wide, 0)}), from_end, wide});
  }
  if (indices != nullptr) {
    const int64_t dim = indices->dim;
    const int64_t most = std::min(node.InShape(1)[dim], node.InShape(2)[dim]);
    const ValueId exists =
        e(graph::Op::kLess, {e.Positions(node.InShape(1).size(), dim, node.InShape(1)[dim]), indices->size});
    const ValueId nowhere = e.Number(open.indices, static_cast<double>(int64_t{1} << 30));
    open.indices = e.Part(e(graph::Op::kWhere, {exists, open.indices, nowhere}), dim, 0, most);
    open.updates = e.Part(open.updates, dim, 0, most);
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
  return open;
}

bool HasOpenSize(const NodeConverter& node) {
  return node.SizeOf(0) != nullptr || node.SizeOf(1) != nullptr || node.SizeOf(2) != nullptr;
}

// Adds the portable kernel.
absl::StatusOr<ValueIds> Scatter(NodeConverter& node, graph::Op op, graph::Attributes attributes) {
  OpenUpdates given = {node.In(1), node.In(2)};
  if (HasOpenSize(node)) {
    DIAPASON_ASSIGN_OR_RETURN(given, FindOpenUpdates(node));
  }
  DIAPASON_ASSIGN_OR_RETURN(const ValueId result,
                            node.Add(op, {node.In(0), given.indices, given.updates}, std::move(attributes)));
  if (node.SizeOf(0) != nullptr) node.SetSize(result, *node.SizeOf(0));
  return ValueIds{result};
}

}  // namespace

absl::StatusOr<ValueIds> ConvertScatterElements(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const int64_t combination, CombinationOf(node));
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, AxisOfElementIndices(node));
  if (graph::NumElements(node.InShape(1)) == 0) return ValueIds{node.In(0)};
  const auto portable = [&] {
    return Scatter(node, graph::Op::kScatterElements, {{"axis", axis}, {"combine", combination}});
  };
  if (!node.InValue(1).is_constant || HasOpenSize(node)) return portable();
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> indices, node.ConstantInts(1));
  const graph::Shape in = node.InShape(0), shape = node.InShape(1);
  const std::vector<int64_t> strides = Strides(in), index_strides = Strides(shape);
  std::vector<int64_t> places;
  for (int64_t i = 0; i < static_cast<int64_t>(indices.size()); ++i) {
    int64_t place = 0;
    for (size_t d = 0; d < in.size(); ++d) {
      int64_t position = i / index_strides[d] % shape[d];
      if (static_cast<int64_t>(d) == axis) {
        DIAPASON_ASSIGN_OR_RETURN(position, graph::IndexFromStart(indices[i], in, axis));
      }
      place += position * strides[d];
    }
    places.push_back(place);
  }
  return combination == DIAPASON_SCATTER_NONE ? Replace(node, places) : portable();
}

absl::StatusOr<ValueIds> ConvertScatterND(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const int64_t combination, CombinationOf(node));
  if (graph::NumElements(node.InShape(1)) == 0) return ValueIds{node.In(0)};
  const auto portable = [&] { return Scatter(node, graph::Op::kScatterND, {{"combine", combination}}); };
  if (!node.InValue(1).is_constant || HasOpenSize(node)) return portable();
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> indices, JoinedIndices(node));
  if (combination != DIAPASON_SCATTER_NONE) return portable();
  const size_t named = static_cast<size_t>(node.InShape(1).back());
  const int64_t slice = graph::NumElements(absl::MakeSpan(node.InShape(0)).subspan(named));
  std::vector<int64_t> places;
  for (const int64_t index : indices) {
    for (int64_t k = 0; k < slice; ++k) places.push_back(index * slice + k);
  }
  return Replace(node, places);
}

}  // namespace diapason::compiler::importer
