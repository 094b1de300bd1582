// The memory of a kernel that is measured. Every buffer is guarded, so that writes outside of it are
// detected.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_GUARDED_MEMORY_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_GUARDED_MEMORY_H_

#include <cstddef>
#include <string>
#include <vector>

#include "compiler/runtime/kernel_memory.h"
#include "device-agent/runner/guarded_buffer.h"

namespace diapason::device_agent {

// Owns the buffers that it allocates. Not thread-safe.
class GuardedMemory final : public compiler::runtime::KernelMemory {
 public:
  // `first_place` is the `place` of the first buffer (GuardedBuffer::Create). It comes after those of the
  // arguments.
  explicit GuardedMemory(size_t first_place) : next_place_(first_place) {}

  absl::StatusOr<char*> Allocate(const char* what, size_t bytes) override;

  // Returns the purpose of the first buffer whose guard bytes were overwritten, e.g. "workspace", or "" if
  // there is none.
  std::string FirstDamaged() const;

 private:
  struct NamedBuffer {
    std::string what;
    GuardedBuffer buffer;
  };

  size_t next_place_;
  std::vector<NamedBuffer> buffers_;
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_GUARDED_MEMORY_H_
