// Converts the quantised operators of ONNX Runtime's domain, com.microsoft. Each is computed on the floats
// that its operands stand for, and its result is quantised again.
#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/importer/activation_formulas.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/quantization.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {

using graph::Op;
using graph::ValueId;

// The operands are a, b and the result's scale; a scale and a zero point follow each.
absl::StatusOr<ValueIds> ConvertQLinearBinary(NodeConverter& node) {
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId a, Dequantized(node, e, 0, 0));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId b, Dequantized(node, e, 3, 0));
  return QuantizedResult(node, e, e(node.op(), {a, b}), 6);
}

absl::StatusOr<ValueIds> ConvertQLinearSigmoid(NodeConverter& node) {
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId x, Dequantized(node, e, 0, 0));
  return QuantizedResult(node, e, Sigmoid(e, x), 3);
}

absl::StatusOr<ValueIds> ConvertQLinearLeakyRelu(NodeConverter& node) {
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId x, Dequantized(node, e, 0, 0));
  return QuantizedResult(node, e, LeakyRelu(e, x, node.Float("alpha", 0.01)), 3);
}

absl::StatusOr<ValueIds> ConvertQLinearGlobalAveragePool(NodeConverter& node) {
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId x, Dequantized(node, e, 0, 0));
  const int64_t rank = static_cast<int64_t>(node.InShape(0).size()),
                first = node.Int("channels_last", 0) != 0 ? 1 : 2;
  std::vector<int64_t> axes;
  for (int64_t d = first; d < first + rank - 2; ++d) axes.push_back(d);
  return QuantizedResult(node, e, e.Reduce(x, axes, graph::Reduction::kMean), 3);
}

absl::StatusOr<ValueIds> ConvertQLinearAveragePool(NodeConverter& node) {
  if (node.Int("channels_last", 0) != 0) return absl::UnimplementedError("channels_last");
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId x, Dequantized(node, e, 0, 0));
  DIAPASON_RETURN_IF_ERROR(e.status());
  DIAPASON_ASSIGN_OR_RETURN(const ValueId pooled, AddPool(node, Op::kAveragePool, x));
  return QuantizedResult(node, e, pooled, 3);
}

// The operands are the result's scale and zero point, and then each part with both.
absl::StatusOr<ValueIds> ConvertQLinearConcat(NodeConverter& node) {
  Expression e(node);
  if (node.num_inputs() % 3 != 2 || !node.Has(2))
    return absl::InvalidArgumentError("each part must have a scale and a zero point");
  ValueIds parts;
  for (size_t i = 2; i < node.num_inputs(); i += 3) {
    if (!node.Has(i) || !node.Has(i + 1))
      return absl::InvalidArgumentError(absl::StrCat("operand ", i, " is missing"));
    DIAPASON_ASSIGN_OR_RETURN(const ValueId part, Dequantized(node, e, i, 0));
    parts.push_back(part);
  }
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                            NodeConverter::Axis(node.Int("axis", 0), node.InShape(2).size()));
  return QuantizedResult(node, e, e.Concat(parts, axis), 0);
}

// The operands are a, its scale and zero point, b with both, c, and the result's scale and zero point. c has
// the scale of the product. Without a scale, the result is not quantised.
absl::StatusOr<ValueIds> ConvertQGemm(NodeConverter& node) {
  Expression e(node);
  if (node.InShape(0).size() != 2 || node.InShape(3).size() != 2)
    return absl::InvalidArgumentError("the operands are not matrices");
  const bool transposes = node.Int("transB", 0) != 0;
  DIAPASON_ASSIGN_OR_RETURN(ValueId a, Centred(node, e, 0, 2, 0));
  DIAPASON_ASSIGN_OR_RETURN(ValueId b, Centred(node, e, 3, 5, transposes ? 0 : 1));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId a_scale, AlongAxis(node, e, 1, 0, 0));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId b_scale, AlongAxis(node, e, 4, 2, 1));
  if (node.Int("transA", 0) != 0) a = e.Transpose(a, {1, 0});
  if (transposes) b = e.Transpose(b, {1, 0});
  ValueId scale = e(Op::kMul, {a_scale, b_scale});
  scale = e(Op::kMul, {scale, e.Number(scale, node.Float("alpha", 1))});
  ValueId sum = e(Op::kMatMul, {a, b});
  if (node.Has(6)) sum = e(Op::kAdd, {sum, ToFloat(node, e, node.In(6))});
  if (node.Has(7)) return Requantized(node, e, sum, scale, 7);
  node.SetNarrow(0, nullptr);
  return e.Result(e(Op::kMul, {sum, scale}));
}

