// Patterns that replace functions of f32, scalars and vectors, by arithmetic. There is one source file for
// each family of functions. For every argument the result is within a few units of the last place, also if
// it is denormal, and follows IEEE 754 for zeroes, infinities and NaN. These patterns have a higher benefit
// than MLIR's own approximations, which clamp, lose NaN or are good only near zero.
#ifndef DIAPASON_COMPILER_CODEGEN_MATH_FUNCTIONS_H_
#define DIAPASON_COMPILER_CODEGEN_MATH_FUNCTIONS_H_

#include "mlir/IR/PatternMatch.h"

namespace diapason::compiler::codegen {

// Adds patterns for exp, exp2, expm1 and erf (exponentials.cc). 1 + erf(x) is computed as one function,
// with a small absolute error.
void PopulateExponentialPatterns(mlir::RewritePatternSet& patterns, mlir::PatternBenefit benefit);
// Adds patterns for log, log2, log10 and log1p (logarithms.cc).
void PopulateLogarithmPatterns(mlir::RewritePatternSet& patterns, mlir::PatternBenefit benefit);
// Adds patterns for sin, cos and tan (sine_and_cosine.cc).
void PopulateSinePatterns(mlir::RewritePatternSet& patterns, mlir::PatternBenefit benefit);
// Adds a pattern for powf (power.cc).
void PopulatePowerPatterns(mlir::RewritePatternSet& patterns, mlir::PatternBenefit benefit);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_MATH_FUNCTIONS_H_
