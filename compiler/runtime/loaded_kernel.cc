#include "compiler/runtime/loaded_kernel.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace diapason::runtime {
namespace {

constexpr std::align_val_t kAlignment{DIAPASON_ALIGNMENT};

size_t RoundUp(size_t bytes) {
  return (bytes + DIAPASON_ALIGNMENT - 1) / DIAPASON_ALIGNMENT * DIAPASON_ALIGNMENT;
}

}  // namespace

AlignedBuffer::AlignedBuffer(size_t bytes)
    : size_(bytes), data_(static_cast<char*>(::operator new(std::max<size_t>(bytes, 1), kAlignment))) {
  std::memset(data_.get(), 0, bytes);
}

void AlignedBuffer::Free::operator()(char* data) const { ::operator delete(data, kAlignment); }

absl::StatusOr<std::unique_ptr<LoadedKernel>> LoadedKernel::Load(const std::string& path,
                                                                 const std::string& symbol) {
  absl::StatusOr<std::unique_ptr<KernelLibrary>> library = KernelLibrary::Load(path, symbol);
  if (!library.ok()) return library.status();
  return std::unique_ptr<LoadedKernel>(new LoadedKernel(*std::move(library)));
}

LoadedKernel::LoadedKernel(std::unique_ptr<KernelLibrary> library)
    : library_(std::move(library)),
      scratch_stride_(RoundUp(description().scratch_bytes)),
      workspace_(description().workspace_bytes),
      scratch_(scratch_stride_) {}

std::vector<AlignedBuffer> LoadedKernel::AllocatePacked() const {
  std::vector<AlignedBuffer> packed;
  for (int64_t i = 0; i < description().num_packed; ++i) packed.emplace_back(description().packed_bytes[i]);
  return packed;
}

void LoadedKernel::Prepare(absl::Span<void* const> arguments) {
  if (description().prepare != nullptr) description().prepare(arguments.data(), workspace_.data());
}

void LoadedKernel::Run(absl::Span<void* const> arguments, diapason_thread_pool* pool) {
  if (pool != nullptr) {
    const size_t needed = scratch_stride_ * diapason_thread_pool_threads(pool);
    if (scratch_.size() < needed) scratch_ = AlignedBuffer(needed);
  }
  for (int64_t i = 0; i < description().num_stages; ++i) {
    const diapason_stage& stage = description().stages[i];
    if (pool == nullptr) {
      stage.body(arguments.data(), workspace_.data(), scratch_.data(), 0, stage.range);
    } else {
      diapason_thread_pool_run(pool, stage.body, arguments.data(), workspace_.data(), scratch_.data(),
                               scratch_stride_, stage.range);
    }
  }
}

}  // namespace diapason::runtime
