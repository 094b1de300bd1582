// LLVM IR to an object, for one target.
#ifndef DIAPASON_COMPILER_CODEGEN_LLVM_CODE_GENERATOR_H_
#define DIAPASON_COMPILER_CODEGEN_LLVM_CODE_GENERATOR_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "diapason/v1/builder.pb.h"
#include "diapason/v1/target.pb.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace diapason::compiler::codegen {

// Not thread-safe. One target machine, kept.
class LlvmCodeGenerator {
 public:
  // InvalidArgument: LLVM does not know the triple, the cpu or a feature.
  static absl::StatusOr<LlvmCodeGenerator> Create(const v1::Target& target);

  const std::string& triple() const { return triple_; }

  // Tells the module what it is compiled for; before Optimize.
  void SetTarget(llvm::Module& module) const;

  // SEARCH: a short list of passes, which is as good as -O3 where the schedule has left nothing to do; -O2
  // where it has made no vectors. FULL: -O3. REFERENCE: -O2 without vectorisation.
  absl::Status Optimize(llvm::Module& module, v1::Optimization optimization) const;

  // Internal: LLVM cannot emit it.
  absl::StatusOr<std::string> EmitObject(llvm::Module& module) const;

  // The same for a kernel. Internal also: the code calls a function that it does not have.
  absl::StatusOr<std::string> EmitKernel(llvm::Module& module) const;

 private:
  LlvmCodeGenerator(std::string triple, int vector_bits, std::unique_ptr<llvm::TargetMachine> machine)
      : triple_(std::move(triple)), vector_bits_(vector_bits), machine_(std::move(machine)) {}

  std::string triple_;
  int vector_bits_;
  std::unique_ptr<llvm::TargetMachine> machine_;
};

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_LLVM_CODE_GENERATOR_H_
