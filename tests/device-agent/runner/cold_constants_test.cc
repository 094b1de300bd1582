#include "device-agent/runner/cold_constants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>

#include "tests/device-agent/artifacts.h"
#include "tests/testing/status_matchers.h"

namespace diapason::device_agent {
namespace {

using ::testing::SizeIs;

// Uses the kernel of tests/device-agent/artifacts.h. Its arguments are `in`, `weights` (a constant) and
// `out`.
class ColdConstantsTest : public ::testing::Test {
 protected:
  ColdConstantsTest()
      : arguments_(*Arguments::Create(MakeRequest("t1", "", ""), v1::ReferenceOutput::FILL_SIGNED)) {
    const std::string path = ::testing::TempDir() + "/cold-" + std::to_string(getpid()) + ".so";
    std::ofstream(path, std::ios::binary) << CompileC(OneStage(GoodBody()));
    kernel_ = *compiler::runtime::LoadedKernel::Load(path);
    std::filesystem::remove(path);
  }

  Arguments arguments_;
  std::unique_ptr<compiler::runtime::LoadedKernel> kernel_;
};

TEST_F(ColdConstantsTest, EveryCallTakesOtherConstantsOfTheSameValue) {
  const std::vector<void*> original = kernel_->WithPacked(arguments_.Pointers());
  constexpr size_t kBytes = 1024 * sizeof(float);
  ColdConstants cold(arguments_, *kernel_, original, 5 * kBytes);
  ASSERT_EQ(cold.sets(), 5u);
  std::set<void*> weights;
  for (int call = 0; call < 10; ++call) {
    const std::vector<void*>& pointers = cold.Next();
    EXPECT_EQ(pointers[0], original[0]);
    EXPECT_EQ(pointers[2], original[2]);
    EXPECT_EQ(std::string(static_cast<const char*>(pointers[1]), kBytes),
              std::string(static_cast<const char*>(original[1]), kBytes));
    weights.insert(pointers[1]);
  }
  EXPECT_THAT(weights, SizeIs(5));
}

TEST_F(ColdConstantsTest, ThereAreAtLeastTwoSets) {
  EXPECT_EQ(ColdConstants(arguments_, *kernel_, arguments_.Pointers(), 1).sets(), 2u);
}

}  // namespace
}  // namespace diapason::device_agent
