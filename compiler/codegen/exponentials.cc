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
// ln 2 as a sum of two parts. The first has so few bits that its product with an exponent is exact (from
// Cephes, expf.c).
constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;

// Adding this number to a float rounds the float to an integer, and leaves that integer plus 254 in the low
// bits of the sum. So no rounding instruction is needed.
constexpr float kRound = 12582912.0f + 254.0f;  // 1.5 * 2^23

// Larger arguments give infinity. Smaller ones give a first factor of zero (see Scale), so that the result is
// zero by an exact multiplication. A multiplication whose result is too small to represent would take a CPU
// about a hundred cycles, and rows of masked attention scores are full of such arguments.
constexpr float kLargest = 89.0f, kSmallest = -176.0f;

// x = n * ln 2 + r with |r| <= ln 2 / 2. `rounded` holds n in the way that kRound describes.
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

// Returns exp(r) - 1 for |r| <= ln 2 / 2 (from Cephes).
Value SmallExpMinusOne(Calculator& c, Value r) {
  Value p = c.Polynomial(r, {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f,
                             1.6666665459e-1f, 5.0000001201e-1f});
  return c.Fma(p, c.Mul(r, r), r);
}

// Returns two powers of two, each about the square root of 2^n, whose product is 2^n. Both are normal numbers
// even if 2^n is not, and a multiplication by the first is exact.
std::pair<Value, Value> Scale(Calculator& c, Value rounded) {
  Value sum = c.Bits(rounded);  // the low bits hold the sum of both biased exponents
  Value half = c.ShiftRight(sum, c.I32(1)), rest = c.SubInt(sum, half);
  return {c.FromBits(c.ShiftLeft(half, c.I32(23))), c.FromBits(c.ShiftLeft(rest, c.I32(23)))};
}

Value ScaledExp(Calculator& c, Value r, Value rounded) {
  const auto [first, second] = Scale(c, rounded);
  return c.Mul(c.Mul(c.Add(SmallExpMinusOne(c, r), c.F32(1)), first), second);
}

// Replaces an `Op` by what `Expand` makes of its operand.
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

// Uses exp(x) - 1 = (exp(r) - 1) * 2^n + (2^n - 1). From 2^60 on, subtracting 1 has no effect, and 2^n itself
// may be too large to represent.
Value Expm1(Calculator& c, Value x) {
  Value clamped = c.AtLeast(c.AtMost(x, c.F32(kLargest)), c.F32(-30));
  const Reduced reduced = ReduceByLn2(c, clamped);
  const auto [first, second] = Scale(c, reduced.rounded);
  Value part = c.Mul(SmallExpMinusOne(c, reduced.r), second);
  Value near = c.Fma(part, first, c.Sub(c.Mul(first, second), c.F32(1)));
  Value far = c.Mul(c.Add(part, second), first);
  Value y = c.Select(clamped, Compare::OGT, c.F32(42), far, near);
  return c.Select(x, Compare::OEQ, c.F32(0), x, y);  // keeps the sign of -0
}

// Uses x P(x^2) / Q(x^2) with the coefficients of XLA. From kEnd on the result is exactly 1 (or -1),
// because a GELU multiplies 1 + erf(x) by large numbers.
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
