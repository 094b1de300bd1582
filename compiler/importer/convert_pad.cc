// Converts Pad. A padded axis becomes a Concat of the operand with what lies on each side of it.
#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "compiler/graph/infer_shape.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

// Returns `count` elements that follow `value` along the axis, on its lower or its upper side.
graph::ValueId Side(Expression& e, graph::ValueId value, int64_t axis, bool lower, int64_t count,
                    const std::string& mode, graph::ValueId fill) {
  graph::Shape shape = e.ShapeOf(value);
  const int64_t extent = shape[axis];
  shape[axis] = count;
  if (mode == "constant") return e.Expand(fill, std::move(shape));
  if (mode == "edge") return e.Expand(e.Part(value, axis, lower ? 0 : extent - 1, 1), std::move(shape));
  if (mode == "wrap") return e.Part(value, axis, lower ? extent - count : 0, count);
  return e.Part(value, axis, lower ? count : extent - 2, count, -1);  // reflect
}

}  // namespace

absl::StatusOr<ValueIds> ConvertPad(NodeConverter& node) {
  const std::string mode = node.String("mode", "constant");
  if (mode != "constant" && mode != "reflect" && mode != "edge" && mode != "wrap")
    return absl::UnimplementedError(absl::StrCat("mode '", mode, "'"));
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
  std::optional<RunTimeSize> size;
  if (node.SizeOf(0) != nullptr) size = *node.SizeOf(0);
  Expression e(node);
  graph::ValueId value = node.In(0);
  for (size_t i = 0; i < axes.size(); ++i) {
    const int64_t axis = axes[i];
    if (size && size->dim == axis && ((*pads)[i] != 0 || (*pads)[i + axes.size()] != 0))
      return absl::UnimplementedError("an axis whose size is known only when the model runs");
    int64_t low = (*pads)[i], high = (*pads)[i + axes.size()];
    const int64_t extent = e.ShapeOf(value)[axis];
    // A negative pad takes elements away.
    const int64_t cut_low = std::max<int64_t>(-low, 0), cut_high = std::max<int64_t>(-high, 0);
    if (cut_low > extent || cut_high > extent - cut_low)
      return absl::InvalidArgumentError(absl::StrCat("pads of ", low, " and ", high, " take more than the ",
                                                     extent, " elements of axis ", axis));
    if (cut_low + cut_high > 0) value = e.Part(value, axis, cut_low, extent - cut_low - cut_high);
    low = std::max<int64_t>(low, 0);
    high = std::max<int64_t>(high, 0);
    const int64_t left = extent - cut_low - cut_high;
    const int64_t most = mode == "reflect" ? left - 1 : left;
    if (mode != "constant" && std::max(low, high) > 0 &&
        (mode == "edge" ? left < 1 : std::max(low, high) > most))
      return absl::UnimplementedError(
          absl::StrCat("pads of ", low, " and ", high, " for ", left, " elements with mode '", mode, "'"));
    ValueIds parts = {value};
    if (low > 0) parts.insert(parts.begin(), Side(e, value, axis, true, low, mode, fill));
    if (high > 0) parts.push_back(Side(e, value, axis, false, high, mode, fill));
    value = e.Concat(std::move(parts), axis);
    DIAPASON_RETURN_IF_ERROR(e.status());
  }
  if (size) node.SetSize(value, *size);
  return e.Result(value);
}

// Each axis gets the wanted size: its middle is cut out, or zeros are put around it. If the numbers of
// elements on both sides differ by one, the side with the higher positions has more.
absl::StatusOr<ValueIds> ConvertCenterCropPad(NodeConverter& node) {
  const size_t rank = node.InShape(0).size();
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> sizes, node.ConstantInts(1));
  std::vector<int64_t> axes = node.Ints("axes").value_or(std::vector<int64_t>());
  for (size_t d = 0; d < rank && !node.HasAttribute("axes"); ++d) axes.push_back(static_cast<int64_t>(d));
  DIAPASON_ASSIGN_OR_RETURN(axes, NodeConverter::Axes(std::move(axes), rank));
  if (axes.size() != sizes.size())
    return absl::InvalidArgumentError("the axes and the shape have different lengths");
  Expression e(node);
  graph::ValueId value = node.In(0);
  for (size_t i = 0; i < axes.size() && e.status().ok(); ++i) {
    const int64_t axis = axes[i], extent = e.ShapeOf(value)[axis], size = sizes[i];
    DIAPASON_RETURN_IF_ERROR(graph::CheckShape({size}));
    if (size <= extent) {
      value = e.Part(value, axis, (extent - size) / 2, size);
      continue;
    }
    const auto zeros = [&](int64_t count) {
      graph::Shape shape = e.ShapeOf(value);
      shape[axis] = count;
      return e.Expand(e.Number(value, 0), shape);
    };
    const int64_t before = (size - extent) / 2;
    graph::ValueId joined = before > 0 ? e.Concat({zeros(before), value}, axis) : value;
    value = e.Concat({joined, zeros(size - extent - before)}, axis);
  }
  return e.Result(value);
}

}  // namespace diapason::compiler::importer
