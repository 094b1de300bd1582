#include "tests/compiler/codegen/test_kernel.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "absl/random/random.h"
#include "compiler/codegen/backends.h"
#include "compiler/runtime/host_target.h"
#include "gtest/gtest.h"
#include "proto/domain/element_type.h"
#include "proto/domain/target_kind.h"

namespace diapason::compiler::codegen {
namespace {

constexpr char kGuard = 0x5a;
constexpr size_t kGuardBytes = 256;

Number Load(v1::ElementType type, const char* at) {
  switch (type) {
    case v1::ELEMENT_TYPE_I8:
      return {0, *reinterpret_cast<const int8_t*>(at)};
    case v1::ELEMENT_TYPE_I32:
      return {0, *reinterpret_cast<const int32_t*>(at)};
    case v1::ELEMENT_TYPE_I64:
      return {0, *reinterpret_cast<const int64_t*>(at)};
    default:
      return {*reinterpret_cast<const float*>(at), 0};
  }
}

void Store(v1::ElementType type, char* at, Number value) {
  switch (type) {
    case v1::ELEMENT_TYPE_I8:
      *reinterpret_cast<int8_t*>(at) = static_cast<int8_t>(value.i);
      break;
    case v1::ELEMENT_TYPE_I32:
      *reinterpret_cast<int32_t*>(at) = static_cast<int32_t>(value.i);
      break;
    case v1::ELEMENT_TYPE_I64:
      *reinterpret_cast<int64_t*>(at) = value.i;
      break;
    default:
      *reinterpret_cast<float*>(at) = static_cast<float>(value.f);
  }
}

bool IsOutput(const v1::Argument& argument) {
  return argument.role() == v1::ARGUMENT_ROLE_OUTPUT || argument.role() == v1::ARGUMENT_ROLE_IN_OUT;
}

bool InZeroBorder(const v1::Argument& argument, const std::vector<int64_t>& index) {
  for (int d = 0; d < argument.zero_low_size(); ++d) {
    if (index[d] < argument.zero_low(d) || index[d] >= argument.shape(d) - argument.zero_high(d)) return true;
  }
  return false;
}

}  // namespace

// Calls visit(index, byte offset) for every element, in row-major order.
template <typename Visit>
void Arguments::ForEach(const Buffer& buffer, Visit visit) const {
  const v1::Argument& argument = buffer.argument;
  std::vector<int64_t> index(argument.shape_size(), 0);
  while (true) {
    int64_t offset = 0;
    for (size_t d = 0; d < index.size(); ++d) offset += index[d] * buffer.strides[d];
    visit(index, kGuardBytes + offset * ElementBytes(argument.element_type()));
    int d = static_cast<int>(index.size());
    while (d > 0 && ++index[d - 1] == argument.shape(d - 1)) index[--d] = 0;
    if (d == 0) return;
  }
}

Arguments::Arguments(const v1::Workload& workload, const std::vector<v1::Layout>& layouts,
                     absl::BitGenRef random) {
  for (int i = 0; i < workload.arguments_size(); ++i) {
    Buffer buffer;
    buffer.argument = workload.arguments(i);
    const auto& shape = buffer.argument.shape();
    buffer.strides.assign(shape.size(), 1);
    for (int d = shape.size() - 2; d >= 0; --d) buffer.strides[d] = buffer.strides[d + 1] * shape[d + 1];
    if (!layouts.empty()) buffer.strides.assign(layouts[i].strides().begin(), layouts[i].strides().end());
    int64_t last = 0;
    for (int d = 0; d < shape.size(); ++d) last += (shape[d] - 1) * buffer.strides[d];
    buffer.bytes.assign(2 * kGuardBytes + (last + 1) * ElementBytes(buffer.argument.element_type()), kGuard);
    Fill(buffer, random);
    buffers_.push_back(std::move(buffer));
  }
}

void Arguments::Fill(Buffer& buffer, absl::BitGenRef random) {
  const v1::Argument& argument = buffer.argument;
  const int64_t bound = argument.bound() > 0 ? argument.bound() : 7;
  ForEach(buffer, [&](const std::vector<int64_t>& index, size_t offset) {
    Number value = {absl::Uniform<double>(random, -1, 1), absl::Uniform<int64_t>(random, 0, bound)};
    if (InZeroBorder(argument, index)) value = {};
    if (argument.role() == v1::ARGUMENT_ROLE_OUTPUT) value = {std::numeric_limits<double>::quiet_NaN(), -1};
    Store(argument.element_type(), buffer.bytes.data() + offset, value);
  });
}

std::vector<void*> Arguments::Pointers() {
  std::vector<void*> pointers;
  for (Buffer& buffer : buffers_) pointers.push_back(buffer.bytes.data() + kGuardBytes);
  return pointers;
}

NumberTensor Arguments::ToTensor(int index) const {
  const Buffer& buffer = buffers_[index];
  NumberTensor tensor;
  tensor.shape.assign(buffer.argument.shape().begin(), buffer.argument.shape().end());
  ForEach(buffer, [&](const std::vector<int64_t>&, size_t offset) {
    tensor.elements.push_back(Load(buffer.argument.element_type(), buffer.bytes.data() + offset));
  });
  return tensor;
}

std::vector<NumberTensor> Arguments::Tensors() const {
  std::vector<NumberTensor> tensors;
  for (size_t i = 0; i < buffers_.size(); ++i) tensors.push_back(ToTensor(static_cast<int>(i)));
  return tensors;
}

bool Arguments::GuardsIntact() const {
  return std::all_of(buffers_.begin(), buffers_.end(), [this](const Buffer& buffer) {
    std::vector<char> bytes = buffer.bytes;
    ForEach(buffer, [&](const std::vector<int64_t>&, size_t offset) {
      std::memset(bytes.data() + offset, kGuard, ElementBytes(buffer.argument.element_type()));
    });
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == kGuard; });
  });
}

