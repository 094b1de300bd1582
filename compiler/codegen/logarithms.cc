#include <limits>

#include "compiler/codegen/calculator.h"
#include "compiler/codegen/math_functions.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

namespace diapason::compiler::codegen {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without
using Compare = Calculator::Compare;

// x = 2^exponent * (1 + t) with 1 + t between the square roots of 1/2 and of 2.
struct Split {
  Value exponent;  // i32
  Value t;
};

// Splits a positive, normal number. For other numbers the result has no meaning.
Split SplitExponent(Calculator& c, Value x) {
  Value bits = c.Bits(x);
  Value exponent = c.ShiftRightSigned(c.SubInt(bits, c.I32(0x3f3504f3)), c.I32(23));
  Value mantissa = c.FromBits(c.SubInt(bits, c.ShiftLeft(exponent, c.I32(23))));
  return {exponent, c.Sub(mantissa, c.F32(1))};
}

// Returns log(1 + t) - t for the t of a Split (from Cephes, logf.c).
Value TailOfLog(Calculator& c, Value t) {
  Value p = c.Polynomial(
      t, {7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f, 1.4249322787e-1f,
          -1.6668057665e-1f, 2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f});
  Value t2 = c.Mul(t, t);
  return c.Fma(t2, c.F32(-0.5f), c.Mul(c.Mul(p, t), t2));
}

// Returns the logarithm of x for any x, given `y`, which is the logarithm if x is positive and finite.
Value ExtendToAllNumbers(Calculator& c, Value x, Value y) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  y = c.Select(x, Compare::OLT, c.F32(kInfinity), y, x);  // infinity and NaN are their own logarithms
  y = c.Select(x, Compare::OLT, c.F32(0), c.F32(std::numeric_limits<float>::quiet_NaN()), y);
  return c.Select(x, Compare::OEQ, c.F32(0), c.F32(-kInfinity), y);
}

// The logarithm to a base is log(1 + t) * scale + exponent * (high + low). `high` has few bits, so that its
// product with an exponent is exact.
struct Base {
  float scale, high, low;
};

template <typename Op>
struct ExpandLog : OpRewritePattern<Op> {
  ExpandLog(MLIRContext* context, PatternBenefit benefit, Base log_base)
      : OpRewritePattern<Op>(context, benefit), base(log_base) {}

  LogicalResult matchAndRewrite(Op op, PatternRewriter& rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32()) return failure();
    Calculator c(rewriter, op.getLoc(), op.getType());
    Value x = op.getOperand();
    Value is_denormal = c.Is(x, Compare::OLT, c.F32(std::numeric_limits<float>::min()));
    const Split split = SplitExponent(c, c.Select(is_denormal, c.Mul(x, c.F32(8388608)), x));  // 2^23
    Value exponent = c.Sub(c.ToF32(split.exponent), c.Select(is_denormal, c.F32(23), c.F32(0)));
    Value tail = TailOfLog(c, split.t), y;
    if (base.scale == 1) {
      y = c.Add(split.t, c.Fma(exponent, c.F32(base.low), tail));
    } else {  // the largest term, t * scale, is added last
      y = c.Fma(tail, c.F32(base.scale), c.Mul(exponent, c.F32(base.low)));
      y = c.Fma(split.t, c.F32(base.scale), y);
    }
    y = c.Fma(exponent, c.F32(base.high), y);
    rewriter.replaceOp(op, ExtendToAllNumbers(c, x, y));
    return success();
  }

  const Base base;
};

// Computes log(u) with u = 1 + x, and adds to t the part of x that rounding lost in that sum.
struct ExpandLog1p : OpRewritePattern<math::Log1pOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::Log1pOp op, PatternRewriter& rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32()) return failure();
    Calculator c(rewriter, op.getLoc(), op.getType());
    Value x = op.getOperand(), one = c.F32(1);
    Value u = c.Add(x, one);
    Value lost = c.Select(x, Compare::OLT, one, c.Sub(x, c.Sub(u, one)), c.Sub(one, c.Sub(u, x)));
    const Split split = SplitExponent(c, u);
    Value small = c.MinInt(split.exponent, c.I32(126));
    Value scale = c.FromBits(c.ShiftLeft(c.SubInt(c.I32(127), small), c.I32(23)));  // 2^-exponent
    Value t = c.Fma(lost, scale, split.t), exponent = c.ToF32(split.exponent);
    Value y = c.Add(t, c.Fma(exponent, c.F32(-2.12194440e-4f), TailOfLog(c, t)));
    y = c.Fma(exponent, c.F32(0.693359375f), y);
    y = ExtendToAllNumbers(c, u, y);
    rewriter.replaceOp(op, c.Select(x, Compare::OEQ, c.F32(0), x, y));  // keeps the sign of -0
    return success();
  }
};

}  // namespace

void PopulateLogarithmPatterns(RewritePatternSet& patterns, PatternBenefit benefit) {
  MLIRContext* context = patterns.getContext();
  patterns.add<ExpandLog<math::LogOp>>(context, benefit, Base{1, 0.693359375f, -2.12194440e-4f});
  patterns.add<ExpandLog<math::Log2Op>>(context, benefit, Base{1.44269504f, 1, 0});
  patterns.add<ExpandLog<math::Log10Op>>(context, benefit, Base{0.434294482f, 0.301025391f, 4.60503907e-6f});
  patterns.add<ExpandLog1p>(context, benefit);
}

}  // namespace diapason::compiler::codegen
