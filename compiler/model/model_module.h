// Makes the part of a model's library that is not a kernel, as one LLVM module. It consists of the table
// that the run-time executes (compiler/runtime/model_runtime.h), the weights as the model stores them,
// and the exported functions, which pass the table to the run-time. No C compiler is involved, so users
// need none.
#ifndef DIAPASON_COMPILER_MODEL_MODEL_MODULE_H_
#define DIAPASON_COMPILER_MODEL_MODEL_MODULE_H_

#include <memory>
#include <string>
#include <vector>

#include "compiler/graph/program.h"
#include "compiler/model/kernel_instances.h"
#include "compiler/model/memory_plan.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

namespace diapason::compiler::model {

// What the module is made from. All of it must outlive the call of MakeModelModule.
struct ModelParts {
  const graph::Program& program;
  const MemoryPlan& plan;
  const KernelInstances& kernels;
  std::string target;  // the target's name, for people
};

// Returns the names that a model's library exports.
std::vector<std::string> ExportedFunctions(const std::string& model);

// Returns for each call the first call that has the same kernel and reads the same constants. Both use
// the packed constants of that first call.
std::vector<int64_t> PackedBy(const graph::Program& program, const std::vector<int>& kernel_of_call);

// Returns the bytes of all constants that calls read. Equal constants count once.
int64_t WeightBytes(const graph::Program& program);

// Returns a module without a target; the caller sets the triple and the data layout. The weights are
// copied into the context.
std::unique_ptr<llvm::Module> MakeModelModule(const ModelParts& parts, llvm::LLVMContext& context);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_MODEL_MODULE_H_
