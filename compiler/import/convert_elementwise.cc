// Elementwise operators: what ONNX gives a name of its own (Clip, HardSwish, Gelu, ...) becomes the few that
// compiler/graph/element_ops.h lists; fusion puts them together again, whichever way a file spells them.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "compiler/graph/element_ops.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/match.h"
#include "compiler/import/node_converter.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler {
namespace {

// Builds an expression without a check after every step: the first error stays, and the rest does nothing.
class Expression {
 public:
  explicit Expression(NodeConverter& node) : node_(node) {}

  ValueId operator()(std::string op, Values operands, Attributes attributes = {}) {
    if (!status_.ok()) return operands[0];
    absl::StatusOr<ValueId> value = node_.Add(std::move(op), operands, std::move(attributes));
    if (value.ok()) return *value;
    status_ = value.status();
    return operands[0];
  }
  ValueId Number(ValueId like, double number) { return node_.Number(like, number); }
  absl::StatusOr<Values> Result(ValueId value) const {
    if (!status_.ok()) return status_;
    return Values{value};
  }

 private:
  NodeConverter& node_;
  absl::Status status_;
};

absl::StatusOr<Values> ConvertSame(NodeConverter& node) {
  Values operands;
  const ElementOp* op = FindElementOp(node.proto().op_type());
  for (size_t i = 0; i < op->operands; ++i) {
    if (!node.Has(i)) return absl::InvalidArgumentError(absl::StrCat("operand ", i, " is missing"));
    operands.push_back(node.In(i));
  }
  // Before opset 7 the second operand of a binary operator could be laid along an `axis` of the first.
  if (node.opset < 7 && operands.size() == 2 && node.Int("broadcast", 0) != 0 && node.HasAttribute("axis")) {
    DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                              NodeConverter::Axis(node.Int("axis", 0), node.InShape(0).size()));
    Shape shape = node.InShape(1);
    while (shape.size() + axis < node.InShape(0).size()) shape.push_back(1);
    DIAPASON_ASSIGN_OR_RETURN(operands[1], node.Reshape(operands[1], shape));
  }
  return One(node.Add(node.proto().op_type(), operands));
}

// The fractions in these functions would be 0 as integers.
absl::Status CheckFloats(const NodeConverter& node) {
  const DataType type = node.InValue(0).type;
  if (type == DataType::kF32) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat("elements of type ", DataTypeName(type)));
}

// Max, Min, Sum, Mean of any number of operands.
absl::StatusOr<Values> ConvertVariadic(NodeConverter& node) {
  const std::string& op = node.proto().op_type();
  if (op == "Mean") DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  Expression e(node);
  ValueId result = node.In(0);
  for (size_t i = 1; i < node.num_inputs(); ++i) {
    if (!node.Has(i)) return absl::InvalidArgumentError(absl::StrCat("operand ", i, " is missing"));
    result = e(op == "Sum" || op == "Mean" ? "Add" : op, {result, node.In(i)});
  }
  if (op == "Mean") result = e("Div", {result, e.Number(result, static_cast<double>(node.num_inputs()))});
  return e.Result(result);
}

absl::StatusOr<Values> ConvertGreater(NodeConverter& node) {
  return One(
      node.Add(node.proto().op_type() == "Greater" ? "Less" : "LessOrEqual", {node.In(1), node.In(0)}));
}

absl::StatusOr<Values> ConvertMod(NodeConverter& node) {
  return One(node.Add(node.Int("fmod", 0) == 0 ? "Mod" : "Rem", {node.In(0), node.In(1)}));
}

// x^0.5 is the root but for -0 and -infinity.
ValueId SquareRoot(Expression& e, ValueId x) {
  const double infinity = std::numeric_limits<double>::infinity();
  const ValueId root = e("Sqrt", {e("Add", {x, e.Number(x, 0)})});
  return e("Where", {e("Equal", {x, e.Number(x, -infinity)}), e.Number(x, infinity), root});
}

// Whether float32 holds every one of the exponents, as far as is known.
bool AreExactFloats(const NodeConverter& node, size_t input) {
  const absl::StatusOr<std::vector<int64_t>> numbers = node.ConstantInts(input);
  if (!numbers.ok()) return false;
  return std::all_of(numbers->begin(), numbers->end(),
                     [](int64_t number) { return number >= -(1 << 24) && number <= 1 << 24; });
}

