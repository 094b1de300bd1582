// Converts elementwise arithmetic, comparisons, logic and casts.
#include <algorithm>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/match.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::importer {

absl::StatusOr<ValueIds> ConvertSame(NodeConverter& node) {
  ValueIds operands;
  for (int i = 0; i < graph::TraitsOf(node.op()).operands; ++i) {
    if (!node.Has(i)) return absl::InvalidArgumentError(absl::StrCat("operand ", i, " is missing"));
    operands.push_back(node.In(i));
  }
  if (node.op() == graph::Op::kWhere) node.SetNarrow(0, node.Narrow(1));
  const bool is_logic =
      node.op() == graph::Op::kAnd || node.op() == graph::Op::kOr || node.op() == graph::Op::kXor;
  if (is_logic && node.InValue(0).type != v1::ELEMENT_TYPE_BOOL)
    return absl::UnimplementedError(absl::StrCat("elements of type ", ElementTypeName(node.InValue(0).type)));
  // Before opset 7, an `axis` could say along which dimensions of the first operand the second one lies.
  if (node.opset < 7 && operands.size() == 2 && node.Int("broadcast", 0) != 0 && node.HasAttribute("axis")) {
    DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                              NodeConverter::Axis(node.Int("axis", 0), node.InShape(0).size()));
    graph::Shape shape = node.InShape(1);
    while (shape.size() + axis < node.InShape(0).size()) shape.push_back(1);
    DIAPASON_ASSIGN_OR_RETURN(operands[1], node.Reshape(operands[1], shape));
  }
  return One(node.Add(node.op(), operands));
}

absl::StatusOr<ValueIds> ConvertVariadic(NodeConverter& node) {
  Expression e(node);
  graph::ValueId result = node.In(0);
  for (size_t i = 1; i < node.num_inputs(); ++i) {
    if (!node.Has(i)) return absl::InvalidArgumentError(absl::StrCat("operand ", i, " is missing"));
    result = e(node.op(), {result, node.In(i)});
  }
  return e.Result(result);
}

absl::StatusOr<ValueIds> ConvertMean(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  DIAPASON_ASSIGN_OR_RETURN(const ValueIds sum, ConvertVariadic(node));
  return One(
      node.Add(graph::Op::kDiv, {sum[0], node.Number(sum[0], static_cast<double>(node.num_inputs()))}));
}

absl::StatusOr<ValueIds> ConvertSwapped(NodeConverter& node) {
  return One(node.Add(node.op(), {node.In(1), node.In(0)}));
}

absl::StatusOr<ValueIds> ConvertMod(NodeConverter& node) {
  return One(
      node.Add(node.Int("fmod", 0) == 0 ? graph::Op::kMod : graph::Op::kRem, {node.In(0), node.In(1)}));
}

namespace {

// x^0.5 equals the square root, except for -0 and -infinity.
graph::ValueId SquareRoot(Expression& e, graph::ValueId x) {
  const double infinity = std::numeric_limits<double>::infinity();
  const graph::ValueId root = e(graph::Op::kSqrt, {e(graph::Op::kAdd, {x, e.Number(x, 0)})});
  return e(graph::Op::kWhere,
           {e(graph::Op::kEqual, {x, e.Number(x, -infinity)}), e.Number(x, infinity), root});
}

// Whether the exponents are known, and float32 holds each of them exactly.
bool AreExactFloats(const NodeConverter& node, size_t input) {
  const absl::StatusOr<std::vector<int64_t>> numbers = node.ConstantInts(input);
  if (!numbers.ok()) return false;
  return std::all_of(numbers->begin(), numbers->end(),
                     [](int64_t number) { return number >= -(1 << 24) && number <= 1 << 24; });
}

// Returns x^n for any integers n. Beyond 2^24, float32 holds only even integers, so this is x^(n - r) *
// x^r, where r is the remainder of n by 2.
graph::ValueId IntegerPower(Expression& e, graph::ValueId x, graph::ValueId n, v1::ElementType type) {
  const graph::ValueId r = e(graph::Op::kRem, {n, e.Number(n, 2)});
  const graph::ValueId even = e(graph::Op::kCast, {e(graph::Op::kSub, {n, r})}, {{"to", type}});
  const graph::ValueId one = e.Number(x, 1);
  const graph::ValueId odd =
      e(graph::Op::kWhere, {e(graph::Op::kLess, {r, e.Number(r, 0)}), e(graph::Op::kDiv, {one, x}), x});
  const graph::ValueId rest = e(graph::Op::kWhere, {e(graph::Op::kEqual, {r, e.Number(r, 0)}), one, odd});
  return e(graph::Op::kMul, {e(graph::Op::kPow, {x, even}), rest});
}

}  // namespace

