// Converts Concat. Parts whose size is known only when the model runs are joined one after another.
#include "absl/strings/str_cat.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

// Joins parts, some of which have a run-time size along the axis.
absl::StatusOr<graph::ValueId> JoinOpenParts(NodeConverter& node, const ValueIds& parts, int64_t axis) {
  Expression e(node);
  graph::ValueId joined = graph::kNone;
  graph::ValueId open = graph::kNone;  // the size of what is joined, or kNone if it is known
  for (const graph::ValueId part : parts) {
    if (graph::NumElements(node.graph.value(part).shape) == 0) continue;
    const RunTimeSize* size = node.SizeOfValue(part);
    const int64_t extent = e.ShapeOf(part)[axis];
    graph::ValueId more = size != nullptr ? size->size : node.Integers({extent}, {});
    if (joined == graph::kNone) {
      joined = part;
      if (size != nullptr) open = more;
      continue;
    }
    const graph::ValueId before = open != graph::kNone ? open : node.Integers({e.ShapeOf(joined)[axis]}, {});
    joined = open == graph::kNone ? e.Concat({joined, part}, axis)
                                  : e(graph::Op::kJoin, {joined, part, open}, {{"axis", axis}});
    if (open != graph::kNone || size != nullptr) open = e(graph::Op::kAdd, {before, more});
    DIAPASON_RETURN_IF_ERROR(e.status());
  }
  return node.WithSize(joined, axis, open);
}

}  // namespace

absl::StatusOr<graph::ValueId> JoinParts(NodeConverter& node, const ValueIds& parts, int64_t axis) {
  if (parts.size() == 1) return parts[0];
  const RunTimeSize* first = nullptr;
  bool along_axis = true, is_common = true;
  for (const graph::ValueId part : parts) {
    const RunTimeSize* size = node.SizeOfValue(part);
    if (size != nullptr && first == nullptr) first = size;
    along_axis &= size == nullptr || size->dim == axis;
    is_common &= size != nullptr && size->dim != axis && *size == *first;
  }
  if (first != nullptr && along_axis) return JoinOpenParts(node, parts, axis);
  if (first != nullptr && !is_common)
    return absl::UnimplementedError(
        "parts that differ in a dimension whose size is known only when the model runs");
  DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId joined,
                            node.Add(graph::Op::kConcat, parts, {{"axis", axis}}));
  if (first != nullptr) node.SetSize(joined, *first);
  return joined;
}

absl::StatusOr<ValueIds> ConvertConcat(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                            NodeConverter::Axis(node.Int("axis", 1), node.InShape(0).size()));
  ValueIds parts;
  for (size_t i = 0; i < node.num_inputs(); ++i) {
    if (!node.Has(i)) return absl::InvalidArgumentError(absl::StrCat("operand ", i, " is missing"));
    parts.push_back(node.In(i));
  }
  return One(JoinParts(node, parts, axis));
}

}  // namespace diapason::compiler::importer
