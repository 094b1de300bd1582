// Rewrites addresses so that those which differ by a constant share one pointer.
#ifndef DIAPASON_COMPILER_CODEGEN_REASSOCIATE_ADDRESSES_H_
#define DIAPASON_COMPILER_CODEGEN_REASSOCIATE_ADDRESSES_H_

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace diapason::compiler::codegen {

// Every address `base[index]` of the function becomes base + terms + constant. The terms of outer loops come
// first, each added at the first place where it is defined, and the constant comes last. For a term that is a
// loop's counter, the loop carries a pointer of its own and advances it.
//
// The accesses of an unrolled tile then use one register and constant offsets. Without this, LLVM would
// compute a separate pointer for each access from MLIR's sums. Loop strength reduction would find the
// shared pointer again, but takes half of the time of code generation.
void ReassociateAddresses(mlir::LLVM::LLVMFuncOp func);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_REASSOCIATE_ADDRESSES_H_