// x^n for integers n beyond 2^24, too, where float32 holds only even ones: x^(n - r) * x^r, r the remainder of n by 2.
ValueId IntegerPower(Expression& e, ValueId x, ValueId n, DataType type) {
  const ValueId r = e("Rem", {n, e.Number(n, 2)});
  const ValueId even = e("Cast", {e("Sub", {n, r})}, {{"to", static_cast<int64_t>(type)}});
  const ValueId one = e.Number(x, 1);
  const ValueId odd = e("Where", {e("Less", {r, e.Number(r, 0)}), e("Div", {one, x}), x});
  const ValueId rest = e("Where", {e("Equal", {r, e.Number(r, 0)}), one, odd});
  return e("Mul", {e("Pow", {x, even}), rest});
}

absl::StatusOr<Values> ConvertPow(NodeConverter& node) {
  Expression e(node);
  const ValueId x = node.In(0);
  ValueId exponent = node.In(1);
  const DataType type = node.InValue(0).type;
  if (node.InValue(1).type != type) {
    if (type == DataType::kF32 && !AreExactFloats(node, 1))
      return e.Result(IntegerPower(e, x, exponent, type));
    exponent = e("Cast", {exponent}, {{"to", static_cast<int64_t>(type)}});
  }
  // The exponents that models use, in arithmetic: exact, or as exact as the function.
  if (node.InShape(1).size() <= node.InShape(0).size()) {
    const std::optional<float> number = SingleNumber(node.graph, exponent);
    if (number == 2.0f) return e.Result(e("Mul", {x, x}));
    if (number == 3.0f) return e.Result(e("Mul", {e("Mul", {x, x}), x}));
    if (number == 0.5f) {
      const bool has_root = node.graph.fast_math || IsNonNegative(node.graph, x);
      return e.Result(has_root ? e("Sqrt", {x}) : SquareRoot(e, x));
    }
  }
  return e.Result(e("Pow", {x, exponent}));
}

absl::StatusOr<Values> ConvertCast(NodeConverter& node) {
  absl::StatusOr<DataType> to = DataType::kF32;
  if (node.proto().op_type() == "CastLike") {
    if (!node.Has(1)) return absl::InvalidArgumentError("operand 1 is missing");
    to = node.InValue(1).type;
  } else if (node.opset < 6) {
    if (node.String("to", "") != "FLOAT")
      return absl::UnimplementedError(absl::StrCat("a cast to ", node.String("to", "")));
  } else {
    to = DataTypeOf(static_cast<int>(node.Int("to", 0)));
  }
  if (!to.ok()) return to.status();
  if (*to == node.InValue(0).type) return Values{node.In(0)};
  return One(node.Add("Cast", {node.In(0)}, {{"to", static_cast<int64_t>(*to)}}));
}

absl::StatusOr<Values> ConvertIdentity(NodeConverter& node) { return Values{node.In(0)}; }

// Outside of training nothing is dropped, and the mask says so.
absl::StatusOr<Values> ConvertDropout(NodeConverter& node) {
  if (node.Has(2)) {  // training_mode
    const Value& training = node.InValue(2);
    if (!training.is_constant || NumElements(training.shape) != 1)
      return absl::UnimplementedError("a training mode that is not known");
    if (training.type == DataType::kBool && ReadConstant(training)[0].i != 0)
      return absl::UnimplementedError("its training mode");
  }
  Values outputs = {node.In(0)};
  if (!node.Wants(1)) return outputs;
  const DataType type = node.opset < 10 ? node.InValue(0).type : DataType::kBool;
  DIAPASON_ASSIGN_OR_RETURN(
      const ValueId mask, node.Add("Expand", {node.graph.AddScalar(type, 1)}, {{"shape", node.InShape(0)}}));
  outputs.push_back(mask);
  return outputs;
}

