// Addresses that differ by constants share one pointer.
#ifndef DIAPASON_COMPILER_CODEGEN_SHARED_ADDRESSES_H_
#define DIAPASON_COMPILER_CODEGEN_SHARED_ADDRESSES_H_

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace diapason::compiler {

// Every `base[index]` of the function becomes base + terms + constant: the terms of outer loops first, each added where
// it is first known, the constant last. The accesses of an unrolled tile then have one pointer and constant offsets in
// the innermost loop, which LLVM would otherwise have to find out (its loop strength reduction takes half of the time of
// code generation for that, and its own passes make a pointer an access out of MLIR's sums first).
void ShareAddresses(mlir::LLVM::LLVMFuncOp func);

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_CODEGEN_SHARED_ADDRESSES_H_