// The operands are a, b, b's scale, b's zero point and a bias. a is quantised when the model runs.
absl::StatusOr<ValueIds> ConvertDynamicQuantizeMatMul(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  Expression e(node);
  const size_t rank = node.InShape(1).size();
  const QuantizedFloats a = DynamicallyRounded(node, e, node.In(0));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId b, Centred(node, e, 1, 3, -1));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId b_scale, AlongAxis(node, e, 2, rank, -1));
  ValueId product = e(Op::kMatMul, {a.centred, b});
  product = e(Op::kMul, {product, e(Op::kMul, {a.scale, b_scale})});
  if (node.Has(4)) product = e(Op::kAdd, {product, node.In(4)});
  return e.Result(product);
}

// The operands are a, b, their scales, their zero points and a bias.
absl::StatusOr<ValueIds> ConvertMatMulIntegerToFloat(NodeConverter& node) {
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId a, Centred(node, e, 0, 4, -2));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId b, Centred(node, e, 1, 5, -1));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId a_scale, AlongAxis(node, e, 2, node.InShape(0).size(), -2));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId b_scale, AlongAxis(node, e, 3, node.InShape(1).size(), -1));
  ValueId product = e(Op::kMul, {e(Op::kMatMul, {a, b}), e(Op::kMul, {a_scale, b_scale})});
  if (node.Has(6)) product = e(Op::kAdd, {product, node.In(6)});
  node.SetNarrow(0, nullptr);
  return e.Result(product);
}

// The weights are blocks of `block_size` numbers of `bits` bits, with a scale and a zero point for each
// block. They become floats when the model is compiled.
absl::StatusOr<ValueIds> ConvertMatMulNBits(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  const int64_t columns = node.Int("N", 0), rows = node.Int("K", 0), bits = node.Int("bits", 4),
                block = node.Int("block_size", 0);
  if (bits != 2 && bits != 4 && bits != 8) return absl::UnimplementedError(absl::StrCat(bits, " bits"));
  if (node.Has(4)) return absl::UnimplementedError("g_idx");
  if (columns < 1 || rows < 1 || block < 16 || block > 1 << 16)
    return absl::InvalidArgumentError("N, K or block_size is out of range");
  const int64_t blocks = (rows + block - 1) / block, each = 8 / bits;
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> packed, node.ConstantInts(1));
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<double> scales, node.ConstantFloats(2));
  const int64_t packed_block = block / each, packed_points = (blocks + each - 1) / each;
  if (static_cast<int64_t>(packed.size()) != columns * blocks * packed_block ||
      static_cast<int64_t>(scales.size()) != columns * blocks)
    return absl::InvalidArgumentError(
        "the weights or the scales do not have the size that N, K and block_size say");
  const auto number_at = [&](const std::vector<int64_t>& bytes, int64_t start, int64_t i) {
    return bytes[static_cast<size_t>(start + i / each)] >> (i % each * bits) & ((int64_t{1} << bits) - 1);
  };
  std::vector<double> points(static_cast<size_t>(columns * blocks),
                             static_cast<double>(int64_t{1} << (bits - 1)));
  if (node.Has(3) && node.InValue(3).type == v1::ELEMENT_TYPE_F32) {
    DIAPASON_ASSIGN_OR_RETURN(points, node.ConstantFloats(3));
  } else if (node.Has(3)) {
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> given, node.ConstantInts(3));
    if (static_cast<int64_t>(given.size()) != columns * packed_points)
      return absl::InvalidArgumentError("the zero points do not have the size that N, K and block_size say");
    for (int64_t n = 0; n < columns; ++n) {
      for (int64_t b = 0; b < blocks; ++b)
        points[static_cast<size_t>(n * blocks + b)] =
            static_cast<double>(number_at(given, n * packed_points, b));
    }
  }
  if (points.size() != scales.size())
    return absl::InvalidArgumentError("there is not one zero point for each scale");
  std::vector<graph::Scalar> weights;
  weights.reserve(static_cast<size_t>(rows * columns));
  for (int64_t k = 0; k < rows; ++k) {
    for (int64_t n = 0; n < columns; ++n) {
      const int64_t at = n * blocks + k / block;
      const double number = static_cast<double>(number_at(packed, at * packed_block, k % block));
      weights.push_back({(number - points[static_cast<size_t>(at)]) * scales[static_cast<size_t>(at)], 0});
    }
  }
  Expression e(node);
  const ValueId matrix = node.graph.AddOwnedConstant("", v1::ELEMENT_TYPE_F32, {rows, columns},
                                                     graph::ToBytes(v1::ELEMENT_TYPE_F32, weights));
  const graph::Shape in = node.InShape(0);
  ValueId product = e(Op::kMatMul, {in.size() == 1 ? e.Reshape(node.In(0), {1, in[0]}) : node.In(0), matrix});
  if (in.size() == 1) product = e.Reshape(product, {columns});
  if (node.Has(5)) product = e(Op::kAdd, {product, node.In(5)});
  return e.Result(product);
}

}  // namespace diapason::compiler::importer