absl::StatusOr<Values> ConvertClip(NodeConverter& node) {
  Expression e(node);
  ValueId x = node.In(0);
  if (node.opset < 11) {
    constexpr double kLargest =
        std::numeric_limits<float>::max();  // an infinity becomes this without a bound, too
    x = e("Max", {x, e.Number(x, node.Float("min", -kLargest))});
    return e.Result(e("Min", {x, e.Number(x, node.Float("max", kLargest))}));
  }
  const char* const ops[] = {"Max", "Min"};
  for (size_t i = 1; i <= 2; ++i) {
    if (!node.Has(i)) continue;
    DIAPASON_ASSIGN_OR_RETURN(const ValueId bound, node.ScalarOperand(i));
    x = e(ops[i - 1], {x, bound});
  }
  return e.Result(x);
}

ValueId Sigmoid(Expression& e, ValueId x) {
  // 1 / (1 + exp(-x)), which is exp(x) / (1 + exp(x)): of the two, the one whose exponential does not overflow.
  const ValueId tail = e("Exp", {e("Neg", {e("Abs", {x})})}), one = e.Number(x, 1);
  const ValueId is_negative = e("Less", {x, e.Number(x, 0)});
  return e("Div", {e("Where", {is_negative, tail, one}), e("Add", {tail, one})});
}

ValueId HardSigmoid(Expression& e, ValueId x, double alpha, double beta) {
  const ValueId line = e("Add", {e("Mul", {x, e.Number(x, alpha)}), e.Number(x, beta)});
  return e("Min", {e("Max", {line, e.Number(x, 0)}), e.Number(x, 1)});
}

ValueId Softplus(Expression& e, ValueId x) {
  // log(1 + exp(x)), without overflow: max(x, 0) + log(1 + exp(-|x|)).
  const ValueId tail = e("Log1p", {e("Exp", {e("Neg", {e("Abs", {x})})})});
  return e("Add", {e("Max", {x, e.Number(x, 0)}), tail});
}

ValueId Gelu(Expression& e, ValueId x, bool by_tanh) {
  ValueId inner;
  if (by_tanh) {
    const ValueId cube = e("Mul", {e("Mul", {x, x}), x});
    const ValueId sum = e("Add", {x, e("Mul", {cube, e.Number(x, 0.044715)})});
    inner = e("Tanh", {e("Mul", {sum, e.Number(x, std::sqrt(2 / M_PI))})});
  } else {
    inner = e("Erf", {e("Mul", {x, e.Number(x, std::sqrt(0.5))})});
  }
  return e("Mul", {e("Mul", {x, e.Number(x, 0.5)}), e("Add", {inner, e.Number(x, 1)})});
}

// x where it is positive, else `negative`.
ValueId Positive(Expression& e, ValueId x, ValueId negative) {
  return e("Where", {e("Less", {x, e.Number(x, 0)}), negative, x});
}

absl::StatusOr<Values> ConvertActivation(NodeConverter& node) {
  const std::string& op = node.proto().op_type();
  if (op != "Relu" && op != "Sign") DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  Expression e(node);
  const ValueId x = node.In(0);
  const auto times = [&](ValueId value, double number) { return e("Mul", {value, e.Number(value, number)}); };
  if (op == "Relu") return e.Result(e("Max", {x, e.Number(x, 0)}));
  if (op == "Sigmoid") return e.Result(Sigmoid(e, x));
  if (op == "HardSigmoid")
    return e.Result(HardSigmoid(e, x, node.Float("alpha", 0.2), node.Float("beta", 0.5)));
  if (op == "HardSwish") return e.Result(e("Mul", {x, HardSigmoid(e, x, 1.0 / 6, 0.5)}));
  if (op == "Softplus") return e.Result(Softplus(e, x));
  if (op == "Softsign") return e.Result(e("Div", {x, e("Add", {e("Abs", {x}), e.Number(x, 1)})}));
  if (op == "Mish") return e.Result(e("Mul", {x, e("Tanh", {Softplus(e, x)})}));
  if (op == "Gelu") return e.Result(Gelu(e, x, node.String("approximate", "none") == "tanh"));
  if (op == "LeakyRelu") return e.Result(Positive(e, x, times(x, node.Float("alpha", 0.01))));
  if (op == "Elu") return e.Result(Positive(e, x, times(e("Expm1", {x}), node.Float("alpha", 1))));
  if (op == "Selu") {
    const ValueId tail = times(e("Expm1", {x}), node.Float("alpha", 1.67326319217681884765625));
    return e.Result(times(Positive(e, x, tail), node.Float("gamma", 1.05070102214813232421875)));
  }
  if (op == "Celu") {
    const double alpha = node.Float("alpha", 1);
    return e.Result(Positive(e, x, times(e("Expm1", {e("Div", {x, e.Number(x, alpha)})}), alpha)));
  }
  if (op == "ThresholdedRelu") {
    const ValueId threshold = e.Number(x, node.Float("alpha", 1));
    return e.Result(e("Where", {e("Less", {threshold, x}), x, e.Number(x, 0)}));
  }
  if (op == "Reciprocal") return e.Result(e("Div", {e.Number(x, 1), x}));
  // Sign
  const ValueId zero = e.Number(x, 0);
  const ValueId below = e("Where", {e("Less", {x, zero}), e.Number(x, -1), x});
  return e.Result(e("Where", {e("Less", {zero, x}), e.Number(x, 1), below}));
}

