#include "tuner/cli/interrupt.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/time/clock.h"
#include "tuner/cli/command.h"

namespace diapason::tuner {
namespace {

// Stands for a command that does not check the flag, for example because LLVM runs in its process.
void NeverEnd() {
  while (true) absl::SleepFor(absl::Seconds(1));
}

void SignalSoon(int times) {
  std::thread([times] {
    absl::SleepFor(absl::Milliseconds(100));
    for (int i = 0; i < times; ++i) {
      kill(getpid(), SIGINT);
      absl::SleepFor(absl::Milliseconds(100));  // two signals at the same time would count as one
    }
  }).detach();
}

class InterruptTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(InterruptTest, OneSignalEndsABusyCommandWithinASecond) {
  const absl::Time start = absl::Now();
  EXPECT_EXIT(
      {
        Interrupt interrupt;
        interrupt.PushCleanup([] { std::fprintf(stderr, "first pushed\n"); });
        interrupt.PushCleanup([] { std::fprintf(stderr, "then removed\n"); });
        interrupt.PushCleanup([] { std::fprintf(stderr, "not this one\n"); });
        interrupt.PopCleanup();
        SignalSoon(1);
        NeverEnd();
      },
      ::testing::ExitedWithCode(kExitInterrupted), "^then removed\nfirst pushed\ndiapason: interrupted\n$");
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));  // this includes starting a process on a busy machine
}

TEST_F(InterruptTest, SecondSignalEndsAtOnce) {
  EXPECT_EXIT(
      {
        Interrupt interrupt;
        const absl::Time start = absl::Now();
        interrupt.PushCleanup([start] {
          std::fprintf(stderr, absl::Now() - start < Interrupt::kGrace ? "at once\n" : "late\n");
        });
        SignalSoon(2);
        NeverEnd();
      },
      ::testing::ExitedWithCode(kExitInterrupted), "at once");
}

TEST_F(InterruptTest, ACommandThatChecksTheFlagEndsByItself) {
  Interrupt interrupt;
  std::atomic<int> told = 0;
  interrupt.OnInterrupt([&told] { ++told; });
  EXPECT_FALSE(interrupt.happened());
  kill(getpid(), SIGTERM);
  for (int i = 0; i < 500 && !interrupt.happened(); ++i) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_TRUE(interrupt.happened());
  interrupt.Clear();
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace diapason::tuner
