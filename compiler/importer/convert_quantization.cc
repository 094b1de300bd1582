// Converts quantised operators. Quantised numbers are small integers (narrow_types.h), which the graph
// keeps as 32-bit integers. Products are computed in single precision: the product of two quantised
// numbers is exact, and so are sums below 2^24.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "compiler/importer/along_channels.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

ValueId ToFloat(const NodeConverter& node, Expression& e, ValueId value) {
  if (node.graph.value(value).type == v1::ELEMENT_TYPE_F32) return value;
  return e(Op::kCast, {value}, {{"to", v1::ELEMENT_TYPE_F32}});
}

// Returns operand `input`, a scale or a zero point, as floats that broadcast to a tensor of this rank:
// one number for all, or one for each position of the axis.
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

// Returns x / scale, rounded to the nearest even integer, plus the zero point, as the nearest number of
// the type. The zero point may be kNone.
ValueId Quantized(Expression& e, ValueId x, ValueId scale, ValueId zero_point, const NarrowType& type) {
  ValueId q = e(Op::kRound, {e(Op::kDiv, {x, scale})});
  if (zero_point != graph::kNone) q = e(Op::kAdd, {q, zero_point});
  q = e(Op::kMax, {q, e.Number(q, static_cast<double>(type.least))});
  q = e(Op::kMin, {q, e.Number(q, static_cast<double>(type.most))});
  return e(Op::kCast, {q}, {{"to", v1::ELEMENT_TYPE_I32}});
}

// Returns the operand minus its zero point, as floats.
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

// Requantises a product: its scale is that of both operands, and the result has a scale and a zero point
// of its own.
absl::StatusOr<ValueIds> Requantized(NodeConverter& node, Expression& e, ValueId product, ValueId scale,
                                     size_t result_scale) {
  DIAPASON_ASSIGN_OR_RETURN(const NarrowType* type, TypeOfZeroPoint(node, result_scale + 1));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId to, AlongAxis(node, e, result_scale, 0, 0));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId zero, AlongAxis(node, e, result_scale + 1, 0, 0));
  node.SetNarrow(0, type);
  return e.Result(Quantized(e, e(Op::kMul, {product, scale}), to, zero, *type));
}

}  // namespace

absl::StatusOr<ValueIds> ConvertQuantize(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  if (node.Int("block_size", 0) != 0) return absl::UnimplementedError("block_size");
  const NarrowType* type = FindNarrowType(static_cast<int>(node.Int("output_dtype", 0)));
  if (node.Has(2) || type == nullptr) {
    DIAPASON_ASSIGN_OR_RETURN(type, TypeOfZeroPoint(node, 2));
  }
  if (type->computed != v1::ELEMENT_TYPE_I32) return absl::UnimplementedError("a quantised type of floats");
  Expression e(node);
  const size_t rank = node.InShape(0).size();
  const int64_t axis = node.Int("axis", 1);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId scale, AlongAxis(node, e, 1, rank, axis));
  ValueId zero_point = graph::kNone;
  if (node.Has(2)) {
    DIAPASON_ASSIGN_OR_RETURN(zero_point, AlongAxis(node, e, 2, rank, axis));
  }
  node.SetNarrow(0, type);
  return e.Result(Quantized(e, node.In(0), scale, zero_point, *type));
}

absl::StatusOr<ValueIds> ConvertDequantize(NodeConverter& node) {
  if (node.Int("block_size", 0) != 0) return absl::UnimplementedError("block_size");
  Expression e(node);
  const int64_t axis = node.Int("axis", 1);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId centred, Centred(node, e, 0, 2, axis));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId scale, AlongAxis(node, e, 1, node.InShape(0).size(), axis));
  node.SetNarrow(0, node.Narrow(1));
  return e.Result(e(Op::kMul, {centred, scale}));
}

