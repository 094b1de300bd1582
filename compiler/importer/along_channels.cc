#include "compiler/importer/along_channels.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {

absl::StatusOr<graph::ValueId> AlongChannels(NodeConverter& node, graph::ValueId vector,
                                             graph::ValueId like) {
  const graph::Shape& along = node.graph.value(like).shape;
  if (node.graph.value(vector).shape != graph::Shape{along[1]})
    return absl::InvalidArgumentError(absl::StrCat("a vector has shape ",
                                                   graph::ShapeText(node.graph.value(vector).shape),
                                                   ", but there are ", along[1], " channels"));
  graph::Shape shape(along.size() - 1, 1);
  shape[0] = along[1];
  return node.Reshape(vector, std::move(shape));
}

absl::StatusOr<ValueIds> ScaleAndShift(NodeConverter& node, graph::ValueId value, graph::ValueId scale,
                                       graph::ValueId shift) {
  if (scale != graph::kNone) {
    DIAPASON_ASSIGN_OR_RETURN(scale, AlongChannels(node, scale, value));
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add(graph::Op::kMul, {value, scale}));
  }
  if (shift != graph::kNone) {
    DIAPASON_ASSIGN_OR_RETURN(shift, AlongChannels(node, shift, value));
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add(graph::Op::kAdd, {value, shift}));
  }
  return ValueIds{value};
}

}  // namespace diapason::compiler::importer
