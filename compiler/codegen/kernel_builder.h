// Workload and rendered schedule in, ELF out. One builder keeps one MLIRContext and one TargetMachine warm.
#ifndef DIAPASON_COMPILER_CODEGEN_KERNEL_BUILDER_H_
#define DIAPASON_COMPILER_CODEGEN_KERNEL_BUILDER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/builder.pb.h"
#include "diapason/v1/target.pb.h"

namespace diapason::compiler {

// Version of everything that turns a schedule into code; part of a record's key.
absl::string_view CompilerVersion();

// Not thread-safe. A bad schedule may make it crash, hang or eat memory: searching runs it in a worker process.
class KernelBuilder {
 public:
  // InvalidArgument: LLVM does not know the target's triple or cpu.
  static absl::StatusOr<std::unique_ptr<KernelBuilder>> Create(const v1::Target& target);
  ~KernelBuilder();

  // Never fails itself: what goes wrong is the response's outcome (REJECTED: the script does not apply, with MLIR's
  // message; COMPILE_ERROR: anything after). `request.target` is ignored.
  v1::BuildResponse Build(const v1::BuildRequest& request);

  // The payload that a script is applied to: the workload with its arguments as buffers of the given layouts.
  // InvalidArgument: the text is no workload.
  absl::StatusOr<std::string> PayloadText(const v1::BuildRequest& request);

 private:
  struct Impl;
  explicit KernelBuilder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_CODEGEN_KERNEL_BUILDER_H_
