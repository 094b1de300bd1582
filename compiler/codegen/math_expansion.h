// Functions of the math dialect as arithmetic: a kernel calls no library.
#ifndef DIAPASON_COMPILER_CODEGEN_MATH_EXPANSION_H_
#define DIAPASON_COMPILER_CODEGEN_MATH_EXPANSION_H_

#include "mlir/IR/PatternMatch.h"

namespace diapason::compiler {

// f32, scalars and vectors. exp: within 1 ulp. MLIR's approximations, a few ulp: tanh, erf, erfc, log, log2, log1p,
// expm1; sin and cos the same, but near their zeroes an absolute error of 1e-7; by these: sinh, cosh, tan, pow, exp2 and
// others. What targets have instructions for (sqrt, abs, floor) is left alone.
void PopulateMathExpansionPatterns(mlir::RewritePatternSet& patterns);

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_CODEGEN_MATH_EXPANSION_H_
