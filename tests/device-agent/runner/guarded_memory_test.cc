#include "device-agent/runner/guarded_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "tests/testing/status_matchers.h"

namespace diapason::device_agent {
namespace {

using ::testing::HasSubstr;

TEST(GuardedMemoryTest, NamesTheBufferThatWasOverwritten) {
  GuardedMemory memory(3);
  absl::StatusOr<char*> workspace = memory.Allocate("workspace", 100);
  absl::StatusOr<char*> scratch = memory.Allocate("scratch", 100);
  ASSERT_THAT(workspace, IsOk());
  ASSERT_THAT(scratch, IsOk());
  EXPECT_NE(reinterpret_cast<uintptr_t>(*workspace) % 4096, reinterpret_cast<uintptr_t>(*scratch) % 4096);
  (*scratch)[99] = 'x';
  EXPECT_EQ(memory.FirstDamaged(), "");
  (*scratch)[100] = 'x';
  EXPECT_EQ(memory.FirstDamaged(), "scratch");
}

TEST(GuardedMemoryTest, TooLittleMemoryIsAnError) {
  GuardedMemory memory(0);
  EXPECT_THAT(memory.Allocate("workspace", SIZE_MAX),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("workspace")));
}

}  // namespace
}  // namespace diapason::device_agent
