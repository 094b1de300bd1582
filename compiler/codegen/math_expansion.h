// Functions of the math dialect as arithmetic: a kernel calls no library.
#ifndef DIAPASON_COMPILER_CODEGEN_MATH_EXPANSION_H_
#define DIAPASON_COMPILER_CODEGEN_MATH_EXPANSION_H_

#include "mlir/IR/PatternMatch.h"

namespace diapason::compiler::codegen {

// f32, scalars and vectors. What math_functions.h names is right everywhere, within a few units of the last
// place (as tests/compiler/codegen/math_test.cc measures); others are MLIR's approximations (tanh: 5 units;
// erfc, atan, asin, acos, cbrt, sinh, cosh and their inverses: good near zero). What targets have
// instructions for (sqrt, abs, floor, ceil, roundeven) is left alone.
void PopulateMathExpansionPatterns(mlir::RewritePatternSet& patterns);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_MATH_EXPANSION_H_
