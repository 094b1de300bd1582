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

}  // namespace

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
