#include "compiler/importer/element_indices.h"

#include "absl/strings/str_cat.h"
#include "compiler/graph/infer_shape.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {

absl::StatusOr<int64_t> AxisOfElementIndices(const NodeConverter& node) {
  const graph::Shape &in = node.InShape(0), &shape = node.InShape(1);
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, NodeConverter::Axis(node.Int("axis", 0), in.size()));
  if (shape.size() != in.size())
    return absl::InvalidArgumentError("the indices and the data have different ranks");
  for (size_t d = 0; d < in.size(); ++d) {
    if (static_cast<int64_t>(d) != axis && shape[d] > in[d])
      return absl::InvalidArgumentError(absl::StrCat("indices of shape ", graph::ShapeText(shape),
                                                     " do not fit data of shape ", graph::ShapeText(in)));
  }
  return axis;
}

absl::Status CheckJoinedIndices(const NodeConverter& node) {
  const graph::Shape &in = node.InShape(0), &shape = node.InShape(1);
  if (shape.empty() || shape.back() < 1 || shape.back() > static_cast<int64_t>(in.size()))
    return absl::InvalidArgumentError(absl::StrCat("indices of shape ", graph::ShapeText(shape),
                                                   " do not fit a tensor of shape ", graph::ShapeText(in)));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> JoinedIndices(const NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> indices, node.ConstantInts(1));
  DIAPASON_RETURN_IF_ERROR(CheckJoinedIndices(node));
  const graph::Shape &in = node.InShape(0), &shape = node.InShape(1);
  const size_t named = static_cast<size_t>(shape.back());
  std::vector<int64_t> joined;
  for (size_t i = 0; i < indices.size(); i += named) {
    int64_t index = 0;
    for (size_t d = 0; d < named; ++d) {
      DIAPASON_ASSIGN_OR_RETURN(const int64_t at,
                                graph::IndexFromStart(indices[i + d], in, static_cast<int64_t>(d)));
      index = index * in[d] + at;
    }
    joined.push_back(index);
  }
  return joined;
}

graph::ValueId NearestIndices(Expression& e, graph::ValueId indices, int64_t extent) {
  graph::ValueId index = e.FromStart(e.ToInt64(indices), extent);
  index = e(graph::Op::kMax, {index, e.Number(index, 0)});
  return e(graph::Op::kMin, {index, e.Number(index, static_cast<double>(extent - 1))});
}

}  // namespace diapason::compiler::importer
