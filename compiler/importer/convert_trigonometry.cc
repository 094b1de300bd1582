// Converts trigonometric and hyperbolic functions that the graph has no operator for, and their inverses, as
// formulas that are accurate for small operands, too.
#include <cmath>

#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

// Returns f(|x|) with the sign of x. `of_size` is f(|x|), which is not negative.
ValueId WithSign(Expression& e, ValueId x, ValueId of_size) {
  return e(Op::kWhere, {e(Op::kLess, {x, e.Number(x, 0)}), e(Op::kNeg, {of_size}), of_size});
}

// Returns x + x * z * p(z), where z = x^2 and p has these factors, that of the highest power first.
ValueId OddPolynomial(Expression& e, ValueId x, const std::vector<double>& factors) {
  const ValueId z = e(Op::kMul, {x, x});
  ValueId sum = e.Number(x, factors[0]);
  for (size_t i = 1; i < factors.size(); ++i)
    sum = e(Op::kAdd, {e(Op::kMul, {sum, z}), e.Number(x, factors[i])});
  return e(Op::kAdd, {x, e(Op::kMul, {e(Op::kMul, {x, z}), sum})});
}

// Returns asin(x) for x from 0 to 0.5 (the polynomial of Moshier's Cephes).
ValueId SmallAsin(Expression& e, ValueId x) {
  return OddPolynomial(e, x,
                       {4.2163199048e-2, 2.4181311049e-2, 4.5470025998e-2, 7.4953002686e-2, 1.6666752422e-1});
}

// Returns asin(x) for x from 0 to 0.5, and 2 asin(sqrt((1 - x) / 2)), which is acos(x), above.
struct Arc {
  ValueId size, is_large, value;
};
Arc ArcOf(Expression& e, ValueId x) {
  const ValueId size = e(Op::kAbs, {x}), half = e.Number(x, 0.5);
  const ValueId root = e(Op::kSqrt, {e(Op::kMul, {e(Op::kSub, {e.Number(x, 1), size}), half})});
  const ValueId is_large = e(Op::kLess, {half, size});
  const ValueId value = SmallAsin(e, e(Op::kWhere, {is_large, root, size}));
  return {size, is_large, e(Op::kWhere, {is_large, e(Op::kAdd, {value, value}), value})};
}

}  // namespace

absl::StatusOr<ValueIds> ConvertAsin(NodeConverter& node) {
  return OfFloats(node, [](Expression& e, ValueId x) {
    const Arc arc = ArcOf(e, x);
    const ValueId rest = e(Op::kSub, {e.Number(x, M_PI / 2), arc.value});
    return WithSign(e, x, e(Op::kWhere, {arc.is_large, rest, arc.value}));
  });
}

absl::StatusOr<ValueIds> ConvertAcos(NodeConverter& node) {
  return OfFloats(node, [](Expression& e, ValueId x) {
    const Arc arc = ArcOf(e, x);
    const ValueId small = e(Op::kSub, {e.Number(x, M_PI / 2), WithSign(e, x, arc.value)});
    const ValueId is_negative = e(Op::kLess, {x, e.Number(x, 0)});
    const ValueId large =
        e(Op::kWhere, {is_negative, e(Op::kSub, {e.Number(x, M_PI), arc.value}), arc.value});
    return e(Op::kWhere, {arc.is_large, large, small});
  });
}

// Above 1, atan(x) is pi / 2 - atan(1 / x). Above tan(pi / 8), it is pi / 4 + atan((x - 1) / (x + 1)). The
// polynomial is that of Moshier's Cephes.
absl::StatusOr<ValueIds> ConvertAtan(NodeConverter& node) {
  return OfFloats(node, [](Expression& e, ValueId x) {
    const ValueId size = e(Op::kAbs, {x}), one = e.Number(x, 1);
    const ValueId is_large = e(Op::kLess, {one, size});
    const ValueId inside = e(Op::kWhere, {is_large, e(Op::kDiv, {one, size}), size});
    const ValueId is_middle = e(Op::kLess, {e.Number(x, std::tan(M_PI / 8)), inside});
    const ValueId turned = e(Op::kDiv, {e(Op::kSub, {inside, one}), e(Op::kAdd, {inside, one})});
    const ValueId small =
        OddPolynomial(e, e(Op::kWhere, {is_middle, turned, inside}),
                      {8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1});
    const ValueId angle = e(Op::kWhere, {is_middle, e(Op::kAdd, {small, e.Number(x, M_PI / 4)}), small});
    return WithSign(e, x, e(Op::kWhere, {is_large, e(Op::kSub, {e.Number(x, M_PI / 2), angle}), angle}));
  });
}

