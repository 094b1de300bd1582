// Memory that detects writes outside of it. Directly before and after the data there is a known pattern,
// and around both there are pages that cannot be accessed.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_GUARDED_BUFFER_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_GUARDED_BUFFER_H_

#include <cstddef>

#include "absl/status/statusor.h"

namespace diapason::device_agent {

// Owns one guarded buffer. It can be moved but not copied. Not thread-safe.
class GuardedBuffer {
 public:
  // Allocates a buffer. The data begins at a multiple of 64 bytes, its contents are zero, and all of its
  // pages are allocated. `place` is the number of the buffer: buffers with different numbers begin at
  // different offsets within their pages. If all buffers began with a page, they would share the same
  // place in the caches, which does not happen in a model. ResourceExhausted: there is not enough memory.
  static absl::StatusOr<GuardedBuffer> Create(size_t bytes, size_t place);
  ~GuardedBuffer();

  GuardedBuffer(GuardedBuffer&& other) noexcept;
  GuardedBuffer& operator=(GuardedBuffer&& other) noexcept;

  char* data() const { return data_; }
  size_t size() const { return size_; }

  // Returns whether the guard bytes directly before and after the data are unchanged.
  bool Intact() const;

  // Makes every later write to the data a SIGSEGV.
  void Protect();

 private:
  GuardedBuffer() = default;

  char* mapping_ = nullptr;
  size_t mapping_size_ = 0;
  char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace diapason::device_agent

#endif  // DIAPASON_DEVICE_AGENT_RUNNER_GUARDED_BUFFER_H_
