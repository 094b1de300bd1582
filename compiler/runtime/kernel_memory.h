// Allocates a kernel's own memory: its workspace, its scratch and its packed constants.
#ifndef DIAPASON_COMPILER_RUNTIME_KERNEL_MEMORY_H_
#define DIAPASON_COMPILER_RUNTIME_KERNEL_MEMORY_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"

namespace diapason::compiler::runtime {

// An allocator for one kernel. It is not thread-safe.
class KernelMemory {
 public:
  virtual ~KernelMemory() = default;

  // Returns zeroed memory, aligned to DIAPASON_ALIGNMENT. It lives as long as this object. `what` says
  // what it is for, such as "workspace". Returns ResourceExhausted if there is not enough memory.
  virtual absl::StatusOr<char*> Allocate(const char* what, size_t bytes) = 0;
};

// Zeroed memory, aligned to DIAPASON_ALIGNMENT. It has at least one byte, so data() is never null.
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

// Allocates plain buffers, which nothing guards against writes outside of them.
class AlignedMemory final : public KernelMemory {
 public:
  absl::StatusOr<char*> Allocate(const char*, size_t bytes) override {
    return buffers_.emplace_back(bytes).data();
  }

 private:
  std::vector<AlignedBuffer> buffers_;
};

}  // namespace diapason::compiler::runtime

#endif  // DIAPASON_COMPILER_RUNTIME_KERNEL_MEMORY_H_
