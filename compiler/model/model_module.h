// The part of a model's library that is no kernel, as one LLVM module: the table that the run-time executes
// (compiler/runtime/model_runtime.h), the weights as the model stores them, and the exported functions, which
// hand the table to the run-time. No C compiler is involved, so that users need none.
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

struct ModelParts {
  const graph::Program& program;
  const MemoryPlan& plan;
  const KernelInstances& kernels;
  std::string target;  // for people
};

// The names that a model's library exports.
std::vector<std::string> ExportedFunctions(const std::string& model);

// For each call: the first that has the same kernel and reads the same constants, and so the same packed
// ones.
std::vector<int64_t> PackedBy(const graph::Program& program, const std::vector<int>& kernel_of_call);

// The bytes of all constants that calls read, equal ones counted once.
int64_t WeightBytes(const graph::Program& program);

// A module without a target; the caller sets the triple and the data layout. The weights are copied into the
// context.
std::unique_ptr<llvm::Module> MakeModelModule(const ModelParts& parts, llvm::LLVMContext& context);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_MODEL_MODULE_H_
