// A kernel artifact in this process, ready to run: what compiler/runtime/kernel_abi.h describes, with the
// memory and the threads that it needs.
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

struct KernelOptions {
  std::string symbol = DIAPASON_KERNEL_SYMBOL;
  int threads = 1;
  std::optional<int64_t> num_arguments;  // that the caller has; absent: the kernel says how many it takes
  KernelMemory* memory = nullptr;        // outlives the kernel; null: AlignedMemory of the kernel's own
};

// Not thread-safe: one Run at a time, since the workspace is the kernel's. The code runs in this process:
// load what you trust, or load it in a child that may crash.
class LoadedKernel {
 public:
  // Codes as KernelLibrary::Load; InvalidArgument also: the kernel takes another number of arguments.
  // ResourceExhausted: there is no memory for its workspace, scratch or packed constants, or there are no
  // threads.
  static absl::StatusOr<std::unique_ptr<LoadedKernel>> Load(const std::string& path,
                                                            const KernelOptions& options = {});

  LoadedKernel(const LoadedKernel&) = delete;
  LoadedKernel& operator=(const LoadedKernel&) = delete;

  const diapason_kernel& description() const { return library_->description(); }

  // From now on Run uses this many threads. ResourceExhausted: there is no memory for their scratch, or there
  // are none.
  absl::Status SetThreads(int threads);

  // The kernel's memory for its packed constants.
  absl::Span<const absl::Span<char>> packed() const { return packed_; }

  // `arguments`: one pointer for each of the workload's arguments. Returns them, and behind them those of the
  // kernel's packed constants, as Prepare and Run want them.
  std::vector<void*> WithPacked(absl::Span<void* const> arguments) const;

  // Reads the raw constants only and writes all packed ones. Does nothing where there are none.
  void Prepare(absl::Span<void* const> pointers);

  // All stages.
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
  char* scratch_ = nullptr;                                  // of all threads; set by SetThreads
  std::unique_ptr<diapason_thread_pool, DestroyPool> pool_;  // null: the calling thread alone
};

}  // namespace diapason::compiler::runtime

#endif  // DIAPASON_COMPILER_RUNTIME_LOADED_KERNEL_H_
