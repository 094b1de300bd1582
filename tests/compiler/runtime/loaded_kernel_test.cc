#include "compiler/runtime/loaded_kernel.h"

#include <cstdio>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace diapason::runtime {
namespace {

using ::testing::HasSubstr;

constexpr char kArtifact[] = DIAPASON_TEST_ARTIFACT;

std::string MessageOf(const std::string& path, const std::string& symbol, absl::StatusCode code) {
  auto kernel = LoadedKernel::Load(path, symbol);
  EXPECT_EQ(kernel.status().code(), code) << kernel.status();
  return std::string(kernel.status().message());
}

TEST(LoadedKernelTest, PreparesAndRunsAllStagesOnAnyNumberOfThreads) {
  for (int threads : {0, 1, 2, 4}) {  // 0: without a pool
    auto kernel = LoadedKernel::Load(kArtifact);
    ASSERT_TRUE(kernel.ok()) << kernel.status();
    std::vector<float> x(100), y(100, -1);
    for (int i = 0; i < 100; ++i) x[i] = static_cast<float>(i);
    float w = 1.5f;
    std::vector<AlignedBuffer> packed = (*kernel)->AllocatePacked();
    ASSERT_EQ(packed.size(), 1u);
    EXPECT_EQ(packed[0].size(), sizeof(float));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(packed[0].data()) % DIAPASON_ALIGNMENT, 0u);
    const std::vector<void*> arguments = {x.data(), &w, y.data(), packed[0].data()};
    (*kernel)->Prepare(arguments);
    diapason_thread_pool* pool = threads > 0 ? diapason_thread_pool_create(threads) : nullptr;
    for (int round = 0; round < 3; ++round) (*kernel)->Run(arguments, pool);
    diapason_thread_pool_destroy(pool);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(y[i], 3 * static_cast<float>(99 - i));
  }
}

TEST(LoadedKernelTest, RefusesWhatIsNoKernel) {
  EXPECT_THAT(MessageOf("/nowhere/kernel.so", DIAPASON_KERNEL_SYMBOL, absl::StatusCode::kInvalidArgument),
              HasSubstr("/nowhere/kernel.so"));
  EXPECT_THAT(MessageOf(kArtifact, "nothing", absl::StatusCode::kInvalidArgument),
              HasSubstr("exports no nothing"));
  EXPECT_THAT(MessageOf(kArtifact, "future_version", absl::StatusCode::kFailedPrecondition),
              HasSubstr("version 2"));
  for (const char* broken : {"no_stages", "no_prepare", "negative_size"}) {
    EXPECT_THAT(MessageOf(kArtifact, broken, absl::StatusCode::kInvalidArgument), HasSubstr("is broken"));
  }
}

}  // namespace
}  // namespace diapason::runtime
