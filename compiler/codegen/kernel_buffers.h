// Buffers that a kernel allocates, and their places in one block of memory. Private to compiler/codegen.
#ifndef DIAPASON_COMPILER_CODEGEN_KERNEL_BUFFERS_H_
#define DIAPASON_COMPILER_CODEGEN_KERNEL_BUFFERS_H_

#include <cstdint>

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace diapason::compiler::codegen {

// Returns whether the operation allocates a buffer.
bool IsAllocation(mlir::Operation* op);

// Returns the size of a buffer, or the largest if it differs between a loop's iterations (of the last tile).
// Fails with a diagnostic if the size has no known upper bound, or the buffer is not dense numbers.
llvm::FailureOr<int64_t> Bytes(mlir::Operation* allocation);

// Returns a buffer of the allocation's type that begins at byte `place` of the block of memory at `base`.
mlir::Value ViewAt(mlir::OpBuilder& builder, mlir::Operation* allocation, mlir::Value base, int64_t place,
                   mlir::ValueRange sizes);

// Replaces every allocation in `func` by a part of the block of memory at `base`, one after another, and
// removes deallocations. Returns how many bytes are needed.
llvm::FailureOr<int64_t> PlaceAllocations(mlir::func::FuncOp func, mlir::Value base);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_KERNEL_BUFFERS_H_
