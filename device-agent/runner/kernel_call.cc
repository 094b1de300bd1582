#include "device-agent/runner/kernel_call.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "device-agent/runner/tensors.h"
#include "proto/base/status_macros.h"

namespace diapason::device_agent {
namespace {

constexpr size_t kMaxCopies = 1 << 10;
constexpr size_t kHugePage = 2 << 20;
constexpr size_t kStagger = 7;  // as the arguments': see arguments.cc

size_t Aligned(size_t bytes) {
  return (bytes + DIAPASON_ALIGNMENT - 1) / DIAPASON_ALIGNMENT * DIAPASON_ALIGNMENT;
}

// From one thread's scratch to the next one's.
size_t ScratchStride(const diapason_kernel& kernel) {
  return Aligned(static_cast<size_t>(kernel.scratch_bytes));
}

}  // namespace

absl::StatusOr<std::unique_ptr<KernelCall>> KernelCall::Load(const std::string& path,
                                                             const Arguments& arguments, int threads) {
  DIAPASON_ASSIGN_OR_RETURN(std::unique_ptr<runtime::KernelLibrary> library,
                            runtime::KernelLibrary::Load(path));
  const int64_t taken = library->description().num_arguments;
  if (taken != arguments.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the kernel takes ", taken, " arguments, the task has ", arguments.size()));
  }
  std::unique_ptr<KernelCall> call(new KernelCall(std::move(library), arguments));
  DIAPASON_RETURN_IF_ERROR(call->Allocate(threads));
  return call;
}

KernelCall::~KernelCall() {
  if (copies_ != nullptr) munmap(copies_, copies_bytes_);
}

absl::Status KernelCall::Allocate(int threads) {
  // Behind the arguments' places in their pages.
  size_t stagger = static_cast<size_t>(arguments_.size());
  const auto create = [&](const char* what, size_t bytes) -> absl::StatusOr<GuardedBuffer> {
    absl::StatusOr<GuardedBuffer> buffer = GuardedBuffer::Create(bytes, ++stagger * kStagger);
    if (!buffer.ok()) return WithContext(buffer.status(), what);
    return buffer;
  };
  DIAPASON_ASSIGN_OR_RETURN(workspace_, create("workspace", static_cast<size_t>(kernel_.workspace_bytes)));
  const size_t scratch_bytes =
      ScratchStride(kernel_) * static_cast<size_t>(threads - 1) + static_cast<size_t>(kernel_.scratch_bytes);
  DIAPASON_ASSIGN_OR_RETURN(scratch_, create("scratch", scratch_bytes));
  std::vector<void*> pointers;
  for (int i = 0; i < arguments_.size(); ++i) pointers.push_back(arguments_.buffer(i).data());
  for (int64_t i = 0; i < kernel_.num_packed; ++i) {
    DIAPASON_ASSIGN_OR_RETURN(GuardedBuffer packed,
                              create("packed constants", static_cast<size_t>(kernel_.packed_bytes[i])));
    packed_.push_back(std::move(packed));
    pointers.push_back(packed_.back().data());
  }
  pointers_.push_back(std::move(pointers));
  if (threads > 1) {
    pool_.reset(diapason_thread_pool_create(threads));
    if (pool_ == nullptr) return absl::ResourceExhaustedError(absl::StrCat("no ", threads, " threads"));
  }
  return absl::OkStatus();
}

void KernelCall::Prepare() {
  if (kernel_.num_packed > 0) kernel_.prepare(pointers_[0].data(), workspace_->data());
}

void KernelCall::RunWith(const std::vector<void*>& pointers) {
  for (int64_t s = 0; s < kernel_.num_stages; ++s) {
    const diapason_stage& stage = kernel_.stages[s];
    if (pool_ == nullptr) {
      stage.body(pointers.data(), workspace_->data(), scratch_->data(), 0, stage.range);
    } else {
      diapason_thread_pool_run(pool_.get(), stage.body, pointers.data(), workspace_->data(), scratch_->data(),
                               ScratchStride(kernel_), stage.range);
    }
  }
}

size_t KernelCall::ConstantBytes() const {
  size_t bytes = 0;
  for (int i = 0; i < arguments_.size(); ++i) {
    if (IsConstant(arguments_.description(i))) bytes += Aligned(arguments_.buffer(i).size());
  }
  for (const GuardedBuffer& buffer : packed_) bytes += Aligned(buffer.size());
  return bytes;
}

void KernelCall::MakeColdCopies(size_t bytes) {
  const size_t one = ConstantBytes();
  if (one == 0) return;
  const size_t count = std::clamp<size_t>((bytes + one - 1) / one, 2, kMaxCopies) - 1;
  void* memory =
      mmap(nullptr, count * one + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  copies_ = static_cast<char*>(memory);
  copies_bytes_ = count * one + kHugePage;
  madvise(copies_, copies_bytes_, MADV_HUGEPAGE);  // a copy then costs little more than its bytes
  char* place = copies_;
  for (size_t copy = 0; copy < count; ++copy) {
    std::vector<void*> pointers = pointers_[0];
    const auto move = [&](size_t index, const GuardedBuffer& buffer) {
      std::memcpy(place, buffer.data(), buffer.size());
      pointers[index] = place;
      place += Aligned(buffer.size());
    };
    for (int i = 0; i < arguments_.size(); ++i) {
      if (IsConstant(arguments_.description(i))) move(static_cast<size_t>(i), arguments_.buffer(i));
    }
    for (size_t i = 0; i < packed_.size(); ++i) move(static_cast<size_t>(arguments_.size()) + i, packed_[i]);
    pointers_.push_back(std::move(pointers));
  }
}

void KernelCall::RunCold() {
  next_copy_ = (next_copy_ + 1) % pointers_.size();
  RunWith(pointers_[next_copy_]);
}

std::string KernelCall::FirstDamaged() const {
  if (!workspace_->Intact()) return "the workspace";
  if (!scratch_->Intact()) return "the scratch";
  for (size_t i = 0; i < packed_.size(); ++i) {
    if (!packed_[i].Intact()) return absl::StrCat("packed constant ", i);
  }
  return "";
}

}  // namespace diapason::device_agent
