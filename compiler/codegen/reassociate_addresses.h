// Addresses that differ by constants share one pointer.
#ifndef DIAPASON_COMPILER_CODEGEN_REASSOCIATE_ADDRESSES_H_
#define DIAPASON_COMPILER_CODEGEN_REASSOCIATE_ADDRESSES_H_

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace diapason::compiler::codegen {

// Every `base[index]` of the function becomes base + terms + constant: the terms of outer loops first, each
// added where it is first known, the constant last. What a loop's counter adds is a pointer that the loop
// carries. The accesses of an unrolled tile then have one register and constant offsets, which LLVM's own
// passes would hide (they make a pointer an access out of MLIR's sums) and its loop strength reduction find
// again, in half of the time of code generation.
void ReassociateAddresses(mlir::LLVM::LLVMFuncOp func);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_REASSOCIATE_ADDRESSES_H_
