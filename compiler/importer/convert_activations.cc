// Converts activation functions to arithmetic. However a file spells such a function, fusion puts it
// into one kernel.
#include "compiler/importer/activation_formulas.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {

absl::StatusOr<ValueIds> ConvertRelu(NodeConverter& node) {
  Expression e(node);
  return e.Result(e(graph::Op::kMax, {node.In(0), e.Number(node.In(0), 0)}));
}

absl::StatusOr<ValueIds> ConvertSigmoid(NodeConverter& node) { return OfFloats(node, Sigmoid); }

absl::StatusOr<ValueIds> ConvertHardSigmoid(NodeConverter& node) {
  return OfFloats(node, [&](Expression& e, graph::ValueId x) {
    return HardSigmoid(e, x, node.Float("alpha", 0.2), node.Float("beta", 0.5));
  });
}

absl::StatusOr<ValueIds> ConvertHardSwish(NodeConverter& node) {
  return OfFloats(node, [](Expression& e, graph::ValueId x) {
    return e(graph::Op::kMul, {x, HardSigmoid(e, x, 1.0 / 6, 0.5)});
  });
}

absl::StatusOr<ValueIds> ConvertSwish(NodeConverter& node) {
  return OfFloats(node, [&](Expression& e, graph::ValueId x) {
    return e(graph::Op::kMul, {x, Sigmoid(e, Times(e, x, node.Float("alpha", 1)))});
  });
}

absl::StatusOr<ValueIds> ConvertSoftplus(NodeConverter& node) { return OfFloats(node, Softplus); }

absl::StatusOr<ValueIds> ConvertSoftsign(NodeConverter& node) { return OfFloats(node, Softsign); }

absl::StatusOr<ValueIds> ConvertMish(NodeConverter& node) {
  return OfFloats(node, [](Expression& e, graph::ValueId x) {
    return e(graph::Op::kMul, {x, e(graph::Op::kTanh, {Softplus(e, x)})});
  });
}

absl::StatusOr<ValueIds> ConvertGelu(NodeConverter& node) {
  return OfFloats(node, [&](Expression& e, graph::ValueId x) {
    return Gelu(e, x, node.String("approximate", "none") == "tanh");
  });
}

absl::StatusOr<ValueIds> ConvertLeakyRelu(NodeConverter& node) {
  return OfFloats(
      node, [&](Expression& e, graph::ValueId x) { return LeakyRelu(e, x, node.Float("alpha", 0.01)); });
}

absl::StatusOr<ValueIds> ConvertElu(NodeConverter& node) {
  return OfFloats(node, [&](Expression& e, graph::ValueId x) { return Elu(e, x, node.Float("alpha", 1)); });
}

absl::StatusOr<ValueIds> ConvertSelu(NodeConverter& node) {
  return OfFloats(node, [&](Expression& e, graph::ValueId x) {
    const graph::ValueId tail =
        Times(e, e(graph::Op::kExpm1, {x}), node.Float("alpha", 1.67326319217681884765625));
    return Times(e, Positive(e, x, tail), node.Float("gamma", 1.05070102214813232421875));
  });
}

absl::StatusOr<ValueIds> ConvertCelu(NodeConverter& node) {
  return OfFloats(node, [&](Expression& e, graph::ValueId x) {
    const double alpha = node.Float("alpha", 1);
    return Positive(e, x,
                    Times(e, e(graph::Op::kExpm1, {e(graph::Op::kDiv, {x, e.Number(x, alpha)})}), alpha));
  });
}

absl::StatusOr<ValueIds> ConvertThresholdedRelu(NodeConverter& node) {
  return OfFloats(
      node, [&](Expression& e, graph::ValueId x) { return ThresholdedRelu(e, x, node.Float("alpha", 1)); });
}

absl::StatusOr<ValueIds> ConvertReciprocal(NodeConverter& node) {
  return OfFloats(node,
                  [](Expression& e, graph::ValueId x) { return e(graph::Op::kDiv, {e.Number(x, 1), x}); });
}

absl::StatusOr<ValueIds> ConvertSign(NodeConverter& node) {
  Expression e(node);
  const graph::ValueId x = node.In(0), zero = e.Number(x, 0);
  const graph::ValueId below = e(graph::Op::kWhere, {e(graph::Op::kLess, {x, zero}), e.Number(x, -1), x});
  return e.Result(e(graph::Op::kWhere, {e(graph::Op::kLess, {zero, x}), e.Number(x, 1), below}));
}

absl::StatusOr<ValueIds> ConvertPRelu(NodeConverter& node) {
  Expression e(node);
  graph::ValueId slope = node.In(1);
  const graph::Shape& shape = node.InShape(1);
  // In old opsets, a slope for each channel broadcasts along the second dimension.
  if (node.opset < 7 && shape.size() == 1 && node.InShape(0).size() > 2) {
    graph::Shape along(node.InShape(0).size() - 1, 1);
    along[0] = shape[0];
    DIAPASON_ASSIGN_OR_RETURN(slope, node.Reshape(slope, along));
  } else {
    DIAPASON_RETURN_IF_ERROR(node.CheckBroadcastsTo(1, node.InShape(0)));
  }
  return e.Result(Positive(e, node.In(0), e(graph::Op::kMul, {node.In(0), slope})));
}

// x + bias below -lambd, x - bias above lambd, and 0 between them
absl::StatusOr<ValueIds> ConvertShrink(NodeConverter& node) {
  return OfFloats(node, [&](Expression& e, graph::ValueId x) {
    const double limit = node.Float("lambd", 0.5);
    const graph::ValueId bias = e.Number(x, node.Float("bias", 0));
    const graph::ValueId above = e(graph::Op::kWhere, {e(graph::Op::kLess, {e.Number(x, limit), x}),
                                                       e(graph::Op::kSub, {x, bias}), e.Number(x, 0)});
    return e(graph::Op::kWhere,
             {e(graph::Op::kLess, {x, e.Number(x, -limit)}), e(graph::Op::kAdd, {x, bias}), above});
  });
}

}  // namespace diapason::compiler::importer
