// Replaces functions of the math dialect by arithmetic, because a kernel must not call a library.
#ifndef DIAPASON_COMPILER_CODEGEN_MATH_EXPANSION_H_
#define DIAPASON_COMPILER_CODEGEN_MATH_EXPANSION_H_

#include "mlir/IR/PatternMatch.h"

namespace diapason::compiler::codegen {

// Adds patterns for f32, scalars and vectors. The functions of math_functions.h are accurate everywhere,
// within a few units of the last place (tests/compiler/codegen/math_test.cc measures this). The others use
// MLIR's approximations: tanh is accurate to 5 units; erfc, atan, asin, acos, cbrt, sinh, cosh and their
// inverses are good only near zero. Functions that targets have instructions for (sqrt, abs, floor, ceil,
// roundeven) stay.
void PopulateMathExpansionPatterns(mlir::RewritePatternSet& patterns);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_MATH_EXPANSION_H_
