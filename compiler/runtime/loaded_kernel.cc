#include "compiler/runtime/loaded_kernel.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace diapason::compiler::runtime {
namespace {

// Returns the distance in bytes from one thread's scratch to the next one's.
size_t ScratchStride(const diapason_kernel& kernel) {
  const auto bytes = static_cast<size_t>(kernel.scratch_bytes);
  return (bytes + DIAPASON_ALIGNMENT - 1) / DIAPASON_ALIGNMENT * DIAPASON_ALIGNMENT;
}

}  // namespace

absl::StatusOr<std::unique_ptr<LoadedKernel>> LoadedKernel::Load(const std::string& path,
                                                                 const KernelOptions& options) {
  absl::StatusOr<std::unique_ptr<KernelLibrary>> library = KernelLibrary::Load(path, options.symbol);
  if (!library.ok()) return library.status();
  const int64_t taken = (*library)->description().num_arguments;
  if (taken != options.num_arguments.value_or(taken)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the kernel takes ", taken, " arguments, not ", *options.num_arguments));
  }
  std::unique_ptr<LoadedKernel> kernel(new LoadedKernel(*std::move(library), options.memory));
  const absl::Status status = kernel->Allocate(options.threads);
  if (!status.ok()) return status;
  return kernel;
}

absl::Status LoadedKernel::Allocate(int threads) {
  absl::StatusOr<char*> workspace =
      memory_.Allocate("workspace", static_cast<size_t>(description().workspace_bytes));
  if (!workspace.ok()) return workspace.status();
  workspace_ = *workspace;
  const absl::Status status = SetThreads(threads);
  if (!status.ok()) return status;
  for (int64_t i = 0; i < description().num_packed; ++i) {
    const auto bytes = static_cast<size_t>(description().packed_bytes[i]);
    absl::StatusOr<char*> packed = memory_.Allocate("packed constants", bytes);
    if (!packed.ok()) return packed.status();
    packed_.push_back({*packed, bytes});
  }
  return absl::OkStatus();
}

absl::Status LoadedKernel::SetThreads(int threads) {
  // The buffer ends exactly behind the last thread's scratch, so that guards there detect a write
  // beyond it.
  const size_t bytes = ScratchStride(description()) * static_cast<size_t>(threads - 1) +
                       static_cast<size_t>(description().scratch_bytes);
  absl::StatusOr<char*> scratch = memory_.Allocate("scratch", bytes);
  if (!scratch.ok()) return scratch.status();
  scratch_ = *scratch;
  pool_.reset(threads > 1 ? diapason_thread_pool_create(threads) : nullptr);
  if (threads > 1 && pool_ == nullptr) {
    return absl::ResourceExhaustedError(absl::StrCat("the system does not start ", threads, " threads"));
  }
  return absl::OkStatus();
}

std::vector<void*> LoadedKernel::WithPacked(absl::Span<void* const> arguments) const {
  std::vector<void*> pointers(arguments.begin(), arguments.end());
  for (const absl::Span<char>& packed : packed_) pointers.push_back(packed.data());
  return pointers;
}

void LoadedKernel::Prepare(absl::Span<void* const> pointers) {
  if (description().num_packed > 0) description().prepare(pointers.data(), workspace_);
}

void LoadedKernel::Run(absl::Span<void* const> pointers) {
  for (int64_t i = 0; i < description().num_stages; ++i) {
    const diapason_stage& stage = description().stages[i];
    if (pool_ == nullptr) {
      stage.body(pointers.data(), workspace_, scratch_, 0, stage.range);
    } else {
      diapason_thread_pool_run(pool_.get(), stage.body, pointers.data(), workspace_, scratch_,
                               ScratchStride(description()), stage.range, /*times=*/nullptr);
    }
  }
}

}  // namespace diapason::compiler::runtime
