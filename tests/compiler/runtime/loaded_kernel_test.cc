#include "compiler/runtime/loaded_kernel.h"

#include <cstdio>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace diapason::compiler::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kArtifact[] = DIAPASON_TEST_ARTIFACT;

std::string MessageOf(const std::string& path, const std::string& symbol, absl::StatusCode code) {
  auto kernel = LoadedKernel::Load(path, {.symbol = symbol});
  EXPECT_EQ(kernel.status().code(), code) << kernel.status();
  return std::string(kernel.status().message());
}

TEST(LoadedKernelTest, PreparesAndRunsAllStagesOnAnyNumberOfThreads) {
  for (int threads : {1, 2, 4}) {
    auto kernel = LoadedKernel::Load(kArtifact, {.threads = threads});
    ASSERT_THAT(kernel, IsOk());
    std::vector<float> x(100), y(100, -1);
    for (int i = 0; i < 100; ++i) x[i] = static_cast<float>(i);
    float w = 1.5f;
    ASSERT_EQ((*kernel)->packed().size(), 1u);
    EXPECT_EQ((*kernel)->packed()[0].size(), sizeof(float));
    EXPECT_EQ(reinterpret_cast<uintptr_t>((*kernel)->packed()[0].data()) % DIAPASON_ALIGNMENT, 0u);
    const std::vector<void*> pointers = (*kernel)->WithPacked({x.data(), &w, y.data()});
    (*kernel)->Prepare(pointers);
    for (int round = 0; round < 3; ++round) (*kernel)->Run(pointers);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(y[i], 3 * static_cast<float>(99 - i));
  }
}

TEST(LoadedKernelTest, TheNumberOfThreadsMayChange) {
  auto kernel = LoadedKernel::Load(kArtifact);
  ASSERT_THAT(kernel, IsOk());
  for (int threads : {4, 1, 2}) {
    ASSERT_THAT((*kernel)->SetThreads(threads), IsOk());
    std::vector<float> x(100, 1), y(100, -1);
    float w = 1.5f;
    const std::vector<void*> pointers = (*kernel)->WithPacked({x.data(), &w, y.data()});
    (*kernel)->Prepare(pointers);
    (*kernel)->Run(pointers);
    EXPECT_EQ(y, std::vector<float>(100, 3));
  }
}

// Records what is requested. Allocate fails for the kind of memory named by missing_.
class ScriptedMemory final : public KernelMemory {
 public:
  absl::StatusOr<char*> Allocate(const char* what, size_t bytes) override {
    asked_.emplace_back(what);
    if (what == missing_) return absl::ResourceExhaustedError(what);
    return memory_.Allocate(what, bytes);
  }

  std::vector<std::string> asked_;
  std::string missing_;

 private:
  AlignedMemory memory_;
};

TEST(LoadedKernelTest, TakesItsMemoryFromTheCaller) {
  ScriptedMemory memory;
  ASSERT_THAT(LoadedKernel::Load(kArtifact, {.memory = &memory}), IsOk());
  EXPECT_THAT(memory.asked_, ElementsAre("workspace", "scratch", "packed constants"));
  for (const char* missing : {"workspace", "scratch", "packed constants"}) {
    memory.missing_ = missing;
    EXPECT_THAT(LoadedKernel::Load(kArtifact, {.memory = &memory}),
                StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr(missing)));
  }
}

TEST(LoadedKernelTest, TheNumberOfArgumentsIsChecked) {
  EXPECT_THAT(LoadedKernel::Load(kArtifact, {.num_arguments = 3}), IsOk());
  EXPECT_THAT(LoadedKernel::Load(kArtifact, {.num_arguments = 2}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("takes 3 arguments, not 2")));
}

TEST(LoadedKernelTest, RefusesWhatIsNoKernel) {
  EXPECT_THAT(MessageOf("/nowhere/kernel.so", DIAPASON_KERNEL_SYMBOL, absl::StatusCode::kInvalidArgument),
              HasSubstr("/nowhere/kernel.so"));
  EXPECT_THAT(MessageOf(kArtifact, "nothing", absl::StatusCode::kInvalidArgument),
              HasSubstr("does not export the symbol nothing"));
  EXPECT_THAT(MessageOf(kArtifact, "future_version", absl::StatusCode::kFailedPrecondition),
              HasSubstr("version 2"));
  for (const char* broken : {"no_stages", "no_prepare", "negative_size"}) {
    EXPECT_THAT(MessageOf(kArtifact, broken, absl::StatusCode::kInvalidArgument), HasSubstr("is not valid"));
  }
}

}  // namespace
}  // namespace diapason::compiler::runtime
