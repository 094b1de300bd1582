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
  const graph::ValueId all = e.Concat({e.Reshape(node.In(0), {count}), e.Reshape(node.In(2), {updates})}, 0);
  return e.Result(e(graph::Op::kGather, {all, node.Integers(sources, shape)}, {{"axis", int64_t{0}}}));
}

}  // namespace

absl::StatusOr<ValueIds> ConvertScatterElements(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const int64_t combination, CombinationOf(node));
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, AxisOfElementIndices(node));
  if (graph::NumElements(node.InShape(1)) == 0) return ValueIds{node.In(0)};
  const auto portable = [&] {
    return One(node.Add(graph::Op::kScatterElements, {node.In(0), node.In(1), node.In(2)},
                        {{"axis", axis}, {"combine", combination}}));
  };
  if (!node.InValue(1).is_constant) return portable();
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
  const auto portable = [&] {
    return One(
        node.Add(graph::Op::kScatterND, {node.In(0), node.In(1), node.In(2)}, {{"combine", combination}}));
  };
  if (!node.InValue(1).is_constant) return portable();
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
