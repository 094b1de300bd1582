#include "compiler/importer/quantization.h"

#include "absl/strings/str_cat.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {

using graph::Op;
using graph::ValueId;

ValueId ToFloat(const NodeConverter& node, Expression& e, ValueId value) {
  if (node.graph.value(value).type == v1::ELEMENT_TYPE_F32) return value;
  return e(Op::kCast, {value}, {{"to", v1::ELEMENT_TYPE_F32}});
}

absl::StatusOr<ValueId> AlongAxis(NodeConverter& node, Expression& e, size_t input, size_t rank,
                                  int64_t axis) {
  const graph::Shape& shape = node.InShape(input);
  const ValueId value = ToFloat(node, e, node.In(input));
  if (graph::NumElements(shape) == 1) return e.Reshape(value, {});
  if (shape.size() != 1)
    return absl::UnimplementedError(absl::StrCat("scales or zero points of shape ", graph::ShapeText(shape)));
  graph::Shape along(rank, 1);
  DIAPASON_ASSIGN_OR_RETURN(axis, NodeConverter::Axis(axis, rank));
  along[axis] = shape[0];
  return e.Reshape(value, std::move(along));
}

ValueId Quantized(Expression& e, ValueId x, ValueId scale, ValueId zero_point, const NarrowType& type) {
  ValueId q = e(Op::kRound, {e(Op::kDiv, {x, scale})});
  if (zero_point != graph::kNone) q = e(Op::kAdd, {q, zero_point});
  q = e(Op::kMax, {q, e.Number(q, static_cast<double>(type.least))});
  q = e(Op::kMin, {q, e.Number(q, static_cast<double>(type.most))});
  return e(Op::kCast, {q}, {{"to", v1::ELEMENT_TYPE_I32}});
}

absl::StatusOr<ValueId> Centred(NodeConverter& node, Expression& e, size_t input, size_t zero_point,
                                int64_t axis) {
  const ValueId value = ToFloat(node, e, node.In(input));
  if (!node.Has(zero_point)) return value;
  DIAPASON_ASSIGN_OR_RETURN(const ValueId zero,
                            AlongAxis(node, e, zero_point, node.InShape(input).size(), axis));
  return e(Op::kSub, {value, zero});
}

absl::StatusOr<const NarrowType*> TypeOfZeroPoint(const NodeConverter& node, size_t input) {
  const NarrowType* type = node.Has(input) ? node.Narrow(input) : FindNarrowType(onnx::TensorProto::UINT8);
  if (type == nullptr || type->computed != v1::ELEMENT_TYPE_I32)
    return absl::UnimplementedError("a quantised type other than int8, uint8, int16 and uint16");
  return type;
}

absl::StatusOr<ValueIds> Requantized(NodeConverter& node, Expression& e, ValueId product, ValueId scale,
                                     size_t result_scale) {
  DIAPASON_ASSIGN_OR_RETURN(const NarrowType* type, TypeOfZeroPoint(node, result_scale + 1));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId to, AlongAxis(node, e, result_scale, 0, 0));
  ValueId zero = graph::kNone;
  if (node.Has(result_scale + 1)) {
    DIAPASON_ASSIGN_OR_RETURN(zero, AlongAxis(node, e, result_scale + 1, 0, 0));
  }
  node.SetNarrow(0, type);
  return e.Result(Quantized(e, e(Op::kMul, {product, scale}), to, zero, *type));
}

QuantizedTensor DynamicallyQuantized(NodeConverter& node, Expression& e, ValueId x) {
  const NarrowType& type = *FindNarrowType(onnx::TensorProto::UINT8);
  if (!e.status().ok()) return {x, x, x};
  std::vector<int64_t> axes;
  for (size_t d = 0; d < e.ShapeOf(x).size(); ++d) axes.push_back(static_cast<int64_t>(d));
  const auto extreme = [&](graph::Reduction kind) { return e.Reshape(e.Reduce(x, axes, kind), {}); };
  const ValueId most = e(Op::kMax, {extreme(graph::Reduction::kMax), e.Number(x, 0)}),
                least = e(Op::kMin, {extreme(graph::Reduction::kMin), e.Number(x, 0)});
  const ValueId range = e(Op::kSub, {most, least});
  const ValueId scale = e(Op::kWhere, {e(Op::kEqual, {range, e.Number(x, 0)}), e.Number(x, 1),
                                       e(Op::kDiv, {range, e.Number(x, 255)})});
  const ValueId zero_point = Quantized(e, e(Op::kNeg, {least}), scale, graph::kNone, type);
  return {Quantized(e, x, scale, ToFloat(node, e, zero_point), type), scale, zero_point};
}

QuantizedFloats DynamicallyRounded(NodeConverter& node, Expression& e, ValueId x) {
  const QuantizedTensor quantized = DynamicallyQuantized(node, e, x);
  return {e(Op::kSub, {ToFloat(node, e, quantized.numbers), ToFloat(node, e, quantized.zero_point)}),
          quantized.scale};
}

absl::StatusOr<ValueId> Dequantized(NodeConverter& node, Expression& e, size_t input, int64_t axis) {
  DIAPASON_ASSIGN_OR_RETURN(const ValueId centred, Centred(node, e, input, input + 2, axis));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId scale,
                            AlongAxis(node, e, input + 1, node.InShape(input).size(), axis));
  return e(Op::kMul, {centred, scale});
}

absl::StatusOr<ValueIds> QuantizedResult(NodeConverter& node, Expression& e, ValueId value, size_t scale) {
  return Requantized(node, e, value, e.Number(value, 1), scale);
}

}  // namespace diapason::compiler::importer
