#include "tuner/job/callback_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/clock.h"

namespace diapason::tuner {
namespace {

TEST(CallbackGateTest, CallbacksRunUntilTheGateIsClosed) {
  int calls = 0;
  CallbackGate gate;
  const std::function<void()> count = gate.Wrap([&calls] { ++calls; });
  const std::function<absl::Status(int)> store = gate.Wrap([&calls](int by) {
    calls += by;
    return absl::UnavailableError("the log is locked");
  });
  count();
  EXPECT_EQ(store(2).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(calls, 3);
  gate.Close();
  count();
  EXPECT_TRUE(store(2).ok()) << "a closed gate returns the default value";
  EXPECT_EQ(calls, 3);
}

TEST(CallbackGateTest, ACallbackMayOutliveTheGate) {
  std::function<void()> late;
  {
    auto part = std::make_unique<int>(1);
    CallbackGate gate;
    late = gate.Wrap([&part] { ++*part; });
  }
  late();
}

TEST(CallbackGateTest, CloseWaitsForWhatIsRunning) {
  CallbackGate gate;
  std::atomic<bool> started = false, go_on = false, ended = false;
  const auto slow = gate.Wrap([&] {
    started = true;
    while (!go_on) absl::SleepFor(absl::Milliseconds(1));
    ended = true;
  });
  std::thread caller(slow);
  while (!started) absl::SleepFor(absl::Milliseconds(1));
  std::thread other([&] {
    absl::SleepFor(absl::Milliseconds(50));
    go_on = true;
  });
  gate.Close();
  EXPECT_TRUE(ended);
  caller.join();
  other.join();
}

TEST(CallbackGateTest, ACallbackMayCallAnother) {
  CallbackGate gate;
  int calls = 0;
  const std::function<void()> inner = gate.Wrap([&calls] { ++calls; });
  const std::function<void()> outer = gate.Wrap([&inner] { inner(); });
  outer();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace diapason::tuner
