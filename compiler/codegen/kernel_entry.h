// From functions with bare pointers to what an artifact exports: the description of
// compiler/runtime/kernel_abi.h.
#ifndef DIAPASON_COMPILER_CODEGEN_KERNEL_ENTRY_H_
#define DIAPASON_COMPILER_CODEGEN_KERNEL_ENTRY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "llvm/IR/Module.h"
#include "mlir/IR/BuiltinOps.h"

namespace diapason::compiler::codegen {

struct KernelDescription {
  struct Stage {
    std::string function;
    int64_t range = 0;
  };
  std::vector<Stage> stages;
  std::string prepare;  // function; empty: none
  std::vector<int64_t> packed_bytes;
  int64_t num_arguments = 0;
  int64_t workspace_bytes = 0;
  int64_t scratch_bytes = 0;
};

// Reads what outlining left on the module; before the functions are lowered.
KernelDescription Describe(mlir::ModuleOp module);

// Adds the entry points and the description, a constant named `symbol`. Everything else becomes internal.
void AddKernelEntry(const KernelDescription& description, llvm::StringRef symbol, llvm::Module& module);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_KERNEL_ENTRY_H_
