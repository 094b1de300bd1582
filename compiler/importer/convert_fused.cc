// Converts the operators of ONNX Runtime's domain, com.microsoft, into which its optimiser fuses others. They
// become what they were fused from.
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "compiler/importer/activation_formulas.h"
#include "compiler/importer/along_channels.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

// Applies an activation function by its name. `parameters` are its attributes in the order of their names.
absl::StatusOr<ValueId> Activated(Expression& e, ValueId x, const std::string& name,
                                  const std::vector<double>& parameters) {
  const auto parameter = [&](size_t i, double absent) {
    return i < parameters.size() ? parameters[i] : absent;
  };
  if (name.empty()) return x;
  if (name == "Relu") return e(Op::kMax, {x, e.Number(x, 0)});
  if (name == "Sigmoid") return Sigmoid(e, x);
  if (name == "Tanh") return e(Op::kTanh, {x});
  if (name == "Softplus") return Softplus(e, x);
  if (name == "Softsign") return Softsign(e, x);
  if (name == "LeakyRelu") return LeakyRelu(e, x, parameter(0, 0.01));
  if (name == "Elu") return Elu(e, x, parameter(0, 1));
  if (name == "HardSigmoid") return HardSigmoid(e, x, parameter(0, 0.2), parameter(1, 0.5));
  if (name == "HardSwish") return e(Op::kMul, {x, HardSigmoid(e, x, 1.0 / 6, 0.5)});
  if (name == "Clip" && parameters.size() == 2)
    return e(Op::kMin, {e(Op::kMax, {x, e.Number(x, parameters[0])}), e.Number(x, parameters[1])});
  return absl::UnimplementedError(absl::StrCat("the activation '", name, "'"));
}

// The sum of the node's operand 0 and, if they are there, others.
ValueId Sum(NodeConverter& node, Expression& e, std::initializer_list<size_t> others) {
  ValueId sum = node.In(0);
  for (size_t input : others) {
    if (node.Has(input)) sum = e(Op::kAdd, {sum, node.In(input)});
  }
  return sum;
}

}  // namespace

// The operands are those of Conv, and then a tensor that is added before the activation.
absl::StatusOr<ValueIds> ConvertFusedConv(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const ValueIds conv, ConvertConv(node));
  Expression e(node);
  const ValueId sum = node.Has(3) ? e(Op::kAdd, {conv[0], node.In(3)}) : conv[0];
  DIAPASON_ASSIGN_OR_RETURN(const ValueId result, Activated(e, sum, node.String("activation", ""),
                                                            node.Floats("activation_params")));
  return e.Result(result);
}

absl::StatusOr<ValueIds> ConvertFusedGemm(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const ValueIds product, ConvertGemm(node));
  Expression e(node);
  std::vector<double> parameters;
  for (const char* name : {"activation_alpha", "activation_beta", "activation_gamma"}) {
    if (node.HasAttribute(name)) parameters.push_back(node.Float(name, 0));
  }
  DIAPASON_ASSIGN_OR_RETURN(const ValueId result,
                            Activated(e, product[0], node.String("activation", ""), parameters));
  return e.Result(result);
}

// The attributes transA and transB exchange the last two dimensions.
absl::StatusOr<ValueIds> ConvertFusedMatMul(NodeConverter& node) {
  if (node.Int("transBatchA", 0) != 0 || node.Int("transBatchB", 0) != 0)
    return absl::UnimplementedError("transBatchA or transBatchB");
  Expression e(node);
  ValueIds operands;
  const char* attributes[] = {"transA", "transB"};
  for (size_t i = 0; i < 2; ++i) {
    const size_t rank = node.InShape(i).size();
    std::vector<int64_t> perm;
    for (size_t d = 0; d < rank; ++d) perm.push_back(static_cast<int64_t>(d));
    operands.push_back(node.In(i));
    if (rank < 2) return absl::UnimplementedError("operands that are vectors");
    std::swap(perm[rank - 1], perm[rank - 2]);
    if (node.Int(attributes[i], 0) != 0) operands[i] = e.Transpose(operands[i], perm);
  }
  const ValueId product = e(Op::kMatMul, operands);
  return e.Result(node.Float("alpha", 1) == 1 ? product : Times(e, product, node.Float("alpha", 1)));
}

absl::StatusOr<ValueIds> ConvertBiasGelu(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  Expression e(node);
  return e.Result(Gelu(e, Sum(node, e, {1}), /*by_tanh=*/false));
}

absl::StatusOr<ValueIds> ConvertFastGelu(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  Expression e(node);
  return e.Result(Gelu(e, Sum(node, e, {1}), /*by_tanh=*/true));
}

