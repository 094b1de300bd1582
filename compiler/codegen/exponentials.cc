#include <cmath>

#include "compiler/codegen/calculator.h"
#include "compiler/codegen/math_functions.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

namespace diapason::compiler::codegen {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without
using Compare = Calculator::Compare;

constexpr float kLog2OfE = 1.44269504f;
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

// Returns p * 2^n for p between 1/2 and 2.
Value ScaleBoth(Calculator& c, Value p, Value rounded) {
  const auto [first, second] = Scale(c, rounded);
  return c.Mul(c.Mul(p, first), second);
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
  // The coefficients make the largest relative error of the polynomial small, which is 4e-9.
  Value p = c.Polynomial(reduced.r, {1.38145406e-3f, 8.36874545e-3f, 4.16683890e-2f, 1.66665211e-1f,
                                     4.99999940e-1f, 1.0f, 1.0f});
  return ScaleBoth(c, p, reduced.rounded);
}

Value Exp2(Calculator& c, Value x) {
  Value clamped = c.AtLeast(c.AtMost(x, c.F32(129)), c.F32(-254));
  Value rounded = c.Add(clamped, c.F32(kRound));
  Value r = c.Sub(clamped, c.Sub(rounded, c.F32(kRound)));
  Value p = c.Polynomial(r, {1.53533620e-4f, 1.33988750e-3f, 9.61843692e-3f, 5.55033237e-2f, 2.40226477e-1f,
                             6.93147182e-1f, 1.0f});
  return ScaleBoth(c, p, rounded);
}

// With the flag afn, results below 2^-126 may be zero, those from 2^127.5 on infinite, and two units of the
// last place may be wrong. One factor is then enough: it has the biased exponent n + 127, which is zero for
// n = -127.
Value ApproximateExp2(Calculator& c, Value x) {
  constexpr float kRoundAndBias = 12582912.0f + 127.0f;
  Value clamped = c.AtLeast(c.AtMost(x, c.F32(128)), c.F32(-127));
  Value rounded = c.Add(clamped, c.F32(kRoundAndBias));
  Value r = c.Sub(clamped, c.Sub(rounded, c.F32(kRoundAndBias)));
  Value p =
      c.Polynomial(r, {1.32647273e-3f, 9.67151299e-3f, 5.55073358e-2f, 2.40222424e-1f, 6.93147004e-1f, 1.0f});
  return c.Mul(p, c.FromBits(c.ShiftLeft(c.Bits(rounded), c.I32(23))));
}

struct ExpandExp2 : OpRewritePattern<math::Exp2Op> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::Exp2Op op, PatternRewriter& rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32()) return failure();
    Calculator c(rewriter, op.getLoc(), op.getType());
    const bool approximate = arith::bitEnumContainsAll(op.getFastmath(), arith::FastMathFlags::afn);
    rewriter.replaceOp(op, approximate ? ApproximateExp2(c, op.getOperand()) : Exp2(c, op.getOperand()));
    return success();
  }
};

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

// Uses x P(x^2) / Q(x^2) with the coefficients of XLA, divided by the first one of Q. From kEnd on the result
// is exactly 1 (or -1), because a GELU multiplies 1 + erf(x) by large numbers.
Value Erf(Calculator& c, Value x) {
  constexpr float kEnd = 3.8325069f;
  Value size = c.Abs(x), square = c.Mul(x, x);
  Value p = c.Polynomial(square, {1.87157007e-05f, -1.90214731e-03f, 1.44240946e-01f, 3.90805864f,
                                  5.04590836e+01f, 2.02841217e+02f, 1.10503601e+03f});
  Value q = c.Add(square, c.F32(1.46487026e+01f));
  for (float coefficient : {1.15530594e+02f, 5.06198883e+02f, 9.79312683e+02f})
    q = c.Fma(q, square, c.F32(coefficient));
  Value y = c.AtMost(c.Mul(size, c.Div(p, q)), c.F32(1));
  return c.WithSignOf(c.Select(size, Compare::OGE, c.F32(kEnd), c.F32(1), y), x);
}

// Returns 1 + erf(x) = erfc(-x), with an absolute error of at most 4e-7. The fourth root of erfc is so smooth
// on [0, kEnd] that a polynomial is as good as a quotient, and cheaper. Beyond kEnd, where the polynomial is
// below 0, the result is exactly 0 or 2, because a GELU multiplies it by large numbers.
Value OnePlusErf(Calculator& c, Value x) {
  constexpr float kEnd = 3.98378015f;
  Value size = c.AtMost(c.Abs(x), c.F32(kEnd));
  Value root =
      c.Polynomial(size, {-6.50634393e-05f, 7.89670565e-04f, -2.93957745e-03f, -2.07200035e-04f,
                          1.8023273e-02f, 1.56580899e-02f, -1.19396336e-01f, -2.82093257e-01f, 1.0f});
  root = c.AtLeast(root, c.F32(0));
  Value square = c.Mul(root, root), erfc = c.Mul(square, square);
  return c.Select(x, Compare::OLT, c.F32(0), erfc, c.Sub(c.F32(2), erfc));
}

// Returns the argument of erf. If it is x / c for a constant c whose inverse is a normal number, this is
// x times the rounded inverse: that changes erf by at most the last place, and divisions are expensive.
Value ArgumentOfErf(Calculator& c, math::ErfOp op) {
  auto division = op.getOperand().getDefiningOp<arith::DivFOp>();
  llvm::APFloat divisor(0.0f);
  if (!division || !matchPattern(division.getRhs(), m_ConstantFloat(&divisor))) return op.getOperand();
  const float inverse = 1 / divisor.convertToFloat();
  return std::isnormal(inverse) ? c.Mul(division.getLhs(), c.F32(inverse)) : op.getOperand();
}

// Expands an erf to which 1 is added, and the sum, which is the expensive part of a GELU. The relative
// error of erf near 0 does not matter there.
struct ExpandOnePlusErf : OpRewritePattern<math::ErfOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ErfOp op, PatternRewriter& rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32() || !op->hasOneUse()) return failure();
    auto sum = dyn_cast<arith::AddFOp>(*op->user_begin());
    if (!sum) return failure();
    Value other = sum.getLhs() == op ? sum.getRhs() : sum.getLhs();
    if (!matchPattern(other, m_OneFloat())) return failure();
    Calculator c(rewriter, op.getLoc(), op.getType());
    rewriter.replaceOp(sum, OnePlusErf(c, ArgumentOfErf(c, op)));
    rewriter.eraseOp(op);
    return success();
  }
};

}  // namespace

void PopulateExponentialPatterns(RewritePatternSet& patterns, PatternBenefit benefit) {
  patterns.add<ExpandFunction<math::ExpOp, Exp>, ExpandExp2, ExpandFunction<math::ExpM1Op, Expm1>,
               ExpandFunction<math::ErfOp, Erf>>(patterns.getContext(), benefit);
  patterns.add<ExpandOnePlusErf>(patterns.getContext(), PatternBenefit(benefit.getBenefit() + 1));
}

}  // namespace diapason::compiler::codegen
