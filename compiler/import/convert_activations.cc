// Activation functions, in arithmetic: whichever way a file spells such a function, fusion puts it into one
// kernel.
#include <cmath>

#include "compiler/import/converters.h"
#include "compiler/import/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler {
namespace {

ValueId Sigmoid(Expression& e, ValueId x) {
  // 1 / (1 + exp(-x)), which is exp(x) / (1 + exp(x)): of the two, the one whose exponential does not
  // overflow.
  const ValueId tail = e(Op::kExp, {e(Op::kNeg, {e(Op::kAbs, {x})})}), one = e.Number(x, 1);
  const ValueId is_negative = e(Op::kLess, {x, e.Number(x, 0)});
  return e(Op::kDiv, {e(Op::kWhere, {is_negative, tail, one}), e(Op::kAdd, {tail, one})});
}

ValueId HardSigmoid(Expression& e, ValueId x, double alpha, double beta) {
  const ValueId line = e(Op::kAdd, {e(Op::kMul, {x, e.Number(x, alpha)}), e.Number(x, beta)});
  return e(Op::kMin, {e(Op::kMax, {line, e.Number(x, 0)}), e.Number(x, 1)});
}

ValueId Softplus(Expression& e, ValueId x) {
  // log(1 + exp(x)), without overflow: max(x, 0) + log(1 + exp(-|x|)).
  const ValueId tail = e(Op::kLog1p, {e(Op::kExp, {e(Op::kNeg, {e(Op::kAbs, {x})})})});
  return e(Op::kAdd, {e(Op::kMax, {x, e.Number(x, 0)}), tail});
}

ValueId Gelu(Expression& e, ValueId x, bool by_tanh) {
  ValueId inner;
  if (by_tanh) {
    const ValueId cube = e(Op::kMul, {e(Op::kMul, {x, x}), x});
    const ValueId sum = e(Op::kAdd, {x, e(Op::kMul, {cube, e.Number(x, 0.044715)})});
    inner = e(Op::kTanh, {e(Op::kMul, {sum, e.Number(x, std::sqrt(2 / M_PI))})});
  } else {
    inner = e(Op::kErf, {e(Op::kMul, {x, e.Number(x, std::sqrt(0.5))})});
  }
  return e(Op::kMul, {e(Op::kMul, {x, e.Number(x, 0.5)}), e(Op::kAdd, {inner, e.Number(x, 1)})});
}

// x where it is positive, else `negative`.
ValueId Positive(Expression& e, ValueId x, ValueId negative) {
  return e(Op::kWhere, {e(Op::kLess, {x, e.Number(x, 0)}), negative, x});
}

// A function of the first operand, which must be floats.
template <typename Function>
absl::StatusOr<ValueIds> OfFloats(NodeConverter& node, const Function& function) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  Expression e(node);
  return e.Result(function(e, node.In(0)));
}

ValueId Times(Expression& e, ValueId value, double number) {
  return e(Op::kMul, {value, e.Number(value, number)});
}

}  // namespace

absl::StatusOr<ValueIds> ConvertRelu(NodeConverter& node) {
  Expression e(node);
  return e.Result(e(Op::kMax, {node.In(0), e.Number(node.In(0), 0)}));
}

absl::StatusOr<ValueIds> ConvertSigmoid(NodeConverter& node) { return OfFloats(node, Sigmoid); }

absl::StatusOr<ValueIds> ConvertHardSigmoid(NodeConverter& node) {
  return OfFloats(node, [&](Expression& e, ValueId x) {
    return HardSigmoid(e, x, node.Float("alpha", 0.2), node.Float("beta", 0.5));
  });
}

absl::StatusOr<ValueIds> ConvertHardSwish(NodeConverter& node) {
  return OfFloats(node,
                  [](Expression& e, ValueId x) { return e(Op::kMul, {x, HardSigmoid(e, x, 1.0 / 6, 0.5)}); });
}

absl::StatusOr<ValueIds> ConvertSoftplus(NodeConverter& node) { return OfFloats(node, Softplus); }

absl::StatusOr<ValueIds> ConvertSoftsign(NodeConverter& node) {
  return OfFloats(node, [](Expression& e, ValueId x) {
    return e(Op::kDiv, {x, e(Op::kAdd, {e(Op::kAbs, {x}), e.Number(x, 1)})});
  });
}

absl::StatusOr<ValueIds> ConvertMish(NodeConverter& node) {
  return OfFloats(node,
                  [](Expression& e, ValueId x) { return e(Op::kMul, {x, e(Op::kTanh, {Softplus(e, x)})}); });
}

absl::StatusOr<ValueIds> ConvertGelu(NodeConverter& node) {
  return OfFloats(node, [&](Expression& e, ValueId x) {
    return Gelu(e, x, node.String("approximate", "none") == "tanh");
  });
}

absl::StatusOr<ValueIds> ConvertLeakyRelu(NodeConverter& node) {
  return OfFloats(
      node, [&](Expression& e, ValueId x) { return Positive(e, x, Times(e, x, node.Float("alpha", 0.01))); });
}

absl::StatusOr<ValueIds> ConvertElu(NodeConverter& node) {
  return OfFloats(node, [&](Expression& e, ValueId x) {
    return Positive(e, x, Times(e, e(Op::kExpm1, {x}), node.Float("alpha", 1)));
  });
}

absl::StatusOr<ValueIds> ConvertSelu(NodeConverter& node) {
  return OfFloats(node, [&](Expression& e, ValueId x) {
    const ValueId tail = Times(e, e(Op::kExpm1, {x}), node.Float("alpha", 1.67326319217681884765625));
    return Times(e, Positive(e, x, tail), node.Float("gamma", 1.05070102214813232421875));
  });
}

absl::StatusOr<ValueIds> ConvertCelu(NodeConverter& node) {
  return OfFloats(node, [&](Expression& e, ValueId x) {
    const double alpha = node.Float("alpha", 1);
    return Positive(e, x, Times(e, e(Op::kExpm1, {e(Op::kDiv, {x, e.Number(x, alpha)})}), alpha));
  });
}

absl::StatusOr<ValueIds> ConvertThresholdedRelu(NodeConverter& node) {
  return OfFloats(node, [&](Expression& e, ValueId x) {
    const ValueId threshold = e.Number(x, node.Float("alpha", 1));
    return e(Op::kWhere, {e(Op::kLess, {threshold, x}), x, e.Number(x, 0)});
  });
}

absl::StatusOr<ValueIds> ConvertReciprocal(NodeConverter& node) {
  return OfFloats(node, [](Expression& e, ValueId x) { return e(Op::kDiv, {e.Number(x, 1), x}); });
}

absl::StatusOr<ValueIds> ConvertSign(NodeConverter& node) {
  Expression e(node);
  const ValueId x = node.In(0), zero = e.Number(x, 0);
  const ValueId below = e(Op::kWhere, {e(Op::kLess, {x, zero}), e.Number(x, -1), x});
  return e.Result(e(Op::kWhere, {e(Op::kLess, {zero, x}), e.Number(x, 1), below}));
}

absl::StatusOr<ValueIds> ConvertPRelu(NodeConverter& node) {
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
  return e.Result(Positive(e, node.In(0), e(Op::kMul, {node.In(0), slope})));
}

}  // namespace diapason::compiler
