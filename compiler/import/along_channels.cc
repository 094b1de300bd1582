#include "compiler/import/along_channels.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler {

absl::StatusOr<ValueId> AlongChannels(NodeConverter& node, ValueId vector, ValueId like) {
  const Shape& along = node.graph.value(like).shape;
  if (node.graph.value(vector).shape != Shape{along[1]})
    return absl::InvalidArgumentError(absl::StrCat(
        "a vector of shape ", ShapeText(node.graph.value(vector).shape), " for ", along[1], " channels"));
  Shape shape(along.size() - 1, 1);
  shape[0] = along[1];
  return node.Reshape(vector, std::move(shape));
}

absl::StatusOr<ValueIds> ScaleAndShift(NodeConverter& node, ValueId value, ValueId scale, ValueId shift) {
  if (scale != kNone) {
    DIAPASON_ASSIGN_OR_RETURN(scale, AlongChannels(node, scale, value));
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add(Op::kMul, {value, scale}));
  }
  if (shift != kNone) {
    DIAPASON_ASSIGN_OR_RETURN(shift, AlongChannels(node, shift, value));
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add(Op::kAdd, {value, shift}));
  }
  return ValueIds{value};
}

}  // namespace diapason::compiler
