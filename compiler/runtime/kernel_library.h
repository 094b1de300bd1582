// A kernel artifact loaded into this process: its description, checked. It has no memory to run in: see
// loaded_kernel.h.
#ifndef DIAPASON_COMPILER_RUNTIME_KERNEL_LIBRARY_H_
#define DIAPASON_COMPILER_RUNTIME_KERNEL_LIBRARY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "compiler/runtime/kernel_abi.h"

namespace diapason::compiler::runtime {

// Immutable. The code runs in this process: load what you trust, or load it in a child that may crash.
class KernelLibrary {
 public:
  // InvalidArgument: it does not load, has no such symbol, or its description makes no sense; says which.
  // FailedPrecondition: another version of the ABI.
  static absl::StatusOr<std::unique_ptr<KernelLibrary>> Load(
      const std::string& path, const std::string& symbol = DIAPASON_KERNEL_SYMBOL);
  ~KernelLibrary();

  KernelLibrary(const KernelLibrary&) = delete;
  KernelLibrary& operator=(const KernelLibrary&) = delete;

  const diapason_kernel& description() const { return *kernel_; }

 private:
  KernelLibrary(void* library, const diapason_kernel* kernel) : library_(library), kernel_(kernel) {}

  void* const library_;
  const diapason_kernel* const kernel_;
};

}  // namespace diapason::compiler::runtime

#endif  // DIAPASON_COMPILER_RUNTIME_KERNEL_LIBRARY_H_
