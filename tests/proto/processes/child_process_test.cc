#include "proto/processes/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "tests/testing/status_matchers.h"

namespace diapason {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<ChildProcess> StartSleep() {
  ChildOptions options;
  options.argv = {"/bin/sleep", "1000"};
  auto child = ChildProcess::Start(options);
  EXPECT_THAT(child, IsOk());
  return *std::move(child);
}

TEST(ChildProcessTest, WaitingForAChildThatRunsTakesTheTimeoutAndNoLonger) {
  const auto child = StartSleep();
  const SystemClock clock;
  const absl::Duration begin = clock.Monotonic();
  EXPECT_THAT(child->Wait(absl::Milliseconds(300)), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_GE(clock.Monotonic() - begin, absl::Milliseconds(290));
  EXPECT_LT(clock.Monotonic() - begin, absl::Milliseconds(550));
  const auto exit = child->Kill();
  ASSERT_THAT(exit, IsOk());
  EXPECT_EQ(exit->signal, SIGKILL);
}

// Another process traces the child and does not release it. Then SIGKILL does not end the child, as if it
// waited for a disk.
TEST(ChildProcessTest, AChildThatSurvivesSigkillIsReported) {
  const auto child = StartSleep();
  const pid_t tracer = fork();
  if (tracer == 0) {
    const bool traces = ptrace(PTRACE_SEIZE, child->pid(), nullptr, nullptr) == 0;
    if (traces) sleep(60);
    _exit(1);
  }
  usleep(200'000);
  if (waitpid(tracer, nullptr, WNOHANG) != 0) GTEST_SKIP() << "this machine does not allow ptrace";
  const SystemClock clock;
  const absl::Duration begin = clock.Monotonic();
  const auto exit = child->Kill();
  EXPECT_THAT(exit, StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("after SIGKILL")));
  EXPECT_LT(clock.Monotonic() - begin, 2 * kKillTimeout);
  kill(tracer, SIGKILL);
  waitpid(tracer, nullptr, 0);
  const auto gone = child->Wait(absl::Seconds(10));
  ASSERT_THAT(gone, IsOk());
  EXPECT_EQ(gone->signal, SIGKILL);
}

}  // namespace
}  // namespace diapason
