// Where a kernel's own memory comes from: its workspace, its scratch and its packed constants.
#ifndef DIAPASON_COMPILER_RUNTIME_KERNEL_MEMORY_H_
#define DIAPASON_COMPILER_RUNTIME_KERNEL_MEMORY_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"

namespace diapason::compiler::runtime {

// Not thread-safe.
class KernelMemory {
 public:
  virtual ~KernelMemory() = default;

  // Zeroed memory, aligned to DIAPASON_ALIGNMENT, that lives as long as this. `what` says what it is for,
  // e.g. "workspace". ResourceExhausted: there is none.
  virtual absl::StatusOr<char*> Allocate(const char* what, size_t bytes) = 0;
};

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

// Buffers that nothing guards.
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
