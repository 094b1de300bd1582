#include "device-agent/runner/guarded_buffer.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace diapason::device_agent {
namespace {

constexpr char kPattern = '\x5a';
constexpr size_t kAlignment = 64;
// Buffers begin at different offsets in their pages. This is the step between two offsets, in multiples of
// the alignment. A page has 64 such multiples, and 7 has no common divisor with 64, so all offsets differ.
constexpr size_t kStagger = 7;

size_t PageSize() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

bool AllPattern(const char* begin, const char* end) {
  return std::all_of(begin, end, [](char c) { return c == kPattern; });
}

}  // namespace

absl::StatusOr<GuardedBuffer> GuardedBuffer::Create(size_t bytes, size_t place) {
  const size_t page = PageSize();
  const size_t offset = place * kStagger * kAlignment % page;
  const absl::Status no_memory =
      absl::ResourceExhaustedError(absl::StrCat("there is no memory for a buffer of ", bytes, " bytes"));
  if (bytes > SIZE_MAX / 2) return no_memory;
  const size_t inside = (offset + bytes + page - 1) / page * page + (offset == 0 ? page : 0);
  GuardedBuffer buffer;
  void* mapping = mmap(nullptr, inside + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return no_memory;
  buffer.mapping_ = static_cast<char*>(mapping);
  buffer.mapping_size_ = inside + 2 * page;
  char* const begin = buffer.mapping_ + page;
  if (mprotect(begin, inside, PROT_READ | PROT_WRITE) != 0) return no_memory;
  // Older kernels do not know this advice; they allocate a page when it is first used.
  madvise(begin, inside, MADV_POPULATE_WRITE);
  buffer.data_ = begin + (offset == 0 ? page : offset);
  buffer.size_ = bytes;
  std::fill(begin, buffer.data_, kPattern);
  std::fill(buffer.data_ + bytes, begin + inside, kPattern);
  return buffer;
}

GuardedBuffer::~GuardedBuffer() {
  if (mapping_ != nullptr) munmap(mapping_, mapping_size_);
}

GuardedBuffer::GuardedBuffer(GuardedBuffer&& other) noexcept { *this = std::move(other); }

GuardedBuffer& GuardedBuffer::operator=(GuardedBuffer&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(mapping_size_, other.mapping_size_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

bool GuardedBuffer::Intact() const {
  const size_t page = PageSize();
  return AllPattern(mapping_ + page, data_) && AllPattern(data_ + size_, mapping_ + mapping_size_ - page);
}

void GuardedBuffer::Protect() {
  const size_t page = PageSize();
  mprotect(mapping_ + page, mapping_size_ - 2 * page, PROT_READ);
}

}  // namespace diapason::device_agent