v1::Target HostForTests() {
  static const auto& target = *new v1::Target(runtime::HostTarget());
  return target;
}

std::unique_ptr<KernelBackend> BackendForTests() {
  auto backend = MakeBackend(KindOf(HostForTests()));
  EXPECT_TRUE(backend.ok()) << backend.status();
  return *std::move(backend);
}

std::unique_ptr<runtime::LoadedKernel> LoadArtifact(const v1::BuildResponse& response,
                                                    const std::string& symbol) {
  EXPECT_EQ(response.outcome().kind(), v1::OUTCOME_KIND_OK) << response.outcome().message();
  std::string path = ::testing::TempDir() + "/kernel_XXXXXX";
  const int fd = mkstemp(path.data());
  EXPECT_EQ(write(fd, response.artifact().data(), response.artifact().size()),
            static_cast<ssize_t>(response.artifact().size()));
  close(fd);
  auto kernel = runtime::LoadedKernel::Load(path, {.symbol = symbol});
  unlink(path.c_str());
  EXPECT_TRUE(kernel.ok()) << kernel.status();
  return kernel.ok() ? *std::move(kernel) : nullptr;
}

void Call(runtime::LoadedKernel& kernel, Arguments& arguments, int threads) {
  ASSERT_EQ(kernel.description().num_arguments, static_cast<int64_t>(arguments.Pointers().size()));
  ASSERT_TRUE(kernel.SetThreads(threads).ok());
  const std::vector<void*> pointers = kernel.WithPacked(arguments.Pointers());
  kernel.Prepare(pointers);
  kernel.Run(pointers);
}

double LargestError(const v1::Workload& workload, const Arguments& arguments,
                    const std::vector<NumberTensor>& expected) {
  double error = 0;
  size_t result = 0;
  for (int i = 0; i < workload.arguments_size(); ++i) {
    if (!IsOutput(workload.arguments(i))) continue;
    const bool is_float = workload.arguments(i).element_type() == v1::ELEMENT_TYPE_F32;
    const NumberTensor actual = arguments.ToTensor(i);
    double largest = 1e-30, difference = 0;
    for (size_t e = 0; e < actual.elements.size(); ++e) {
      const Number a = actual.elements[e], b = expected[result].elements[e];
      const double delta = is_float ? std::abs(a.f - b.f) : static_cast<double>(a.i != b.i);
      if (!std::isfinite(delta)) return std::numeric_limits<double>::infinity();
      difference = std::max(difference, delta);
      largest = std::max(largest, is_float ? std::abs(b.f) : 1.0);
    }
    error = std::max(error, difference / largest);
    ++result;
  }
  return error;
}

}  // namespace diapason::compiler::codegen
