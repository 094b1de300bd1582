// Loads a kernel artifact into this process, ready to run: with the memory and the threads that it
// needs. kernel_abi.h describes what an artifact is.
#ifndef DIAPASON_COMPILER_RUNTIME_LOADED_KERNEL_H_
#define DIAPASON_COMPILER_RUNTIME_LOADED_KERNEL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "compiler/runtime/kernel_abi.h"
#include "compiler/runtime/kernel_library.h"
#include "compiler/runtime/kernel_memory.h"
#include "compiler/runtime/thread_pool.h"

namespace diapason::compiler::runtime {

// How to load a kernel.
struct KernelOptions {
  std::string symbol = DIAPASON_KERNEL_SYMBOL;
  int threads = 1;                       // including the one that calls Run
  std::optional<int64_t> num_arguments;  // how many the caller has; if absent, any number is accepted
  KernelMemory* memory = nullptr;        // must outlive the kernel; if null, it allocates its own
};

// A loaded kernel. It is not thread-safe: the workspace belongs to the kernel, so only one Run at a time
// is possible. The code runs in this process: load only code that you trust, or load it in a child
// process that may crash.
class LoadedKernel {
 public:
  // Returns the errors of KernelLibrary::Load. Also returns InvalidArgument if the kernel takes another
  // number of arguments, and ResourceExhausted if there is not enough memory for its workspace, scratch
  // or packed constants, or threads cannot be started.
  static absl::StatusOr<std::unique_ptr<LoadedKernel>> Load(const std::string& path,
                                                            const KernelOptions& options = {});

  LoadedKernel(const LoadedKernel&) = delete;
  LoadedKernel& operator=(const LoadedKernel&) = delete;

  const diapason_kernel& description() const { return library_->description(); }

  // Makes Run use this many threads from now on. Returns ResourceExhausted if there is not enough memory
  // for their scratch, or they cannot be started.
  absl::Status SetThreads(int threads);

  // Returns the memory of the packed constants.
  absl::Span<const absl::Span<char>> packed() const { return packed_; }

  // `arguments` holds one pointer for each of the workload's arguments. Returns these pointers and,
  // behind them, those of the packed constants. Prepare and Run take such a list.
  std::vector<void*> WithPacked(absl::Span<void* const> arguments) const;

  // Reads the raw constants and writes all packed constants. Does nothing if the kernel has none.
  void Prepare(absl::Span<void* const> pointers);

  // Runs all stages.
  void Run(absl::Span<void* const> pointers);

 private:
  struct DestroyPool {
    void operator()(diapason_thread_pool* pool) const { diapason_thread_pool_destroy(pool); }
  };

  LoadedKernel(std::unique_ptr<KernelLibrary> library, KernelMemory* memory)
      : library_(std::move(library)), memory_(memory != nullptr ? *memory : own_memory_) {}

  absl::Status Allocate(int threads);

  const std::unique_ptr<KernelLibrary> library_;
  AlignedMemory own_memory_;
  KernelMemory& memory_;
  std::vector<absl::Span<char>> packed_;
  char* workspace_ = nullptr;                                // set by Allocate
  char* scratch_ = nullptr;                                  // the scratch of all threads; set by SetThreads
  std::unique_ptr<diapason_thread_pool, DestroyPool> pool_;  // null if only the calling thread works
};

}  // namespace diapason::compiler::runtime

#endif  // DIAPASON_COMPILER_RUNTIME_LOADED_KERNEL_H_
