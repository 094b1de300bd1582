#include "compiler/runtime/kernel_library.h"

#include <dlfcn.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "proto/domain/protocol_version.h"

namespace diapason::compiler::runtime {

static_assert(kKernelAbiVersion == DIAPASON_KERNEL_ABI_VERSION);

namespace {

// No real kernel comes near these limits. A description with larger numbers is not valid.
constexpr int64_t kMaxCount = 1 << 16;
constexpr int64_t kMaxBytes = int64_t{1} << 40;

bool IsCount(int64_t value) { return value >= 0 && value <= kMaxCount; }
bool IsSize(int64_t value) { return value >= 0 && value <= kMaxBytes; }

bool IsValid(const diapason_kernel& kernel) {
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

absl::StatusOr<std::unique_ptr<KernelLibrary>> KernelLibrary::Load(const std::string& path,
                                                                   const std::string& symbol) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return absl::InvalidArgumentError(absl::StrCat("loading a kernel: ", dlerror()));
  const auto refuse = [&](const absl::Status& status) {
    dlclose(library);
    return status;
  };
  const auto* kernel = static_cast<const diapason_kernel*>(dlsym(library, symbol.c_str()));
  if (kernel == nullptr) {
    return refuse(absl::InvalidArgumentError(
        absl::StrCat("loading a kernel: ", path, " does not export the symbol ", symbol)));
  }
  if (kernel->abi_version != DIAPASON_KERNEL_ABI_VERSION) {
    return refuse(absl::FailedPreconditionError(
        absl::StrCat("loading a kernel: ", path, " has ABI version ", kernel->abi_version,
                     ", but this program runs version ", DIAPASON_KERNEL_ABI_VERSION)));
  }
  if (!IsValid(*kernel)) {
    return refuse(absl::InvalidArgumentError(
        absl::StrCat("loading a kernel: the description in ", path, " is not valid")));
  }
  return std::unique_ptr<KernelLibrary>(new KernelLibrary(library, kernel));
}

KernelLibrary::~KernelLibrary() { dlclose(library_); }

}  // namespace diapason::compiler::runtime
