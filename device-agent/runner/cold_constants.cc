#include "device-agent/runner/cold_constants.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/types/span.h"
#include "device-agent/runner/tensors.h"

namespace diapason::device_agent {
namespace {

constexpr size_t kMaxSets = 1 << 10;
constexpr size_t kHugePage = 2 << 20;

size_t Aligned(size_t bytes) {
  return (bytes + DIAPASON_ALIGNMENT - 1) / DIAPASON_ALIGNMENT * DIAPASON_ALIGNMENT;
}

struct Constant {
  size_t index;  // the position of its pointer
  absl::Span<const char> bytes;
};

std::vector<Constant> ConstantsOf(const Arguments& arguments, const compiler::runtime::LoadedKernel& kernel) {
  std::vector<Constant> constants;
  for (int i = 0; i < arguments.size(); ++i) {
    const GuardedBuffer& buffer = arguments.buffer(i);
    if (!IsConstant(arguments.description(i))) continue;
    constants.push_back({static_cast<size_t>(i), {buffer.data(), buffer.size()}});
  }
  size_t index = static_cast<size_t>(arguments.size());
  for (const absl::Span<char>& packed : kernel.packed()) constants.push_back({index++, packed});
  return constants;
}

}  // namespace

ColdConstants::ColdConstants(const Arguments& arguments, const compiler::runtime::LoadedKernel& kernel,
                             std::vector<void*> pointers, size_t bytes) {
  pointers_.push_back(std::move(pointers));
  const std::vector<Constant> constants = ConstantsOf(arguments, kernel);
  size_t set_bytes = 0;
  for (const Constant& constant : constants) set_bytes += Aligned(constant.bytes.size());
  if (set_bytes == 0) return;
  const size_t copies = std::clamp<size_t>((bytes + set_bytes - 1) / set_bytes, 2, kMaxSets) - 1;
  void* memory = mmap(nullptr, copies * set_bytes + kHugePage, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  copies_ = static_cast<char*>(memory);
  copies_bytes_ = copies * set_bytes + kHugePage;
  madvise(copies_, copies_bytes_, MADV_HUGEPAGE);  // so that reading a copy costs little more than its bytes
  char* place = copies_;
  for (size_t copy = 0; copy < copies; ++copy) {
    std::vector<void*> set = pointers_[0];
    for (const Constant& constant : constants) {
      std::memcpy(place, constant.bytes.data(), constant.bytes.size());
      set[constant.index] = place;
      place += Aligned(constant.bytes.size());
    }
    pointers_.push_back(std::move(set));
  }
}

ColdConstants::~ColdConstants() {
  if (copies_ != nullptr) munmap(copies_, copies_bytes_);
}

const std::vector<void*>& ColdConstants::Next() {
  next_ = (next_ + 1) % pointers_.size();
  return pointers_[next_];
}

}  // namespace diapason::device_agent
