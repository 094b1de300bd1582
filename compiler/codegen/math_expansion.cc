#include "compiler/codegen/math_expansion.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

namespace diapason::compiler {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

// Short names for arithmetic on values of one shape.
class Calculator {
 public:
  Calculator(OpBuilder& builder, Location loc, Type type) : builder_(builder), loc_(loc), type_(type) {}

  Value Float(float value) { return Constant(type_, builder_.getF32FloatAttr(value)); }
  Value Int(int32_t value) { return Constant(IntType(), builder_.getI32IntegerAttr(value)); }
  Value Add(Value a, Value b) {
    return arith::AddFOp::create(builder_, loc_, a, b, arith::FastMathFlags::contract);
  }
  Value Sub(Value a, Value b) { return arith::SubFOp::create(builder_, loc_, a, b); }
  Value Mul(Value a, Value b) {
    return arith::MulFOp::create(builder_, loc_, a, b, arith::FastMathFlags::contract);
  }
  // a * b + c, in one rounding where the target can.
  Value Fma(Value a, Value b, Value c) { return Add(Mul(a, b), c); }
  Value Bits(Value a) { return arith::BitcastOp::create(builder_, loc_, IntType(), a); }
  Value FromBits(Value a) { return arith::BitcastOp::create(builder_, loc_, type_, a); }
  Value AddInt(Value a, Value b) { return arith::AddIOp::create(builder_, loc_, a, b); }
  Value ShiftLeft(Value a, Value b) { return arith::ShLIOp::create(builder_, loc_, a, b); }
  Value Select(arith::CmpFPredicate predicate, Value a, Value b, Value yes, Value no) {
    Value condition = arith::CmpFOp::create(builder_, loc_, predicate, a, b);
    return arith::SelectOp::create(builder_, loc_, condition, yes, no);
  }

 private:
  Type IntType() {
    if (auto vector = dyn_cast<VectorType>(type_)) return vector.clone(builder_.getI32Type());
    return builder_.getI32Type();
  }
  Value Constant(Type type, TypedAttr value) {
    if (auto vector = dyn_cast<VectorType>(type)) {
      value = cast<TypedAttr>(Attribute(DenseElementsAttr::get(vector, Attribute(value))));
    }
    return arith::ConstantOp::create(builder_, loc_, type, value);
  }

  OpBuilder& builder_;
  Location loc_;
  Type type_;
};

// exp as in Cephes (expf.c): x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial of r, and n into the exponent. n comes
// from adding 1.5 * 2^23, so that no rounding instruction is needed; its low bits then hold n as an integer.
struct ExpandExp : OpRewritePattern<math::ExpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ExpOp op, PatternRewriter& rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32()) return failure();
    constexpr float kLargest = 88.7228394f;    // ln of the largest float
    constexpr float kSmallest = -87.3365402f;  // ln of the smallest normal float; below it: 0
    constexpr float kRound = 12582912.0f;
    Calculator c(rewriter, op.getLoc(), op.getType());
    Value x = op.getOperand();
    Value clamped = c.Select(arith::CmpFPredicate::OLT, x, c.Float(kLargest), x, c.Float(kLargest));
    clamped = c.Select(arith::CmpFPredicate::OGT, clamped, c.Float(kSmallest), clamped, c.Float(kSmallest));
    Value shifted = c.Fma(clamped, c.Float(1.44269504f), c.Float(kRound));
    Value n = c.Sub(shifted, c.Float(kRound));
    Value r = c.Fma(n, c.Float(-0.693359375f), clamped);
    r = c.Fma(n, c.Float(2.12194440e-4f), r);
    Value p = c.Float(1.9875691500e-4f);
    for (float coefficient :
         {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f}) {
      p = c.Fma(p, r, c.Float(coefficient));
    }
    Value y = c.Add(c.Fma(p, c.Mul(r, r), r), c.Float(1.0f));
    y = c.FromBits(c.AddInt(c.Bits(y), c.ShiftLeft(c.Bits(shifted), c.Int(23))));
    y = c.Select(arith::CmpFPredicate::OGT, x, c.Float(kLargest),
                 c.Float(std::numeric_limits<float>::infinity()), y);
    y = c.Select(arith::CmpFPredicate::OLT, x, c.Float(kSmallest), c.Float(0.0f), y);
    rewriter.replaceOp(op, c.Select(arith::CmpFPredicate::UNO, x, x, x, y));
    return success();
  }
};

// Many targets have no such instruction, and then it is a call; where there is one, LLVM fuses the two again.
struct SplitFma : OpRewritePattern<math::FmaOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::FmaOp op, PatternRewriter& rewriter) const override {
    Calculator c(rewriter, op.getLoc(), op.getType());
    rewriter.replaceOp(op, c.Fma(op.getA(), op.getB(), op.getC()));
    return success();
  }
};

}  // namespace

void PopulateMathExpansionPatterns(RewritePatternSet& patterns) {
  patterns.add<ExpandExp, SplitFma>(patterns.getContext(), /*benefit=*/3);
  populateMathPolynomialApproximationPatterns(
      patterns, [](StringRef name) { return name != math::ExpOp::getOperationName(); }, /*benefit=*/2);
  math::populateExpansionPatterns(patterns);
}

}  // namespace diapason::compiler
