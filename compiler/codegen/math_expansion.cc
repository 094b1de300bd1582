#include "compiler/codegen/math_expansion.h"

#include "compiler/codegen/calculator.h"
#include "compiler/codegen/math_functions.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/IR/TypeUtilities.h"

namespace diapason::compiler::codegen {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

// Splits an FMA into a product and a sum, because LLVM would make it a function call on targets that have no
// FMA instruction. On the others LLVM fuses the two again.
struct SplitFma : OpRewritePattern<math::FmaOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::FmaOp op, PatternRewriter& rewriter) const override {
    Calculator c(rewriter, op.getLoc(), op.getType());
    rewriter.replaceOp(op, c.Fma(op.getA(), op.getB(), op.getC()));
    return success();
  }
};

struct ExpandRsqrt : OpRewritePattern<math::RsqrtOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::RsqrtOp op, PatternRewriter& rewriter) const override {
    Calculator c(rewriter, op.getLoc(), op.getType());
    Value root = math::SqrtOp::create(rewriter, op.getLoc(), op.getOperand());
    rewriter.replaceOp(op, c.Div(c.F32(1), root));
    return success();
  }
};

// Rounds half away from zero, as trunc(x + 0.49999997). With 0.5, the largest number below 0.5 would become
// 1.
struct ExpandRound : OpRewritePattern<math::RoundOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::RoundOp op, PatternRewriter& rewriter) const override {
    Calculator c(rewriter, op.getLoc(), op.getType());
    Value half = c.WithSignOf(c.F32(0.49999997f), op.getOperand());
    rewriter.replaceOpWithNewOp<math::TruncOp>(op, c.Add(op.getOperand(), half));
    return success();
  }
};

}  // namespace

void PopulateMathExpansionPatterns(RewritePatternSet& patterns) {
  const PatternBenefit ours(3), approximations(2);
  patterns.add<SplitFma, ExpandRsqrt, ExpandRound>(patterns.getContext(), ours);
  PopulateExponentialPatterns(patterns, ours);
  PopulateLogarithmPatterns(patterns, ours);
  PopulateSinePatterns(patterns, ours);
  PopulatePowerPatterns(patterns, ours);
  populateMathPolynomialApproximationPatterns(patterns, [](StringRef) { return true; }, approximations);
  // ceil and roundeven are not expanded: targets have instructions for them, and MLIR's expansions are wrong
  // next to 0.5.
  math::populateExpansionPatterns(patterns, {"sinh", "cosh", "asinh", "acosh", "atanh", "fpowi", "ctlz"});
}

}  // namespace diapason::compiler::codegen
