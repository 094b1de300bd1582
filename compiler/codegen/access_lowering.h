// Lowers loads and stores to the LLVM dialect.
#ifndef DIAPASON_COMPILER_CODEGEN_ACCESS_LOWERING_H_
#define DIAPASON_COMPILER_CODEGEN_ACCESS_LOWERING_H_

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/PatternMatch.h"

namespace diapason::compiler::codegen {

// Adds patterns for loads and stores of numbers, and of 1-D vectors of numbers, in buffers whose offset and
// strides are static. Other accesses are left to the stock patterns, which do the same but take several times
// as long: they compute strides from affine maps, and make an LLVMContext for each access to find its
// alignment.
void PopulateAccessLowering(const mlir::LLVMTypeConverter& types, mlir::RewritePatternSet& patterns);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_ACCESS_LOWERING_H_
