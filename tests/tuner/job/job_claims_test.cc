// Jobs of several servers that share one log: each job is run by one of them, and when that one is gone, by
// another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/time/clock.h"
#include "tests/tuner/job/job_lab.h"

namespace diapason::tuner {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

void AwaitRuns(const Lab& lab, size_t count) {
  for (int i = 0; i < 500 && lab.engine->running_jobs() != count; ++i) absl::SleepFor(absl::Milliseconds(20));
  EXPECT_EQ(lab.engine->running_jobs(), count);
}

// The number of trials of the log, each of which must have its own id.
size_t DistinctTrials(const db::RecordStore& store) {
  std::set<std::string> ids;
  for (const v1::Record& record : Records(store, v1::TRIAL_PHASE_SEARCH)) {
    EXPECT_TRUE(ids.insert(record.trial_id()).second) << record.trial_id();
  }
  return ids.size();
}

TEST(JobClaimsTest, AServerDoesNotTakeTheJobsOfAnotherOneThatLives) {
  const auto store = NewStore();
  Lab one(*store, {.time_us = Improving, .hold_after = 5}, Server{"one"});
  const std::string job = *one.engine->Submit(Request(1, 40));
  Lab two(*store, {.time_us = Improving}, Server{"two"});
  EXPECT_THAT(two.resumed, IsEmpty());
  absl::SleepFor(3 * kClaimEvery);
  EXPECT_EQ(two.engine->running_jobs(), 0u);
  EXPECT_EQ(one.engine->running_jobs(), 1u);
}

TEST(JobClaimsTest, AnotherServerTakesTheJobsOfOneThatEnds) {
  const auto store = NewStore();
  std::string job;
  Lab two(*store, {.time_us = Improving}, Server{"two"});
  {
    Lab one(*store, {.time_us = Improving, .hold_after = 15}, Server{"one"});
    job = *one.engine->Submit(Request(2, 60));
    one.AwaitTrials(job, 15);
  }
  EXPECT_EQ(two.Await(job).state(), v1::JOB_STATE_FINISHED);
  EXPECT_EQ(store->GetJob(job)->server_id, "two");
  EXPECT_EQ(DistinctTrials(*store), 60u);
}

// Moves the claim of the job that server `from` runs, as if that server had not been able to reach the log
// for longer than kClaimTime. It claims its jobs again soon, so that this may need several attempts.
void MoveClaim(db::RecordStore& store, const std::string& from, const std::string& to) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(store.ReleaseJobs(from).ok());
    const auto claims = store.ClaimJobs(to);
    ASSERT_TRUE(claims.ok()) << claims.status();
    if (!claims->held.empty()) return;
  }
  FAIL() << "server " << from << " was always first";
}

TEST(JobClaimsTest, AServerThatHasLostItsClaimStopsItsRun) {
  const auto store = NewStore();
  Lab one(*store, {.time_us = Improving, .hold_after = 15}, Server{"one"});
  const std::string job = *one.engine->Submit(Request(1, 40));
  one.AwaitTrials(job, 15);
  MoveClaim(*store, "one", "two");
  Lab two(*store, {.time_us = Improving}, Server{"two"});
  EXPECT_THAT(two.resumed, ElementsAre(job));
  AwaitRuns(one, 0);
  EXPECT_EQ(two.Await(job).state(), v1::JOB_STATE_FINISHED);
  EXPECT_EQ(one.Await(job).state(), v1::JOB_STATE_FINISHED) << "every server reports the jobs of all";
  EXPECT_EQ(DistinctTrials(*store), 40u);
}

TEST(JobClaimsTest, AServerBeginsAJobAgainWhoseClaimItHadLost) {
  const auto store = NewStore();
  Lab one(*store, {.time_us = Improving, .hold_after = 15}, Server{"one"});
  const std::string job = *one.engine->Submit(Request(1, 40));
  one.AwaitTrials(job, 15);
  MoveClaim(*store, "one", "two");
  AwaitRuns(one, 0);
  ASSERT_TRUE(store->ReleaseJobs("two").ok());
  AwaitRuns(one, 1);
}

TEST(JobClaimsTest, EveryServerWatchesAndCancelsTheJobsOfAll) {
  const auto store = NewStore();
  Lab one(*store, {.time_us = Improving, .hold_after = 5}, Server{"one"});
  Lab two(*store, {.time_us = Improving}, Server{"two"});
  const std::string job = *one.engine->Submit(Request(1, 900));
  two.AwaitTrials(job, 5);
  EXPECT_EQ(two.engine->List()->size(), 1u);
  EXPECT_TRUE(two.engine->Cancel(job).ok());
  EXPECT_EQ(two.engine->Cancel(job).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(one.Await(job).state(), v1::JOB_STATE_CANCELLED);
  AwaitRuns(one, 0);
  EXPECT_EQ(store->GetJob(job)->status.state(), v1::JOB_STATE_CANCELLED);
}

}  // namespace
}  // namespace diapason::tuner
