// Tests many calls at the same time, with the machine's clock: long polls, and agents and clients that
// come and go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "proto/base/content_hash.h"
#include "proto/domain/protocol_version.h"
#include "tests/testing/status_matchers.h"
#include "tests/tracker/tracker_fixture.h"

namespace diapason::tracker {
namespace {

using ::testing::ElementsAre;

TEST(TrackerLongPollTest, AnAgentHearsOfWorkAtOnce) {
  const SystemClock clock;
  Tracker tracker(clock);
  ASSERT_THAT(tracker.artifacts().Put(ContentHash("kernel"), "kernel"), IsOk());
  FakeAgent agent(tracker, "box-1");
  ASSERT_THAT(agent.Sync(), IsOk());
  agent.request().set_wait_us(3'000'000);
  const absl::Duration begin = clock.Monotonic();
  std::thread poll([&] { EXPECT_THAT(agent.Sync(), IsOk()); });
  EXPECT_THAT(tracker.Submit(SubmissionOf({"t1"})), IsOk());
  poll.join();
  EXPECT_THAT(agent.held(), ElementsAre("t1"));
  EXPECT_LT(clock.Monotonic() - begin, absl::Seconds(2));
}

TEST(TrackerLongPollTest, ALaterCallEndsTheEarlierOne) {
  const SystemClock clock;
  Tracker tracker(clock);
  FakeAgent early(tracker, "box-1");
  ASSERT_THAT(early.Sync(), IsOk());
  early.request().set_wait_us(3'000'000);
  const absl::Duration begin = clock.Monotonic();
  std::atomic<bool> ended = false;
  std::thread poll([&] {
    EXPECT_THAT(early.Sync(), IsOk());
    ended = true;
  });
  FakeAgent late(tracker, "box-1");
  // Calls repeatedly, because the thread may start late.
  while (!ended && clock.Monotonic() - begin < absl::Seconds(2)) EXPECT_THAT(late.Sync(), IsOk());
  poll.join();
  EXPECT_LT(clock.Monotonic() - begin, absl::Seconds(2));
}

TEST(TrackerLongPollTest, ShutdownEndsEveryWait) {
  const SystemClock clock;
  Tracker tracker(clock);
  FakeAgent agent(tracker, "box-1");
  agent.request().set_wait_us(60'000'000);
  const absl::Duration begin = clock.Monotonic();
  std::thread poll([&] { EXPECT_THAT(agent.Sync(), IsOk()); });
  std::thread collect([&] {
    v1::CollectResultsRequest request;
    request.set_client_id("tuner");
    request.set_wait_us(60'000'000);
    EXPECT_EQ(tracker.Collect(request, kNotCancelled)->results_size(), 0);
  });
  tracker.Shutdown();
  poll.join();
  collect.join();
  EXPECT_LT(clock.Monotonic() - begin, absl::Seconds(2));
}

// Agents that work, agents that die, and clients that submit and collect, all at the same time and without
// a network between them. Every trial must count exactly once.
TEST(TrackerStressTest, EveryTrialCountsOnce) {
  constexpr int kTrials = 200;
  const SystemClock clock;
  TrackerOptions options;
  options.max_attempts = 1000;
  Tracker tracker(clock, options);
  ASSERT_THAT(tracker.artifacts().Put(ContentHash("kernel"), "kernel"), IsOk());
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int a = 0; a < 4; ++a) {
    threads.emplace_back([&tracker, &done, a] {
      for (int session = 0; !done; ++session) {  // a new session means that the agent died and was restarted
        FakeAgent agent(tracker, "box-" + std::to_string(a), std::to_string(session));
        for (int i = 0; i < 50 && !done; ++i) {
          agent.request().set_wait_us(1000);
          ASSERT_THAT(agent.Sync(), IsOk());
          if (!agent.held().empty())
            agent.Finish(i % 7 == 6 ? v1::OUTCOME_KIND_CRASHED : v1::OUTCOME_KIND_OK);
        }
      }
    });
  }
  const auto run_client = [&tracker](const std::string& client) {
    std::vector<std::string> ids;
    for (int i = 0; i < kTrials; ++i) ids.push_back(client + std::to_string(i));
    ASSERT_THAT(tracker.Submit(SubmissionOf(ids, client)), IsOk());
    std::set<std::string> counted;
    v1::CollectResultsRequest request;
    request.set_client_id(client);
    request.set_wait_us(100'000);
    while (counted.size() < kTrials) {
      const v1::CollectResultsResponse response = *tracker.Collect(request, kNotCancelled);
      request.clear_acknowledged_trial_ids();
      for (const v1::MeasureResult& result : response.results()) {
        EXPECT_TRUE(counted.insert(result.trial_id()).second) << result.trial_id();
        request.add_acknowledged_trial_ids(result.trial_id());
      }
    }
  };
  std::thread other([&run_client] { run_client("other"); });
  run_client("tuner");
  other.join();
  done = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace diapason::tracker
