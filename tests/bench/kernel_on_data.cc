#include "tests/bench/kernel_on_data.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "proto/domain/element_type.h"

namespace diapason::bench {
namespace {

int64_t NumElements(const v1::Argument& argument) {
  int64_t n = 1;
  for (int64_t extent : argument.shape()) n *= extent;
  return n;
}

// Returns whether element `index` lies in the border that is known to be zero.
bool InBorder(const v1::Argument& argument, int64_t index) {
  for (int d = argument.shape_size() - 1; d >= 0; --d) {
    const int64_t at = index % argument.shape(d);
    index /= argument.shape(d);
    if (d < argument.zero_low_size() && at < argument.zero_low(d)) return true;
    if (d < argument.zero_high_size() && at >= argument.shape(d) - argument.zero_high(d)) return true;
  }
  return false;
}

void Fill(const v1::Argument& argument, int seed, void* memory) {
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_real_distribution<float> values(-1, 1);
  for (int64_t i = 0; i < NumElements(argument); ++i) {
    const float value = InBorder(argument, i) ? 0 : values(random);
    const int64_t integer = argument.bound() > 0 ? static_cast<int64_t>(random() % argument.bound()) : 0;
    switch (argument.element_type()) {
      case v1::ELEMENT_TYPE_I8:
        static_cast<int8_t*>(memory)[i] = static_cast<int8_t>(integer);
        break;
      case v1::ELEMENT_TYPE_I32:
        static_cast<int32_t*>(memory)[i] = static_cast<int32_t>(integer);
        break;
      case v1::ELEMENT_TYPE_I64:
        static_cast<int64_t*>(memory)[i] = integer;
        break;
      default:
        static_cast<float*>(memory)[i] = value;
    }
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<KernelOnData>> KernelOnData::Load(const std::string& artifact,
                                                                 const v1::Workload& workload) {
  const int file = memfd_create("kernel", 0);
  if (file < 0 || write(file, artifact.data(), artifact.size()) != static_cast<ssize_t>(artifact.size()))
    return absl::InternalError("cannot write the artifact to memory");
  auto kernel = compiler::runtime::LoadedKernel::Load(absl::StrCat("/proc/self/fd/", file));
  if (!kernel.ok()) {
    close(file);
    return kernel.status();
  }
  return std::unique_ptr<KernelOnData>(new KernelOnData(file, *std::move(kernel), workload));
}

KernelOnData::~KernelOnData() {
  kernel_.reset();
  close(file_);
}

KernelOnData::KernelOnData(int file, std::unique_ptr<compiler::runtime::LoadedKernel> kernel,
                           const v1::Workload& workload)
    : file_(file), kernel_(std::move(kernel)), workload_(workload) {
  for (const v1::Argument& argument : workload_.arguments())
    buffers_.emplace_back(NumElements(argument) * ElementBytes(argument.element_type()));
  std::vector<void*> arguments;
  for (const compiler::runtime::AlignedBuffer& buffer : buffers_) arguments.push_back(buffer.data());
  pointers_ = kernel_->WithPacked(arguments);
  FillArguments();
  kernel_->Prepare(pointers_);
}

void KernelOnData::FillArguments() {
  for (int i = 0; i < workload_.arguments_size(); ++i) Fill(workload_.arguments(i), i, buffers_[i].data());
}

double KernelOnData::Time(int calls) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < calls; ++i) kernel_->Run(pointers_);
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
  return time.count() / calls;
}

void KernelOnData::RunOnce() {
  FillArguments();
  kernel_->Run(pointers_);
}

double KernelOnData::Difference(const KernelOnData& a, const KernelOnData& b) {
  double difference = 0, largest = 1e-30;
  for (int i = 0; i < a.workload_.arguments_size(); ++i) {
    const v1::Argument& argument = a.workload_.arguments(i);
    if (argument.role() != v1::ARGUMENT_ROLE_OUTPUT && argument.role() != v1::ARGUMENT_ROLE_IN_OUT) continue;
    if (argument.element_type() != v1::ELEMENT_TYPE_F32) continue;
    for (int64_t e = 0; e < NumElements(argument); ++e) {
      const double x = reinterpret_cast<float*>(a.buffers_[i].data())[e],
                   y = reinterpret_cast<float*>(b.buffers_[i].data())[e];
      difference = std::isfinite(x) ? std::max(difference, std::abs(x - y)) : HUGE_VAL;
      largest = std::max(largest, std::abs(y));
    }
  }
  return difference / largest;
}

}  // namespace diapason::bench
