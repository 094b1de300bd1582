// A loaded kernel with the memory it needs, ready to be called on a task's arguments. One thread uses it.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_KERNEL_CALL_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_KERNEL_CALL_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/runtime/kernel_library.h"
#include "compiler/runtime/thread_pool.h"
#include "device-agent/runner/arguments.h"
#include "device-agent/runner/guarded_buffer.h"

namespace diapason::device_agent {

class KernelCall {
 public:
  // Loads the artifact at `path`. Codes as KernelLibrary::Load; InvalidArgument also: another number of arguments.
  // ResourceExhausted: no memory for its workspace, scratch or packed constants. `arguments` outlives this.
  static absl::StatusOr<std::unique_ptr<KernelCall>> Load(const std::string& path, const Arguments& arguments,
                                                          int threads);
  ~KernelCall();
  KernelCall(const KernelCall&) = delete;
  KernelCall& operator=(const KernelCall&) = delete;

  // Packs the constants. Once, before Run.
  void Prepare();

  // One call.
  void Run() { RunWith(pointers_[0]); }

  // Makes copies of all constants, as stored and as packed, `bytes` of them together; from now on RunCold takes the
  // next ones at every call, so that a kernel finds its constants where it finds them in a model: not in the core's
  // own caches. No memory: fewer copies, at least the original.
  void MakeColdCopies(size_t bytes);
  void RunCold();
  int copies() const { return static_cast<int>(pointers_.size()); }

  // What else was written beside, for people ("the workspace"); empty: nothing.
  std::string FirstDamaged() const;

 private:
  struct DestroyPool {
    void operator()(diapason_thread_pool* pool) const { diapason_thread_pool_destroy(pool); }
  };

  KernelCall(std::unique_ptr<runtime::KernelLibrary> library, const Arguments& arguments)
      : library_(std::move(library)), kernel_(library_->description()), arguments_(arguments) {}

  absl::Status Allocate(int threads);
  void RunWith(const std::vector<void*>& pointers);
  size_t ConstantBytes() const;

  const std::unique_ptr<runtime::KernelLibrary> library_;
  const diapason_kernel& kernel_;
  const Arguments& arguments_;
  std::vector<GuardedBuffer> packed_;
  std::optional<GuardedBuffer> workspace_;                   // set by Allocate
  std::optional<GuardedBuffer> scratch_;                     // of all threads; set by Allocate
  std::unique_ptr<diapason_thread_pool, DestroyPool> pool_;  // null: one thread
  std::vector<std::vector<void*>> pointers_;  // for each copy: the arguments, then the packed constants
  char* copies_ = nullptr;                    // memory of the copies behind the first
  size_t copies_bytes_ = 0;
  size_t next_copy_ = 0;
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_KERNEL_CALL_H_
