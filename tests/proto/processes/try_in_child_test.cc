#include "proto/processes/try_in_child.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>

namespace diapason {
namespace {

constexpr absl::Duration kLong = absl::Seconds(30);

TEST(TryInChildTest, TheStatusComesBack) {
  EXPECT_TRUE(TryInChild([] { return absl::OkStatus(); }, kLong).ok());
  const std::string message(20'000, 'x');
  const absl::Status status = TryInChild([&] { return absl::InvalidArgumentError(message); }, kLong);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), message);
}

TEST(TryInChildTest, NothingElseComesBack) {
  int value = 1;
  EXPECT_TRUE(TryInChild(
                  [&] {
                    value = 2;
                    return absl::OkStatus();
                  },
                  kLong)
                  .ok());
  EXPECT_EQ(value, 1);
}

TEST(TryInChildTest, ACrashIsAborted) {
  const absl::Status killed = TryInChild(
      []() -> absl::Status {
        raise(SIGSEGV);
        return absl::OkStatus();
      },
      kLong);
  EXPECT_EQ(killed.code(), absl::StatusCode::kAborted);
  const absl::Status left = TryInChild([]() -> absl::Status { _exit(3); }, kLong);
  EXPECT_EQ(left.code(), absl::StatusCode::kAborted) << left;
}

TEST(TryInChildTest, WhatNeverEndsIsKilled) {
  const absl::Status status = TryInChild(
      []() -> absl::Status {
        while (true) pause();
      },
      absl::Milliseconds(100));
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace diapason
