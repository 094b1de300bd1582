// Adds to a kernel's LLVM module what its artifact exports: the description of a kernel that
// compiler/runtime/kernel_abi.h defines.
#ifndef DIAPASON_COMPILER_CODEGEN_KERNEL_ENTRY_H_
#define DIAPASON_COMPILER_CODEGEN_KERNEL_ENTRY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "llvm/IR/Module.h"
#include "mlir/IR/BuiltinOps.h"

namespace diapason::compiler::codegen {

// What outlining (passes.h) says about a kernel.
struct KernelDescription {
  struct Stage {
    std::string function;  // its name in the module
    int64_t range = 0;     // the number of its units of work
  };
  std::vector<Stage> stages;
  std::string prepare;                // the name of the function that packs constants; empty if there is none
  std::vector<int64_t> packed_bytes;  // the size of each packed constant
  int64_t num_arguments = 0;          // without packed constants
  int64_t workspace_bytes = 0;
  int64_t scratch_bytes = 0;
};

// Reads the attributes that outlining has put on the module. Must be called before the functions are lowered.
KernelDescription Describe(mlir::ModuleOp module);

// Adds the entry points and the description, which is a constant named `symbol`. All other symbols become
// internal.
void AddKernelEntry(const KernelDescription& description, llvm::StringRef symbol, llvm::Module& module);

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_KERNEL_ENTRY_H_
