#include "compiler/importer/element_indices.h"

#include <algorithm>

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

absl::StatusOr<size_t> NamedDims(const NodeConverter& node) {
  const graph::Shape &in = node.InShape(0), &shape = node.InShape(1);
  const int64_t batch_dims = node.Int("batch_dims", 0),
                ranks = static_cast<int64_t>(std::min(in.size(), shape.size()));
  bool fits = batch_dims >= 0 && batch_dims < ranks && shape.back() >= 1 &&
              shape.back() <= static_cast<int64_t>(in.size()) - batch_dims;
  for (size_t d = 0; fits && d < static_cast<size_t>(batch_dims); ++d) fits = shape[d] == in[d];
  if (!fits)
    return absl::InvalidArgumentError(absl::StrCat("indices of shape ", graph::ShapeText(shape),
                                                   " do not fit a tensor of shape ", graph::ShapeText(in)));
  return static_cast<size_t>(batch_dims + shape.back());
}

absl::StatusOr<std::vector<int64_t>> JoinedIndices(const NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> indices, node.ConstantInts(1));
  DIAPASON_ASSIGN_OR_RETURN(const size_t named, NamedDims(node));
  const graph::Shape &in = node.InShape(0), &shape = node.InShape(1);
  const size_t batch_dims = named - static_cast<size_t>(shape.back());
  int64_t batches = 1;
  for (size_t d = 0; d < batch_dims; ++d) batches *= in[d];
  const int64_t count = graph::NumElements(shape) / shape.back();
  std::vector<int64_t> joined;
  for (int64_t i = 0; i < count; ++i) {
    int64_t index = i / (count / batches);  // the number of the batch
    for (size_t d = batch_dims; d < named; ++d) {
      const size_t place = static_cast<size_t>(i * shape.back()) + d - batch_dims;
      DIAPASON_ASSIGN_OR_RETURN(const int64_t at,
                                graph::IndexFromStart(indices[place], in, static_cast<int64_t>(d)));
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
