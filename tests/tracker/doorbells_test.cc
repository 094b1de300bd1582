#include "tracker/doorbells.h"

#include <gtest/gtest.h>

#include <thread>

#include "proto/base/clock.h"

namespace diapason::tracker {
namespace {

constexpr absl::Duration kLong = absl::Seconds(100);  // a wait that only a ring ends in time for the test
constexpr absl::Duration kShort = absl::Milliseconds(20);

absl::Duration TimeOfWait(Doorbells::Listener& listener, absl::Duration timeout) {
  const SystemClock clock;
  const absl::Duration begin = clock.Monotonic();
  listener.Wait(timeout);
  return clock.Monotonic() - begin;
}

TEST(DoorbellsTest, ARingBeforeTheWaitIsHeard) {
  Doorbells bells;
  Doorbells::Listener listener(bells, "device/a");
  bells.Ring("device/a");
  EXPECT_LT(TimeOfWait(listener, kLong), kLong / 2);
  EXPECT_GE(TimeOfWait(listener, kShort), kShort) << "it was rung once";
}

TEST(DoorbellsTest, AnotherDoorIsNotHeard) {
  Doorbells bells;
  Doorbells::Listener listener(bells, "device/a");
  bells.Ring("device/b");
  EXPECT_GE(TimeOfWait(listener, kShort), kShort);
}

TEST(DoorbellsTest, WakesEveryListenerAtTheDoor) {
  Doorbells bells;
  std::vector<std::thread> threads;
  std::vector<std::unique_ptr<Doorbells::Listener>> listeners;
  for (int i = 0; i < 4; ++i) listeners.push_back(std::make_unique<Doorbells::Listener>(bells, "door"));
  for (auto& listener : listeners) {
    threads.emplace_back([&listener] { EXPECT_LT(TimeOfWait(*listener, kLong), kLong / 2); });
  }
  bells.Ring("door");
  for (std::thread& thread : threads) thread.join();
}

TEST(DoorbellsTest, ClosedMeansNoMoreWaiting) {
  Doorbells bells;
  Doorbells::Listener before(bells, "door");
  std::thread waiter([&] { EXPECT_LT(TimeOfWait(before, kLong), kLong / 2); });
  bells.Close();
  waiter.join();
  EXPECT_TRUE(bells.closed());
  Doorbells::Listener after(bells, "door");
  EXPECT_LT(TimeOfWait(after, kLong), kLong / 2);
}

}  // namespace
}  // namespace diapason::tracker