absl::StatusOr<ValueIds> ConvertPow(NodeConverter& node) {
  Expression e(node);
  const graph::ValueId x = node.In(0);
  graph::ValueId exponent = node.In(1);
  const v1::ElementType type = node.InValue(0).type;
  if (type != v1::ELEMENT_TYPE_F32) {
    if (node.InValue(1).type != v1::ELEMENT_TYPE_F32) return PowerOfIntegers(node);
    const graph::ValueId base = e(graph::Op::kCast, {x}, {{"to", v1::ELEMENT_TYPE_F32}});
    return e.Result(e(graph::Op::kCast, {e(graph::Op::kPow, {base, exponent})}, {{"to", type}}));
  }
  if (node.InValue(1).type != type) {
    if (type == v1::ELEMENT_TYPE_F32 && !AreExactFloats(node, 1))
      return e.Result(IntegerPower(e, x, exponent, type));
    exponent = e(graph::Op::kCast, {exponent}, {{"to", type}});
  }
  // Common exponents become arithmetic, which is exact or as exact as pow.
  if (node.InShape(1).size() <= node.InShape(0).size()) {
    const std::optional<float> number = graph::SingleNumber(node.graph, exponent);
    if (number == 2.0f) return e.Result(e(graph::Op::kMul, {x, x}));
    if (number == 3.0f) return e.Result(e(graph::Op::kMul, {e(graph::Op::kMul, {x, x}), x}));
    if (number == 0.5f) {
      const bool has_root = node.graph.fast_math || graph::IsNonNegative(node.graph, x);
      return e.Result(has_root ? e(graph::Op::kSqrt, {x}) : SquareRoot(e, x));
    }
  }
  return e.Result(e(graph::Op::kPow, {x, exponent}));
}

absl::StatusOr<ValueIds> ConvertCast(NodeConverter& node) {
  absl::StatusOr<v1::ElementType> to = v1::ELEMENT_TYPE_F32;
  const NarrowType* narrow = nullptr;
  if (node.proto().op_type() == "CastLike") {
    if (!node.Has(1)) return absl::InvalidArgumentError("operand 1 is missing");
    to = node.InValue(1).type;
    narrow = node.Narrow(1);
  } else if (node.opset < 6) {
    if (node.String("to", "") != "FLOAT")
      return absl::UnimplementedError(absl::StrCat("a cast to ", node.String("to", "")));
  } else {
    to = ComputedTypeOf(static_cast<int>(node.Int("to", 0)));
    narrow = FindNarrowType(static_cast<int>(node.Int("to", 0)));
  }
  if (!to.ok()) return to.status();
  node.SetNarrow(0, narrow);
  Expression e(node);
  graph::ValueId value = node.In(0);
  const bool was_bool = node.InValue(0).type == v1::ELEMENT_TYPE_BOOL;
  if (*to != node.InValue(0).type) value = e(graph::Op::kCast, {value}, {{"to", *to}});
  if (narrow != nullptr && narrow->most > 0 && !was_bool && narrow != node.Narrow(0))
    value = Wrapped(e, value, *narrow);
  return e.Result(value);
}

absl::StatusOr<ValueIds> ConvertIdentity(NodeConverter& node) {
  node.SetNarrow(0, node.Narrow(0));
  return ValueIds{node.In(0)};
}

// Outside of training, a Dropout drops nothing, and its mask is all ones.
absl::StatusOr<ValueIds> ConvertDropout(NodeConverter& node) {
  if (node.Has(2)) {  // training_mode
    const graph::Value& training = node.InValue(2);
    if (!training.is_constant || graph::NumElements(training.shape) != 1)
      return absl::UnimplementedError("a training mode computed when the model runs");
    if (training.type == v1::ELEMENT_TYPE_BOOL && graph::ReadConstant(training)[0].i != 0)
      return absl::UnimplementedError("training_mode set to true");
  }
  ValueIds outputs = {node.In(0)};
  if (!node.Wants(1)) return outputs;
  const v1::ElementType type = node.opset < 10 ? node.InValue(0).type : v1::ELEMENT_TYPE_BOOL;
  DIAPASON_ASSIGN_OR_RETURN(
      const graph::ValueId mask,
      node.Add(graph::Op::kExpand, {node.graph.AddScalar(type, 1)}, {{"shape", node.InShape(0)}}));
  outputs.push_back(mask);
  return outputs;
}

absl::StatusOr<ValueIds> ConvertClip(NodeConverter& node) {
  Expression e(node);
  graph::ValueId x = node.In(0);
  if (node.opset < 11) {
    // These bounds apply also if the attributes are absent, so an infinity becomes the largest number.
    constexpr double kLargest = std::numeric_limits<float>::max();
    x = e(graph::Op::kMax, {x, e.Number(x, node.Float("min", -kLargest))});
    return e.Result(e(graph::Op::kMin, {x, e.Number(x, node.Float("max", kLargest))}));
  }
  const graph::Op ops[] = {graph::Op::kMax, graph::Op::kMin};
  for (size_t i = 1; i <= 2; ++i) {
    if (!node.Has(i)) continue;
    DIAPASON_ASSIGN_OR_RETURN(const graph::ValueId bound, node.ScalarOperand(i));
    x = e(ops[i - 1], {x, bound});
  }
  return e.Result(x);
}

absl::StatusOr<ValueIds> ConvertIsInf(NodeConverter& node) {
  Expression e(node);
  const graph::ValueId x = node.In(0);
  const bool positive = node.Int("detect_positive", 1) != 0, negative = node.Int("detect_negative", 1) != 0;
  const double infinity = std::numeric_limits<double>::infinity();
  if (positive && negative)
    return e.Result(e(graph::Op::kEqual, {e(graph::Op::kAbs, {x}), e.Number(x, infinity)}));
  if (!positive && !negative) return absl::UnimplementedError("detect_positive and detect_negative both 0");
  return e.Result(e(graph::Op::kEqual, {x, e.Number(x, positive ? infinity : -infinity)}));
}

}  // namespace diapason::compiler::importer