absl::StatusOr<Values> ConvertPRelu(NodeConverter& node) {
  Expression e(node);
  ValueId slope = node.In(1);
  const Shape& shape = node.InShape(1);
  // The slope of a channel broadcasts along the second dimension in old opsets.
  if (node.opset < 7 && shape.size() == 1 && node.InShape(0).size() > 2) {
    Shape along(node.InShape(0).size() - 1, 1);
    along[0] = shape[0];
    DIAPASON_ASSIGN_OR_RETURN(slope, node.Reshape(slope, along));
  } else {
    DIAPASON_RETURN_IF_ERROR(node.CheckBroadcastsTo(1, node.InShape(0)));
  }
  return e.Result(Positive(e, node.In(0), e("Mul", {node.In(0), slope})));
}

absl::StatusOr<Values> ConvertIsInf(NodeConverter& node) {
  Expression e(node);
  const ValueId x = node.In(0);
  const bool positive = node.Int("detect_positive", 1) != 0, negative = node.Int("detect_negative", 1) != 0;
  const double infinity = std::numeric_limits<double>::infinity();
  if (positive && negative) return e.Result(e("Equal", {e("Abs", {x}), e.Number(x, infinity)}));
  if (!positive && !negative) return absl::UnimplementedError("a test for neither infinity");
  return e.Result(e("Equal", {x, e.Number(x, positive ? infinity : -infinity)}));
}

}  // namespace

void AddElementwiseOperators(OperatorTable& table) {
  for (const char* op : {"Add", "Sub", "Mul", "Div", "Equal", "Less", "LessOrEqual", "And", "Or", "Xor"})
    table[op] = {ConvertSame, 2};
  for (const char* op : {"Not", "IsNaN", "Neg", "Abs", "Exp", "Log", "Sqrt", "Erf", "Tanh", "Sin", "Cos",
                         "Floor", "Ceil", "Round"})
    table[op] = {ConvertSame, 1};
  table["Where"] = {ConvertSame, 3};
  for (const char* op : {"Max", "Min", "Sum", "Mean"}) table[op] = {ConvertVariadic, 1};
  for (const char* op : {"Greater", "GreaterOrEqual"}) table[op] = {ConvertGreater, 2};
  table["Mod"] = {ConvertMod, 2};
  table["Pow"] = {ConvertPow, 2};
  for (const char* op : {"Cast", "CastLike"}) table[op] = {ConvertCast, 1};
  table["Identity"] = {ConvertIdentity, 1};
  table["Dropout"] = {ConvertDropout, 1};
  table["Clip"] = {ConvertClip, 1};
  for (const char* op : {"Relu", "Sigmoid", "HardSigmoid", "HardSwish", "Softplus", "Softsign", "Mish",
                         "Gelu", "LeakyRelu", "Elu", "Selu", "Celu", "ThresholdedRelu", "Reciprocal", "Sign"})
    table[op] = {ConvertActivation, 1};
  table["PRelu"] = {ConvertPRelu, 2};
  table["IsInf"] = {ConvertIsInf, 1};
}

}  // namespace diapason::compiler
