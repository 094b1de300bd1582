// Turns LLVM IR into an object file, for one target.
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

// Keeps one target machine of LLVM. Not thread-safe.
class LlvmCodeGenerator {
 public:
  // InvalidArgument: LLVM does not know the triple, the cpu or a feature.
  static absl::StatusOr<LlvmCodeGenerator> Create(const v1::Target& target);

  const std::string& triple() const { return triple_; }

  // Sets the module's target, data layout and function attributes. Must be called before Optimize.
  void SetTarget(llvm::Module& module) const;

  // Runs LLVM's optimizations. SEARCH: a short list of passes, which gives code as good as -O3 for a
  // schedule that has made vectors; for other schedules -O2. FULL: -O3. REFERENCE: -O2 without
  // vectorization. Internal: this LLVM does not know one of the passes.
  absl::Status Optimize(llvm::Module& module, v1::Optimization optimization) const;

  // Returns the bytes of an object file. Internal: LLVM cannot write one for this target.
  absl::StatusOr<std::string> EmitObject(llvm::Module& module) const;

  // Like EmitObject, for a module that is one kernel. Internal also if the code calls a function that the
  // module does not define.
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
