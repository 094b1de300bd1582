#include "compiler/codegen/calculator.h"
#include "compiler/codegen/math_functions.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

namespace diapason::compiler::codegen {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without
using Compare = Calculator::Compare;

constexpr float kLog2OfE = 1.44269504f;
constexpr float kLn2 = 0.693147181f;
// ln 2 in two parts, the first of so few bits that its product with an exponent is exact (Cephes, expf.c).
constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;

// Adding it rounds to an integer, whose value plus 254 is then in the low bits: no rounding instruction is
// needed.
constexpr float kRound = 12582912.0f + 254.0f;  // 1.5 * 2^23

// Arguments above give infinity, arguments below give a first factor of zero (see Scale): by one
// multiplication that is exact, and not by one whose result is too small, for which CPUs take a hundred
// cycles (rows of masked scores).
constexpr float kLargest = 89.0f, kSmallest = -176.0f;

// x = n * ln 2 + r with |r| <= ln 2 / 2; `rounded` holds n as kRound says.
struct Reduced {
  Value rounded, n, r;
};

Reduced ReduceByLn2(Calculator& c, Value x) {
  Reduced reduced;
  reduced.rounded = c.Fma(x, c.F32(kLog2OfE), c.F32(kRound));
  reduced.n = c.Sub(reduced.rounded, c.F32(kRound));
  reduced.r = c.Fma(reduced.n, c.F32(-kLn2High), x);
  reduced.r = c.Fma(reduced.n, c.F32(-kLn2Low), reduced.r);
  return reduced;
}

// exp(r) - 1 for |r| <= ln 2 / 2 (Cephes).
Value SmallExpMinusOne(Calculator& c, Value r) {
  Value p = c.Polynomial(r, {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f,
                             1.6666665459e-1f, 5.0000001201e-1f});
  return c.Fma(p, c.Mul(r, r), r);
}

// 2^n as a product of two powers of about its root: both are normal numbers where 2^n is none, and a product
// with the first is exact.
std::pair<Value, Value> Scale(Calculator& c, Value rounded) {
  Value sum = c.Bits(rounded);  // of both biased exponents, in the low bits
  Value half = c.ShiftRight(sum, c.I32(1)), rest = c.SubInt(sum, half);
  return {c.FromBits(c.ShiftLeft(half, c.I32(23))), c.FromBits(c.ShiftLeft(rest, c.I32(23)))};
}

Value ScaledExp(Calculator& c, Value r, Value rounded) {
  const auto [first, second] = Scale(c, rounded);
  return c.Mul(c.Mul(c.Add(SmallExpMinusOne(c, r), c.F32(1)), first), second);
}

// A pattern for `Op` that calls `Expand`, a function of the calculator and the operand.
template <typename Op, Value (*Expand)(Calculator&, Value)>
struct ExpandFunction : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op, PatternRewriter& rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32()) return failure();
    Calculator c(rewriter, op.getLoc(), op.getType());
    rewriter.replaceOp(op, Expand(c, op.getOperand()));
    return success();
  }
};

Value Exp(Calculator& c, Value x) {
  Value clamped = c.AtLeast(c.AtMost(x, c.F32(kLargest)), c.F32(kSmallest));
  const Reduced reduced = ReduceByLn2(c, clamped);
  return ScaledExp(c, reduced.r, reduced.rounded);
}

Value Exp2(Calculator& c, Value x) {
  Value clamped = c.AtLeast(c.AtMost(x, c.F32(129)), c.F32(-254));
  Value rounded = c.Add(clamped, c.F32(kRound));
  Value r = c.Mul(c.Sub(clamped, c.Sub(rounded, c.F32(kRound))), c.F32(kLn2));
  return ScaledExp(c, r, rounded);
}

// exp(x) - 1 = (exp(r) - 1) * 2^n + (2^n - 1). From 2^60 on the 1 does not count, and 2^n may not be a
// number.
Value Expm1(Calculator& c, Value x) {
  Value clamped = c.AtLeast(c.AtMost(x, c.F32(kLargest)), c.F32(-30));
  const Reduced reduced = ReduceByLn2(c, clamped);
  const auto [first, second] = Scale(c, reduced.rounded);
  Value part = c.Mul(SmallExpMinusOne(c, reduced.r), second);
  Value near = c.Fma(part, first, c.Sub(c.Mul(first, second), c.F32(1)));
  Value far = c.Mul(c.Add(part, second), first);
  Value y = c.Select(clamped, Compare::OGT, c.F32(42), far, near);
  return c.Select(x, Compare::OEQ, c.F32(0), x, y);  // -0
}

// x P(x^2) / Q(x^2) (the numbers are XLA's), and from kEnd on 1, exactly: a GELU multiplies 1 + erf by large
// numbers.
Value Erf(Calculator& c, Value x) {
  constexpr float kEnd = 3.8325069f;
  Value square = c.Mul(x, x);
  Value p = c.Polynomial(
      square, {-2.72614225801306e-10f, 2.77068142495902e-08f, -2.10102402082508e-06f, -5.69250639462346e-05f,
               -7.34990630326855e-04f, -2.95459980854025e-03f, -1.60960333262415e-02f});
  Value q = c.Polynomial(square, {-1.45660718464996e-05f, -2.13374055278905e-04f, -1.68282697438203e-03f,
                                  -7.37332916720468e-03f, -1.42647390514189e-02f});
  Value y = c.AtLeast(c.AtMost(c.Mul(x, c.Div(p, q)), c.F32(1)), c.F32(-1));
  return c.Select(c.Abs(x), Compare::OGE, c.F32(kEnd), c.WithSignOf(c.F32(1), x), y);
}

}  // namespace

void PopulateExponentialPatterns(RewritePatternSet& patterns, PatternBenefit benefit) {
  patterns.add<ExpandFunction<math::ExpOp, Exp>, ExpandFunction<math::Exp2Op, Exp2>,
               ExpandFunction<math::ExpM1Op, Expm1>, ExpandFunction<math::ErfOp, Erf>>(patterns.getContext(),
                                                                                       benefit);
}

}  // namespace diapason::compiler::codegen
