#include "device-agent/runner/guarded_memory.h"

#include <utility>

#include "proto/base/status_macros.h"

namespace diapason::device_agent {

absl::StatusOr<char*> GuardedMemory::Allocate(const char* what, size_t bytes) {
  absl::StatusOr<GuardedBuffer> buffer = GuardedBuffer::Create(bytes, next_place_++);
  if (!buffer.ok()) return WithContext(buffer.status(), what);
  buffers_.push_back({what, *std::move(buffer)});
  return buffers_.back().buffer.data();
}

std::string GuardedMemory::FirstDamaged() const {
  for (const NamedBuffer& named : buffers_) {
    if (!named.buffer.Intact()) return named.what;
  }
  return "";
}

}  // namespace diapason::device_agent