// x * sigmoid(alpha * x)
absl::StatusOr<ValueIds> ConvertQuickGelu(NodeConverter& node) {
  return OfFloats(node, [&](Expression& e, ValueId x) {
    return e(Op::kMul, {x, Sigmoid(e, Times(e, x, node.Float("alpha", 1.702)))});
  });
}

namespace {

// Normalises the last dimension, as a layer norm or with the root of the mean square.
ValueId Normalized(Expression& e, ValueId x, bool by_root_mean_square, double epsilon) {
  const int64_t axis = static_cast<int64_t>(e.ShapeOf(x).size()) - 1;
  if (!by_root_mean_square) return e(Op::kLayerNormalization, {x}, {{"axis", axis}, {"epsilon", epsilon}});
  return OverRootMeanSquare(e, x, {axis}, epsilon);
}

// Normalises the sum of the operands 0, 1 and, if it is there, `bias`, and scales and shifts it by operands 2
// and `shift`. Returns the node's outputs, of which the last is the sum.
absl::StatusOr<ValueIds> SkipNorm(NodeConverter& node, bool by_root_mean_square, size_t shift, size_t bias) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  if (node.Wants(1) || node.Wants(2)) return absl::UnimplementedError("the outputs mean and inv_std_var");
  DIAPASON_RETURN_IF_ERROR(node.CheckBroadcastsTo(1, node.InShape(0)));
  DIAPASON_RETURN_IF_ERROR(node.CheckBroadcastsTo(2, node.InShape(0)));
  Expression e(node);
  const ValueId sum = Sum(node, e, {1, bias});
  DIAPASON_RETURN_IF_ERROR(e.status());
  ValueId value = Normalized(e, sum, by_root_mean_square, node.Float("epsilon", 1e-12));
  value = e(Op::kMul, {value, node.In(2)});
  if (node.Has(shift)) value = e(Op::kAdd, {value, node.In(shift)});
  DIAPASON_RETURN_IF_ERROR(e.status());
  return ValueIds{value, sum, sum, sum};
}

constexpr size_t kNoOperand = 1000;

}  // namespace

absl::StatusOr<ValueIds> ConvertSkipLayerNorm(NodeConverter& node) { return SkipNorm(node, false, 3, 4); }

absl::StatusOr<ValueIds> ConvertSkipSimplifiedLayerNorm(NodeConverter& node) {
  return SkipNorm(node, true, kNoOperand, 3);
}

// The operands are the words, their segments, tables for words, positions and segments, scale, shift, a mask,
// and positions. The second output is the length of each sequence.
absl::StatusOr<ValueIds> ConvertEmbedLayerNorm(NodeConverter& node) {
  for (size_t input : {0, 2, 3, 5, 6}) {
    if (!node.Has(input)) return absl::InvalidArgumentError(absl::StrCat("operand ", input, " is missing"));
  }
  const graph::Shape in = node.InShape(0);
  if (in.size() != 2) return absl::InvalidArgumentError("the words must have two dimensions");
  Expression e(node);
  const auto rows = [&](size_t table, ValueId indices) {
    return e(Op::kGather, {node.In(table), indices}, {{"axis", int64_t{0}}});
  };
  const ValueId positions = node.Has(8) ? node.In(8) : e.Positions(2, 1, in[1]);
  ValueId sum = e(Op::kAdd, {rows(2, node.In(0)), rows(3, positions)});
  if (node.Has(1) && node.Has(4)) sum = e(Op::kAdd, {sum, rows(4, node.In(1))});
  DIAPASON_RETURN_IF_ERROR(e.status());
  ValueId value = Normalized(e, sum, false, node.Float("epsilon", 1e-12));
  value = e(Op::kAdd, {e(Op::kMul, {value, node.In(5)}), node.In(6)});
  ValueId lengths = e.Expand(node.graph.AddScalar(v1::ELEMENT_TYPE_I32, 0), {in[0]});
  if (node.Has(7)) {
    const ValueId taken = e(Op::kCast, {node.In(7)}, {{"to", v1::ELEMENT_TYPE_I32}});
    const ValueId ones = node.InValue(7).type == v1::ELEMENT_TYPE_I32 ? node.In(7) : taken;
    lengths = e.Reshape(e.Reduce(ones, {1}, graph::Reduction::kSum), {in[0]});
  }
  for (int i = 0; i < 3; ++i) node.SetNarrow(i, nullptr);
  DIAPASON_RETURN_IF_ERROR(e.status());
  return ValueIds{value, lengths, sum};
}

}  // namespace diapason::compiler::importer