// The range is that of the elements and 0.
absl::StatusOr<ValueIds> ConvertDynamicQuantize(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  const NarrowType& type = *FindNarrowType(onnx::TensorProto::UINT8);
  Expression e(node);
  const ValueId x = node.In(0);
  std::vector<int64_t> axes;
  for (size_t d = 0; d < node.InShape(0).size(); ++d) axes.push_back(static_cast<int64_t>(d));
  const auto extreme = [&](graph::Reduction kind) {
    return e.Reshape(e(Op::kReduce, {x}, {{"axes", axes}, {"kind", kind}}), {});
  };
  const ValueId most = e(Op::kMax, {extreme(graph::Reduction::kMax), e.Number(x, 0)}),
                least = e(Op::kMin, {extreme(graph::Reduction::kMin), e.Number(x, 0)});
  const ValueId scale = e(Op::kDiv, {e(Op::kSub, {most, least}), e.Number(x, 255)});
  const ValueId zero_point = Quantized(e, e(Op::kNeg, {least}), scale, graph::kNone, type);
  const ValueId quantized = Quantized(e, x, scale, ToFloat(node, e, zero_point), type);
  node.SetNarrow(0, &type);
  node.SetNarrow(1, nullptr);
  node.SetNarrow(2, &type);
  DIAPASON_RETURN_IF_ERROR(e.status());
  return ValueIds{quantized, scale, zero_point};
}

// A zero point of the left operand may belong to a row, and one of the right operand to a column.
absl::StatusOr<ValueIds> ConvertMatMulInteger(NodeConverter& node) {
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId a, Centred(node, e, 0, 2, -2));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId b, Centred(node, e, 1, 3, -1));
  node.SetNarrow(0, nullptr);
  return e.Result(e(Op::kCast, {e(Op::kMatMul, {a, b})}, {{"to", v1::ELEMENT_TYPE_I32}}));
}

absl::StatusOr<ValueIds> ConvertConvInteger(NodeConverter& node) {
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId x, Centred(node, e, 0, 2, 1));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId w, Centred(node, e, 1, 3, 0));
  DIAPASON_RETURN_IF_ERROR(e.status());
  DIAPASON_ASSIGN_OR_RETURN(const ValueId product, AddConv(node, x, 1, w));
  node.SetNarrow(0, nullptr);
  return e.Result(e(Op::kCast, {product}, {{"to", v1::ELEMENT_TYPE_I32}}));
}

// The operands are a, its scale and its zero point, b with the same, and those of the result.
absl::StatusOr<ValueIds> ConvertQLinearMatMul(NodeConverter& node) {
  Expression e(node);
  const size_t a_rank = node.InShape(0).size(), b_rank = node.InShape(3).size();
  DIAPASON_ASSIGN_OR_RETURN(const ValueId a, Centred(node, e, 0, 2, -2));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId b, Centred(node, e, 3, 5, -1));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId a_scale, AlongAxis(node, e, 1, a_rank, -2));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId b_scale, AlongAxis(node, e, 4, b_rank, -1));
  return Requantized(node, e, e(Op::kMatMul, {a, b}), e(Op::kMul, {a_scale, b_scale}), 6);
}

// The operands are as above, and then a bias with the scale of the products.
absl::StatusOr<ValueIds> ConvertQLinearConv(NodeConverter& node) {
  Expression e(node);
  const size_t rank = node.InShape(0).size();
  DIAPASON_ASSIGN_OR_RETURN(const ValueId x, Centred(node, e, 0, 2, 1));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId w, Centred(node, e, 3, 5, 0));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId x_scale, AlongAxis(node, e, 1, rank, 1));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId w_scale, AlongAxis(node, e, 4, rank, 1));
  DIAPASON_RETURN_IF_ERROR(e.status());
  DIAPASON_ASSIGN_OR_RETURN(ValueId product, AddConv(node, x, 3, w));
  if (node.Has(8)) {
    DIAPASON_ASSIGN_OR_RETURN(const ValueId bias, AlongChannels(node, ToFloat(node, e, node.In(8)), product));
    product = e(Op::kAdd, {product, bias});
  }
  return Requantized(node, e, product, e(Op::kMul, {x_scale, w_scale}), 6);
}

}  // namespace diapason::compiler::importer
