// Converts quantised operators. Quantised numbers are small integers (narrow_types.h), which the graph
// keeps as 32-bit integers. Products are computed in single precision: the product of two quantised
// numbers is exact, and so are sums below 2^24.
#include "compiler/importer/along_channels.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/quantization.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {

using graph::Op;
using graph::ValueId;

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

absl::StatusOr<ValueIds> ConvertDynamicQuantize(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  const NarrowType& type = *FindNarrowType(onnx::TensorProto::UINT8);
  Expression e(node);
  const QuantizedTensor x = DynamicallyQuantized(node, e, node.In(0));
  node.SetNarrow(0, &type);
  node.SetNarrow(1, nullptr);
  node.SetNarrow(2, &type);
  DIAPASON_RETURN_IF_ERROR(e.status());
  return ValueIds{x.numbers, x.scale, x.zero_point};
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
