// A kernel artifact in this process: what compiler/runtime/kernel_abi.h describes, with the memory that it needs.
#ifndef DIAPASON_COMPILER_RUNTIME_LOADED_KERNEL_H_
#define DIAPASON_COMPILER_RUNTIME_LOADED_KERNEL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "compiler/runtime/kernel_abi.h"
#include "compiler/runtime/kernel_library.h"
#include "compiler/runtime/thread_pool.h"

namespace diapason::runtime {

// Zeroed memory, aligned to DIAPASON_ALIGNMENT. At least one byte, so that data() is never null.
class AlignedBuffer {
 public:
  explicit AlignedBuffer(size_t bytes);

  char* data() const { return data_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(char* data) const;
  };
  size_t size_;
  std::unique_ptr<char, Free> data_;
};

// Not thread-safe: one Run at a time, since the workspace is the kernel's. The code runs in this process: load what you
// trust, or load it in a child that may crash.
class LoadedKernel {
 public:
  // Codes as KernelLibrary::Load.
  static absl::StatusOr<std::unique_ptr<LoadedKernel>> Load(
      const std::string& path, const std::string& symbol = DIAPASON_KERNEL_SYMBOL);

  LoadedKernel(const LoadedKernel&) = delete;
  LoadedKernel& operator=(const LoadedKernel&) = delete;

  const diapason_kernel& description() const { return library_->description(); }

  // Memory for the packed constants, one buffer each, to be filled in by Prepare.
  std::vector<AlignedBuffer> AllocatePacked() const;

  // `arguments`: one pointer for each of the workload's arguments, then one for each packed constant. Prepare reads raw
  // constants only and writes all packed ones; it does nothing where there are none.
  void Prepare(absl::Span<void* const> arguments);

  // All stages, on the pool's threads; null: on the calling one.
  void Run(absl::Span<void* const> arguments, diapason_thread_pool* pool = nullptr);

 private:
  explicit LoadedKernel(std::unique_ptr<KernelLibrary> library);

  const std::unique_ptr<KernelLibrary> library_;
  const size_t scratch_stride_;
  AlignedBuffer workspace_;
  AlignedBuffer scratch_;  // of as many threads as there have been
};

}  // namespace diapason::runtime

#endif  // DIAPASON_COMPILER_RUNTIME_LOADED_KERNEL_H_
