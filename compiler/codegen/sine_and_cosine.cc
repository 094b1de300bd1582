#include "compiler/codegen/calculator.h"
#include "compiler/codegen/math_functions.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

namespace diapason::compiler::codegen {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without
using Compare = Calculator::Compare;

// An angle as a number of quarter turns and a remainder.
struct Angle {
  Value quarters;   // i32, of which only the last two bits are used
  Value remainder;  // in radians, at most an eighth of a turn
};

// Reduces any float, even the largest. 1 / (2 pi) is divided into parts of 29 bits, so that in double
// precision the product of a part and x is exact, and so is the remainder after whole turns are subtracted.
// A few floats lie so near to a quarter turn that 180 bits are needed. Infinities become NaN.
Angle ReduceAngle(Calculator& c, Value x) {
  Value wide = c.ToF64(x), turns;
  for (double part : {0x1.45f306dp-3, 0x1.9391054p-32, 0x1.4fe13abp-61, 0x1.d1f534dp-90, 0x1.b81b6c5p-119,
                      0x1.5993c4p-150, 0x1.c820ff2p-177}) {
    turns = turns ? c.Fma(wide, c.F64(part), turns) : c.Mul(wide, c.F64(part));
    Value whole = math::RoundEvenOp::create(c.builder(), c.loc(), turns);
    turns = c.Sub(turns, whole);
  }
  // 1.5 * 2^52. Adding it rounds to an integer and leaves that integer in the low bits of the sum.
  constexpr double kRound = 6755399441055744.0;
  Value rounded = c.Add(c.Mul(turns, c.F64(4)), c.F64(kRound));
  Value quarters = c.Sub(rounded, c.F64(kRound));
  Value rest = c.Sub(turns, c.Mul(quarters, c.F64(0.25)));
  return {c.ToI32(c.Bits(rounded)), c.ToF32(c.Mul(rest, c.F64(6.283185307179586477)))};
}

// The sine and the cosine of at most an eighth of a turn (from Cephes, sinf.c).
Value SmallSine(Calculator& c, Value r) {
  Value r2 = c.Mul(r, r);
  return c.Fma(c.Mul(c.Polynomial(r2, {-1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f}), r2), r, r);
}

Value SmallCosine(Calculator& c, Value r) {
  Value r2 = c.Mul(r, r);
  Value p = c.Polynomial(r2, {2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f});
  return c.Fma(c.Mul(p, r2), r2, c.Fma(r2, c.F32(-0.5f), c.F32(1)));
}

// Returns the sine of `angle` plus `more` quarter turns.
Value Sine(Calculator& c, const Angle& angle, int32_t more) {
  Value quarters = more == 0 ? angle.quarters : c.AddInt(angle.quarters, c.I32(more));
  Value is_odd = c.IsNotEqual(c.And(quarters, c.I32(1)), c.I32(0));
  Value y = c.Select(is_odd, SmallCosine(c, angle.remainder), SmallSine(c, angle.remainder));
  return c.FromBits(c.Xor(c.Bits(y), c.ShiftLeft(c.And(quarters, c.I32(2)), c.I32(30))));
}

// Returns x if it is so small that its sine and its tangent are x itself, and `y` otherwise. This keeps the
// sign of -0, and the smallest floats, whose number of turns is rounded to zero.
Value KeepIfSmall(Calculator& c, Value x, Value y) {
  return c.Select(c.Abs(x), Compare::OLT, c.F32(2.4e-4f), x, y);
}

struct ExpandSin : OpRewritePattern<math::SinOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::SinOp op, PatternRewriter& rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32()) return failure();
    Calculator c(rewriter, op.getLoc(), op.getType());
    Value x = op.getOperand();
    rewriter.replaceOp(op, KeepIfSmall(c, x, Sine(c, ReduceAngle(c, x), 0)));
    return success();
  }
};

struct ExpandCos : OpRewritePattern<math::CosOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::CosOp op, PatternRewriter& rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32()) return failure();
    Calculator c(rewriter, op.getLoc(), op.getType());
    rewriter.replaceOp(op, Sine(c, ReduceAngle(c, op.getOperand()), 1));
    return success();
  }
};

struct ExpandTan : OpRewritePattern<math::TanOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::TanOp op, PatternRewriter& rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32()) return failure();
    Calculator c(rewriter, op.getLoc(), op.getType());
    Value x = op.getOperand();
    const Angle angle = ReduceAngle(c, x);
    rewriter.replaceOp(op, KeepIfSmall(c, x, c.Div(Sine(c, angle, 0), Sine(c, angle, 1))));
    return success();
  }
};

}  // namespace

void PopulateSinePatterns(RewritePatternSet& patterns, PatternBenefit benefit) {
  patterns.add<ExpandSin, ExpandCos, ExpandTan>(patterns.getContext(), benefit);
}

}  // namespace diapason::compiler::codegen
