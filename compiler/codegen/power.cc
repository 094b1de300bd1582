#include <limits>

#include "compiler/codegen/calculator.h"
#include "compiler/codegen/math_functions.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

namespace diapason::compiler::codegen {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without
using Compare = Calculator::Compare;

constexpr double kLn2 = 0.693147180559945309417;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Returns log2 of a positive f64 that was converted from an f32, accurate to 2^-38. It writes x as 2^e * m
// with m between the square roots of 1/2 and of 2, and uses log(m) = 2 atanh((m - 1) / (m + 1)).
Value Log2(Calculator& c, Value x) {
  Value bits = c.Bits(x);
  Value exponent = c.ShiftRightSigned(c.SubInt(bits, c.I64(0x3fe6a09e667f3bcd)), c.I64(52));
  Value m = c.FromBits(c.SubInt(bits, c.ShiftLeft(exponent, c.I64(52))));
  Value t = c.Div(c.Sub(m, c.F64(1)), c.Add(m, c.F64(1)));
  Value t2 = c.Mul(t, t), p = c.F64(2 / kLn2 / 15);
  for (int k = 13; k >= 1; k -= 2) p = c.Fma(p, t2, c.F64(2 / kLn2 / k));
  return c.Fma(p, t, c.ToF64(c.ToI32(exponent)));
}

// Returns 2^x in f64 for |x| <= 200, accurate to 2^-37.
Value Exp2(Calculator& c, Value x) {
  // 1.5 * 2^52. Adding it rounds to an integer and leaves that integer in the low bits of the sum.
  constexpr double kRound = 6755399441055744.0;
  Value rounded = c.Add(x, c.F64(kRound));
  Value r = c.Mul(c.Sub(x, c.Sub(rounded, c.F64(kRound))), c.F64(kLn2));
  double factorial = 3628800;  // 10!
  Value p = c.F64(1 / factorial);
  for (int k = 10; k >= 1; --k) {
    factorial /= k;
    p = c.Fma(p, r, c.F64(1 / factorial));
  }
  return c.Mul(p, c.FromBits(c.ShiftLeft(c.AddInt(c.Bits(rounded), c.I64(1023)), c.I64(52))));
}

// IEEE 754's pow. It computes 2^(y log2 |x|) in double precision, so that the result is rounded only once,
// also if it is denormal or infinite. Then it sets the sign if y is odd, and handles the cases in which the
// formula does not hold.
struct ExpandPow : OpRewritePattern<math::PowFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::PowFOp op, PatternRewriter& rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32()) return failure();
    Calculator c(rewriter, op.getLoc(), op.getType());
    Value x = op.getLhs(), y = op.getRhs(), zero = c.F32(0), one = c.F32(1);
    Value size = c.Abs(x);
    constexpr float kFloatInfinity = std::numeric_limits<float>::infinity();
    Value log = Log2(c, c.ToF64(size));
    log = c.Select(size, Compare::OEQ, zero, c.F64(-kInfinity), log);
    log = c.Select(size, Compare::OEQ, c.F32(kFloatInfinity), c.F64(kInfinity), log);
    Value power = c.AtLeast(c.AtMost(c.Mul(c.ToF64(y), log), c.F64(200)), c.F64(-200));
    Value z = c.ToF32(Exp2(c, power));

    // Every float of at least 2^24 is an even integer.
    Value y_size = c.Abs(y);
    y_size = c.Select(y_size, Compare::OLT, c.F32(16777216), y_size, c.F32(16777216));
    Value integer = c.ToI32(y_size);
    Value is_integer = c.Is(c.ToF32(integer), Compare::OEQ, y_size);
    Value is_odd = c.And(is_integer, c.IsNotEqual(c.And(integer, c.I32(1)), c.I32(0)));
    Value sign = c.Select(is_odd, c.And(c.Bits(x), c.I32(Calculator::kSignBit)), c.I32(0));

    // 1 to an infinite power is 1, but the formula gives NaN.
    z = c.Select(size, Compare::OEQ, one, one, z);
    z = c.FromBits(c.Xor(c.Bits(z), sign));
    // A negative number to a power that is not an integer is NaN.
    Value is_negative = c.And(c.Is(x, Compare::OLT, zero), c.Is(size, Compare::OLT, c.F32(kFloatInfinity)));
    Value has_root = c.IsEqual(
        c.And(c.Select(is_negative, c.I32(1), c.I32(0)), c.Select(is_integer, c.I32(0), c.I32(1))), c.I32(0));
    z = c.Select(has_root, z, c.F32(std::numeric_limits<float>::quiet_NaN()));
    // If an operand is NaN, so is the result, except for x^0 and 1^y.
    z = c.Select(x, Compare::UNO, y, c.Add(x, y), z);
    z = c.Select(y, Compare::OEQ, zero, one, z);
    rewriter.replaceOp(op, c.Select(x, Compare::OEQ, one, one, z));
    return success();
  }
};

}  // namespace

void PopulatePowerPatterns(RewritePatternSet& patterns, PatternBenefit benefit) {
  patterns.add<ExpandPow>(patterns.getContext(), benefit);
}

}  // namespace diapason::compiler::codegen
