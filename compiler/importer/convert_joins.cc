// Converts operators that join tensors.
#include "absl/strings/str_cat.h"
#include "compiler/importer/converters.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {

absl::StatusOr<ValueIds> ConvertConcat(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                            NodeConverter::Axis(node.Int("axis", 1), node.InShape(0).size()));
  ValueIds parts;
  for (size_t i = 0; i < node.num_inputs(); ++i) {
    if (!node.Has(i)) return absl::InvalidArgumentError(absl::StrCat("operand ", i, " is missing"));
    parts.push_back(node.In(i));
  }
  if (parts.size() == 1) return parts;
  return One(node.Add(graph::Op::kConcat, parts, {{"axis", axis}}));
}

// Constant padding becomes a Concat with constants on each side.
absl::StatusOr<ValueIds> ConvertPad(NodeConverter& node) {
  if (node.String("mode", "constant") != "constant")
    return absl::UnimplementedError(absl::StrCat("mode '", node.String("mode", ""), "'"));
  DIAPASON_ASSIGN_OR_RETURN(const auto pads,
                            node.AttributeOrOperand(node.opset < 2 ? "paddings" : "pads", 1));
  const size_t rank = node.InShape(0).size();
  std::vector<int64_t> axes;
  for (size_t d = 0; d < rank; ++d) axes.push_back(static_cast<int64_t>(d));
  if (node.Has(3)) {
    DIAPASON_ASSIGN_OR_RETURN(axes, node.ConstantInts(3));
    DIAPASON_ASSIGN_OR_RETURN(axes, NodeConverter::Axes(axes, rank));
  }
  if (!pads || pads->size() != 2 * axes.size())
    return absl::InvalidArgumentError("the number of pads does not fit the input");
  const v1::ElementType type = node.InValue(0).type;
  graph::ValueId fill = node.graph.AddScalar(type, node.opset < 11 ? node.Float("value", 0) : 0);
  if (node.opset >= 11 && node.Has(2)) {
    DIAPASON_ASSIGN_OR_RETURN(fill, node.ScalarOperand(2));
  }
  graph::ValueId value = node.In(0);
  for (size_t i = 0; i < axes.size(); ++i) {
    const int64_t low = (*pads)[i], high = (*pads)[i + axes.size()], axis = axes[i];
    if (low < 0 || high < 0) return absl::UnimplementedError("negative padding");
    ValueIds parts = {value};
    const auto side = [&](int64_t extent) {
      graph::Shape shape = node.graph.value(value).shape;
      shape[axis] = extent;
      return node.Add(graph::Op::kExpand, {fill}, {{"shape", std::move(shape)}});
    };
    if (low > 0) {
      DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId part, side(low));
      parts.insert(parts.begin(), part);
    }
    if (high > 0) {
      DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId part, side(high));
      parts.push_back(part);
    }
    if (parts.size() == 1) continue;
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add(graph::Op::kConcat, parts, {{"axis", axis}}));
  }
  return ValueIds{value};
}

}  // namespace diapason::compiler::importer
