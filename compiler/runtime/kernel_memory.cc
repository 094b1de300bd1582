#include "compiler/runtime/kernel_memory.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "compiler/runtime/kernel_abi.h"

namespace diapason::compiler::runtime {
namespace {

constexpr std::align_val_t kAlignment{DIAPASON_ALIGNMENT};

}  // namespace

AlignedBuffer::AlignedBuffer(size_t bytes)
    : size_(bytes), data_(static_cast<char*>(::operator new(std::max<size_t>(bytes, 1), kAlignment))) {
  std::memset(data_.get(), 0, bytes);
}

void AlignedBuffer::Free::operator()(char* data) const { ::operator delete(data, kAlignment); }

}  // namespace diapason::compiler::runtime
