#include "device-agent/runner/guarded_buffer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "tests/testing/status_matchers.h"

namespace diapason::device_agent {
namespace {

constexpr size_t kPage = 4096;

class GuardedBufferTest : public testing::TestWithParam<size_t> {};

TEST_P(GuardedBufferTest, IsZeroAlignedAndNoticesItsNeighbours) {
  for (size_t bytes : {size_t{0}, size_t{1}, size_t{64}, kPage - 1, kPage, 3 * kPage + 5}) {
    auto buffer = GuardedBuffer::Create(bytes, GetParam());
    ASSERT_THAT(buffer, IsOk());
    EXPECT_EQ(buffer->size(), bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer->data()) % 64, 0u);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer->data()) % kPage, GetParam() * 7 * 64 % kPage);
    for (size_t i = 0; i < bytes; ++i) ASSERT_EQ(buffer->data()[i], 0);
    for (size_t i = 0; i < bytes; ++i) buffer->data()[i] = 'x';
    EXPECT_TRUE(buffer->Intact());
    buffer->data()[-1] = 1;
    EXPECT_FALSE(buffer->Intact()) << "before " << bytes;
    buffer->data()[-1] = '\x5a';
    if (reinterpret_cast<uintptr_t>(buffer->data() + bytes) % kPage == 0)
      continue;  // a write there would hit the guard page
    buffer->data()[bytes] = 1;
    EXPECT_FALSE(buffer->Intact()) << "behind " << bytes;
  }
}

INSTANTIATE_TEST_SUITE_P(Places, GuardedBufferTest, testing::Values(0, 1, 7, 63, 64, 70));

TEST(GuardedBufferDeathTest, GuardPagesAndProtection) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  auto buffer = GuardedBuffer::Create(kPage, 0);
  ASSERT_THAT(buffer, IsOk());
  EXPECT_DEATH(buffer->data()[kPage] = 1, "");
  EXPECT_DEATH(buffer->data()[-static_cast<ptrdiff_t>(kPage) - 1] = 1, "");
  buffer->Protect();
  EXPECT_EQ(buffer->data()[0], 0);
  EXPECT_DEATH(buffer->data()[0] = 1, "");
}

TEST(GuardedBufferTest, TooLittleMemoryIsAnError) {
  EXPECT_THAT(GuardedBuffer::Create(SIZE_MAX, 0), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(GuardedBuffer::Create(size_t{1} << 60, 3), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(GuardedBufferTest, Moves) {
  auto first = GuardedBuffer::Create(10, 1);
  ASSERT_THAT(first, IsOk());
  char* const data = first->data();
  GuardedBuffer second = *std::move(first);
  EXPECT_EQ(second.data(), data);
  EXPECT_TRUE(second.Intact());
}

}  // namespace
}  // namespace diapason::device_agent
