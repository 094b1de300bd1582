#include "tracker/wait_queues.h"

#include <gtest/gtest.h>

#include <thread>

#include "proto/base/clock.h"

namespace diapason::tracker {
namespace {

constexpr absl::Duration kLong = absl::Seconds(100);  // so long that only a wake can end the wait in time
constexpr absl::Duration kShort = absl::Milliseconds(20);

absl::Duration TimeOfWait(WaitQueues::Waiter& waiter, absl::Duration timeout) {
  const SystemClock clock;
  const absl::Duration begin = clock.Monotonic();
  waiter.Wait(timeout);
  return clock.Monotonic() - begin;
}

TEST(WaitQueuesTest, AWakeBeforeTheWaitEndsIt) {
  WaitQueues queues;
  WaitQueues::Waiter waiter(queues, "device/a");
  queues.Wake("device/a");
  EXPECT_LT(TimeOfWait(waiter, kLong), kLong / 2);
  EXPECT_GE(TimeOfWait(waiter, kShort), kShort) << "it was woken only once";
}

TEST(WaitQueuesTest, AnotherQueueIsNotWoken) {
  WaitQueues queues;
  WaitQueues::Waiter waiter(queues, "device/a");
  queues.Wake("device/b");
  EXPECT_GE(TimeOfWait(waiter, kShort), kShort);
}

TEST(WaitQueuesTest, WakesEveryWaiterOfTheQueue) {
  WaitQueues queues;
  std::vector<std::thread> threads;
  std::vector<std::unique_ptr<WaitQueues::Waiter>> waiters;
  for (int i = 0; i < 4; ++i) waiters.push_back(std::make_unique<WaitQueues::Waiter>(queues, "device/a"));
  for (auto& waiter : waiters) {
    threads.emplace_back([&waiter] { EXPECT_LT(TimeOfWait(*waiter, kLong), kLong / 2); });
  }
  queues.Wake("device/a");
  for (std::thread& thread : threads) thread.join();
}

TEST(WaitQueuesTest, ClosedMeansNoMoreWaiting) {
  WaitQueues queues;
  WaitQueues::Waiter before(queues, "device/a");
  std::thread thread([&] { EXPECT_LT(TimeOfWait(before, kLong), kLong / 2); });
  queues.Close();
  thread.join();
  EXPECT_TRUE(queues.closed());
  WaitQueues::Waiter after(queues, "device/a");
  EXPECT_LT(TimeOfWait(after, kLong), kLong / 2);
}

}  // namespace
}  // namespace diapason::tracker
