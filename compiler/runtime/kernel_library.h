// Loads a kernel artifact into this process and checks its description. LoadedKernel (loaded_kernel.h)
// adds the memory that running it needs.
#ifndef DIAPASON_COMPILER_RUNTIME_KERNEL_LIBRARY_H_
#define DIAPASON_COMPILER_RUNTIME_KERNEL_LIBRARY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "compiler/runtime/kernel_abi.h"

namespace diapason::compiler::runtime {

// A loaded artifact. It does not change, so any thread may use it. Its code runs in this process: load
// only code that you trust, or load it in a child process that may crash.
class KernelLibrary {
 public:
  // Loads the artifact at `path`. Returns InvalidArgument if it does not load, has no such symbol, or
  // has a description that is not valid; the message says which. Returns FailedPrecondition if it has
  // another version of the ABI.
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
