#include "compiler/importer/activation_formulas.h"

#include <cmath>

namespace diapason::compiler::importer {

graph::ValueId Positive(Expression& e, graph::ValueId x, graph::ValueId negative) {
  return e(graph::Op::kWhere, {e(graph::Op::kLess, {x, e.Number(x, 0)}), negative, x});
}

graph::ValueId Sigmoid(Expression& e, graph::ValueId x) {
  // This is 1 / (1 + exp(-x)) for x >= 0, and exp(x) / (1 + exp(x)) otherwise. They are equal, but the
  // other one may overflow.
  const graph::ValueId tail = e(graph::Op::kExp, {e(graph::Op::kNeg, {e(graph::Op::kAbs, {x})})}),
                       one = e.Number(x, 1);
  const graph::ValueId is_negative = e(graph::Op::kLess, {x, e.Number(x, 0)});
  return e(graph::Op::kDiv,
           {e(graph::Op::kWhere, {is_negative, tail, one}), e(graph::Op::kAdd, {tail, one})});
}

graph::ValueId HardSigmoid(Expression& e, graph::ValueId x, double alpha, double beta) {
  const graph::ValueId line = e(graph::Op::kAdd, {Times(e, x, alpha), e.Number(x, beta)});
  return e(graph::Op::kMin, {e(graph::Op::kMax, {line, e.Number(x, 0)}), e.Number(x, 1)});
}

graph::ValueId Softplus(Expression& e, graph::ValueId x) {
  // This is max(x, 0) + log(1 + exp(-|x|)).
  const graph::ValueId tail =
      e(graph::Op::kLog1p, {e(graph::Op::kExp, {e(graph::Op::kNeg, {e(graph::Op::kAbs, {x})})})});
  return e(graph::Op::kAdd, {e(graph::Op::kMax, {x, e.Number(x, 0)}), tail});
}

graph::ValueId Softsign(Expression& e, graph::ValueId x) {
  return e(graph::Op::kDiv, {x, e(graph::Op::kAdd, {e(graph::Op::kAbs, {x}), e.Number(x, 1)})});
}

graph::ValueId LeakyRelu(Expression& e, graph::ValueId x, double alpha) {
  return Positive(e, x, Times(e, x, alpha));
}

graph::ValueId Elu(Expression& e, graph::ValueId x, double alpha) {
  return Positive(e, x, Times(e, e(graph::Op::kExpm1, {x}), alpha));
}

graph::ValueId ThresholdedRelu(Expression& e, graph::ValueId x, double alpha) {
  const graph::ValueId threshold = e.Number(x, alpha);
  return e(graph::Op::kWhere, {e(graph::Op::kLess, {threshold, x}), x, e.Number(x, 0)});
}

graph::ValueId Gelu(Expression& e, graph::ValueId x, bool by_tanh) {
  graph::ValueId inner;
  if (by_tanh) {
    const graph::ValueId cube = e(graph::Op::kMul, {e(graph::Op::kMul, {x, x}), x});
    const graph::ValueId sum = e(graph::Op::kAdd, {x, e(graph::Op::kMul, {cube, e.Number(x, 0.044715)})});
    inner = e(graph::Op::kTanh, {e(graph::Op::kMul, {sum, e.Number(x, std::sqrt(2 / M_PI))})});
  } else {
    inner = e(graph::Op::kErf, {e(graph::Op::kMul, {x, e.Number(x, std::sqrt(0.5))})});
  }
  return e(graph::Op::kMul,
           {e(graph::Op::kMul, {x, e.Number(x, 0.5)}), e(graph::Op::kAdd, {inner, e.Number(x, 1)})});
}

graph::ValueId Times(Expression& e, graph::ValueId x, double number) {
  return e(graph::Op::kMul, {x, e.Number(x, number)});
}

}  // namespace diapason::compiler::importer
