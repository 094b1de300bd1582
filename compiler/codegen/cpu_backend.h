// The back end for CPUs. It uses the stock transform interpreter, our default lowering, LLVM and lld. Its
// artifacts are ELF objects that export the description of one kernel (compiler/runtime/kernel_abi.h).
#ifndef DIAPASON_COMPILER_CODEGEN_CPU_BACKEND_H_
#define DIAPASON_COMPILER_CODEGEN_CPU_BACKEND_H_

#include <memory>

#include "compiler/codegen/kernel_backend.h"

namespace diapason::compiler::codegen {

// The back end keeps one MLIRContext, which the first build makes, and a code generator for each target that
// it has built for.
std::unique_ptr<KernelBackend> MakeCpuBackend();

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_CPU_BACKEND_H_
