#include "compiler/runtime/loaded_kernel.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "absl/strings/str_cat.h"

namespace diapason::runtime {
namespace {

// No kernel is near them; a description beyond is garbage.
constexpr int64_t kMaxCount = 1 << 16;
constexpr int64_t kMaxBytes = int64_t{1} << 40;

constexpr std::align_val_t kAlignment{DIAPASON_ALIGNMENT};

size_t RoundUp(size_t bytes) {
  return (bytes + DIAPASON_ALIGNMENT - 1) / DIAPASON_ALIGNMENT * DIAPASON_ALIGNMENT;
}

bool IsCount(int64_t value) { return value >= 0 && value <= kMaxCount; }
bool IsSize(int64_t value) { return value >= 0 && value <= kMaxBytes; }

bool MakesSense(const diapason_kernel& kernel) {
  if (!IsCount(kernel.num_arguments) || !IsCount(kernel.num_packed) || !IsCount(kernel.num_stages))
    return false;
  if (!IsSize(kernel.workspace_bytes) || !IsSize(kernel.scratch_bytes)) return false;
  if (kernel.num_stages == 0 || kernel.stages == nullptr) return false;
  if (kernel.num_packed > 0 && (kernel.packed_bytes == nullptr || kernel.prepare == nullptr)) return false;
  for (int64_t i = 0; i < kernel.num_packed; ++i) {
    if (!IsSize(kernel.packed_bytes[i])) return false;
  }
  return std::all_of(kernel.stages, kernel.stages + kernel.num_stages,
                     [](const diapason_stage& stage) { return stage.body != nullptr && stage.range >= 0; });
}

}  // namespace

AlignedBuffer::AlignedBuffer(size_t bytes)
    : size_(bytes), data_(static_cast<char*>(::operator new(std::max<size_t>(bytes, 1), kAlignment))) {
  std::memset(data_.get(), 0, bytes);
}

void AlignedBuffer::Free::operator()(char* data) const { ::operator delete(data, kAlignment); }

absl::StatusOr<std::unique_ptr<LoadedKernel>> LoadedKernel::Load(const std::string& path,
                                                                 const std::string& symbol) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return absl::InvalidArgumentError(absl::StrCat("loading a kernel: ", dlerror()));
  const auto refuse = [&](const absl::Status& status) {
    dlclose(library);
    return status;
  };
  const auto* kernel = static_cast<const diapason_kernel*>(dlsym(library, symbol.c_str()));
  if (kernel == nullptr) {
    return refuse(
        absl::InvalidArgumentError(absl::StrCat("loading a kernel: ", path, " exports no ", symbol)));
  }
  if (kernel->abi_version != DIAPASON_KERNEL_ABI_VERSION) {
    return refuse(absl::FailedPreconditionError(
        absl::StrCat("loading a kernel: ", path, " is of ABI version ", kernel->abi_version,
                     ", this program runs version ", DIAPASON_KERNEL_ABI_VERSION)));
  }
  if (!MakesSense(*kernel)) {
    return refuse(absl::InvalidArgumentError(
        absl::StrCat("loading a kernel: the description in ", path, " is broken")));
  }
  return std::unique_ptr<LoadedKernel>(new LoadedKernel(library, kernel));
}

LoadedKernel::LoadedKernel(void* library, const diapason_kernel* kernel)
    : library_(library),
      kernel_(kernel),
      scratch_stride_(RoundUp(kernel->scratch_bytes)),
      workspace_(kernel->workspace_bytes),
      scratch_(scratch_stride_) {}

LoadedKernel::~LoadedKernel() { dlclose(library_); }

std::vector<AlignedBuffer> LoadedKernel::AllocatePacked() const {
  std::vector<AlignedBuffer> packed;
  for (int64_t i = 0; i < kernel_->num_packed; ++i) packed.emplace_back(kernel_->packed_bytes[i]);
  return packed;
}

void LoadedKernel::Prepare(absl::Span<void* const> arguments) {
  if (kernel_->prepare != nullptr) kernel_->prepare(arguments.data(), workspace_.data());
}

void LoadedKernel::Run(absl::Span<void* const> arguments, diapason_thread_pool* pool) {
  if (pool != nullptr) {
    const size_t needed = scratch_stride_ * diapason_thread_pool_threads(pool);
    if (scratch_.size() < needed) scratch_ = AlignedBuffer(needed);
  }
  for (int64_t i = 0; i < kernel_->num_stages; ++i) {
    const diapason_stage& stage = kernel_->stages[i];
    if (pool == nullptr) {
      stage.body(arguments.data(), workspace_.data(), scratch_.data(), 0, stage.range);
    } else {
      diapason_thread_pool_run(pool, stage.body, arguments.data(), workspace_.data(), scratch_.data(),
                               scratch_stride_, stage.range);
    }
  }
}

}  // namespace diapason::runtime
