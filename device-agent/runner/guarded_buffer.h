// Memory that notices what is written outside of it: a known pattern right before and behind the data, and
// pages that nobody may touch around both.
#ifndef DIAPASON_DEVICE_AGENT_RUNNER_GUARDED_BUFFER_H_
#define DIAPASON_DEVICE_AGENT_RUNNER_GUARDED_BUFFER_H_

#include <cstddef>

#include "absl/status/statusor.h"

namespace diapason::device_agent {

class GuardedBuffer {
 public:
  // The data begins at a multiple of 64 bytes. Buffers with different `place`s begin at different multiples
  // within their pages: buffers that all began with a page would share their place in the caches, which no
  // model's do. The contents are zero, and all pages are there. ResourceExhausted: no memory.
  static absl::StatusOr<GuardedBuffer> Create(size_t bytes, size_t place);
  ~GuardedBuffer();
  GuardedBuffer(GuardedBuffer&& other) noexcept;
  GuardedBuffer& operator=(GuardedBuffer&& other) noexcept;

  char* data() const { return data_; }
  size_t size() const { return size_; }

  // Whether nobody has overwritten the guard bytes, which are right before and behind the data.
  bool Intact() const;

  // From now on a write to the data is a SIGSEGV.
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