absl::StatusOr<ValueIds> ConvertTan(NodeConverter& node) {
  return OfFloats(node,
                  [](Expression& e, ValueId x) { return e(Op::kDiv, {e(Op::kSin, {x}), e(Op::kCos, {x})}); });
}

// With t = exp(x / 2), exp(x) / 2 = (t / 2) * t does not overflow before the result does. Near 0, sinh
// is (m + m / (m + 1)) / 2 with m = exp(x) - 1.
absl::StatusOr<ValueIds> ConvertSinh(NodeConverter& node) {
  return OfFloats(node, [](Expression& e, ValueId x) {
    const ValueId size = e(Op::kAbs, {x}), half = e.Number(x, 0.5), one = e.Number(x, 1);
    const ValueId m = e(Op::kExpm1, {size});
    const ValueId small = e(Op::kMul, {e(Op::kAdd, {m, e(Op::kDiv, {m, e(Op::kAdd, {m, one})})}), half});
    const ValueId t = e(Op::kExp, {e(Op::kMul, {size, half})});
    const ValueId large = e(Op::kMul, {e(Op::kMul, {t, half}), t});
    return WithSign(e, x, e(Op::kWhere, {e(Op::kLess, {size, e.Number(x, 20)}), small, large}));
  });
}

absl::StatusOr<ValueIds> ConvertCosh(NodeConverter& node) {
  return OfFloats(node, [](Expression& e, ValueId x) {
    const ValueId size = e(Op::kAbs, {x}), half = e.Number(x, 0.5);
    const ValueId t = e(Op::kExp, {e(Op::kMul, {size, half})});
    const ValueId rising = e(Op::kMul, {e(Op::kMul, {t, half}), t});
    const ValueId falling = e(Op::kMul, {e(Op::kExp, {e(Op::kNeg, {size})}), half});
    return e(Op::kAdd, {rising, falling});
  });
}

// For small x, this is log1p(x + x^2 / (1 + sqrt(x^2 + 1))), and for large x, log(x) + log(2).
absl::StatusOr<ValueIds> ConvertAsinh(NodeConverter& node) {
  return OfFloats(node, [](Expression& e, ValueId x) {
    const ValueId size = e(Op::kAbs, {x}), one = e.Number(x, 1);
    const ValueId square = e(Op::kMul, {size, size});
    const ValueId root = e(Op::kSqrt, {e(Op::kAdd, {square, one})});
    const ValueId small =
        e(Op::kLog1p, {e(Op::kAdd, {size, e(Op::kDiv, {square, e(Op::kAdd, {root, one})})})});
    const ValueId large = e(Op::kAdd, {e(Op::kLog, {size}), e.Number(x, std::log(2.0))});
    return WithSign(e, x, e(Op::kWhere, {e(Op::kLess, {size, e.Number(x, 1e6)}), small, large}));
  });
}

// With t = x - 1, this is log1p(t + sqrt(2 t + t^2)) for small x, and log(x) + log(2) for large x.
absl::StatusOr<ValueIds> ConvertAcosh(NodeConverter& node) {
  return OfFloats(node, [](Expression& e, ValueId x) {
    const ValueId t = e(Op::kSub, {x, e.Number(x, 1)});
    const ValueId root = e(Op::kSqrt, {e(Op::kAdd, {e(Op::kMul, {t, e.Number(x, 2)}), e(Op::kMul, {t, t})})});
    const ValueId small = e(Op::kLog1p, {e(Op::kAdd, {t, root})});
    const ValueId large = e(Op::kAdd, {e(Op::kLog, {x}), e.Number(x, std::log(2.0))});
    return e(Op::kWhere, {e(Op::kLess, {x, e.Number(x, 1e6)}), small, large});
  });
}

// This is log1p(2 x / (1 - x)) / 2.
absl::StatusOr<ValueIds> ConvertAtanh(NodeConverter& node) {
  return OfFloats(node, [](Expression& e, ValueId x) {
    const ValueId size = e(Op::kAbs, {x}), one = e.Number(x, 1);
    const ValueId ratio = e(Op::kDiv, {e(Op::kMul, {size, e.Number(x, 2)}), e(Op::kSub, {one, size})});
    return WithSign(e, x, e(Op::kMul, {e(Op::kLog1p, {ratio}), e.Number(x, 0.5)}));
  });
}

}  // namespace diapason::compiler::importer
