// Candidates, references and devices that fail: what is recorded, what is tried again, and what ends a
// task or the job.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "absl/strings/match.h"
#include "tests/tuner/job/job_lab.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

// Counts how often the device was given each artifact, including this time.
auto Tries() {
  return [counts = std::make_shared<std::map<std::string, int>>()](const std::string& artifact) {
    return ++(*counts)[artifact];
  };
}

TEST(JobFailuresTest, BadSchedulesAreRecordedWithTheirOutcomeAndTuningContinues) {
  const auto store = NewStore();
  Lab lab(*store,
          {.time_us = Improving,
           .outcome =
               [](const v1::MeasureRequest&, const std::string& artifact) {
                 return Number(artifact) % 3 == 1 ? v1::OUTCOME_KIND_CRASHED : v1::OUTCOME_KIND_OK;
               }},
          [](const v1::BuildRequest& request) {
            return request.script() == "5" ? v1::OUTCOME_KIND_COMPILE_TIMEOUT : v1::OUTCOME_KIND_OK;
          });
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 30)));
  ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
  std::map<v1::OutcomeKind, int64_t> counts;
  for (const v1::OutcomeCount& count : status.tasks(0).outcomes()) counts[count.kind()] = count.count();
  EXPECT_EQ(counts[v1::OUTCOME_KIND_CRASHED], 10);
  EXPECT_EQ(counts[v1::OUTCOME_KIND_COMPILE_TIMEOUT], 1);
  EXPECT_EQ(counts[v1::OUTCOME_KIND_OK], 19);
  EXPECT_EQ(Records(*store, v1::TRIAL_PHASE_SEARCH).size(), 30u);
}

TEST(JobFailuresTest, FailuresOfTheInfrastructureAreRetriedAndDoNotCountForTheBudget) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving,
                   .outcome = [tries = Tries()](const v1::MeasureRequest&, const std::string& artifact) {
                     const bool lost = Number(artifact) % 2 == 1 && tries(artifact) == 1;
                     return lost ? v1::OUTCOME_KIND_DEVICE_LOST : v1::OUTCOME_KIND_OK;
                   }});
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 20)));
  ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
  EXPECT_EQ(status.trials_done(), 20);
  std::map<v1::OutcomeKind, int64_t> counts;
  for (const v1::OutcomeCount& count : status.tasks(0).outcomes()) counts[count.kind()] = count.count();
  EXPECT_EQ(counts[v1::OUTCOME_KIND_OK], 20);
  EXPECT_EQ(counts[v1::OUTCOME_KIND_DEVICE_LOST], 10);
  for (const v1::Record& record : Records(*store, v1::TRIAL_PHASE_SEARCH)) {
    const bool lost = record.outcome().kind() == v1::OUTCOME_KIND_DEVICE_LOST;
    EXPECT_EQ(record.attempt(), record.schedule().knobs(0).value() % 2 == 1 && !lost ? 2 : 1);
  }
}

// Nothing is learnt about the task's schedules, the other task continues, and one line says why.
TEST(JobFailuresTest, AReferenceThatFailsEndsItsTaskAndNothingIsLearnt) {
  const auto store = NewStore();
  Lab lab(*store,
          {.time_us = Improving, .outcome = [](const v1::MeasureRequest&, const std::string& artifact) {
             return absl::StartsWith(artifact, "workload-0:") ? v1::OUTCOME_KIND_REFERENCE_FAILED
                                                              : v1::OUTCOME_KIND_OK;
           }});
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(2, 20)));
  ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
  EXPECT_EQ(status.tasks(0).trials(), 0) << "these trials do not count for the budget";
  EXPECT_THAT(status.tasks(0).stopped(), HasSubstr("the reference of workload-0 fails on the devices"));
  EXPECT_EQ(status.tasks(1).trials(), 20);
  EXPECT_EQ(status.tasks(1).stopped(), "");
  EXPECT_NE(status.tasks(1).verdict(), v1::VERDICT_UNSPECIFIED);
  int64_t failed = 0;
  for (const v1::OutcomeCount& count : status.tasks(0).outcomes()) failed += count.count();
  EXPECT_LT(failed, 30) << "the task ends soon";
}

TEST(JobFailuresTest, AJobWhoseReferencesAllFailSaysSo) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving, .outcome = [](const v1::MeasureRequest&, const std::string&) {
                     return v1::OUTCOME_KIND_REFERENCE_FAILED;
                   }});
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 20)));
  EXPECT_EQ(status.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(status.message(), HasSubstr("the reference of workload-0 fails"));
}

// A reference that fails for a reason that passes. Its trials are measured in the end.
TEST(JobFailuresTest, AReferenceThatFailsOnceIsTriedAgain) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving,
                   .outcome = [tries = Tries()](const v1::MeasureRequest&, const std::string& artifact) {
                     return Number(artifact) == 0 && tries(artifact) < 3 ? v1::OUTCOME_KIND_REFERENCE_FAILED
                                                                         : v1::OUTCOME_KIND_OK;
                   }});
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 20)));
  ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
  EXPECT_EQ(status.trials_done(), 20);
  EXPECT_EQ(status.tasks(0).stopped(), "");
  EXPECT_GT(status.tasks(0).default_us(), 0);
}

TEST(JobFailuresTest, AJobWithATrialBudgetDoesNotWaitForADeviceForEver) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving, .hold_after = 5});
  const std::string job = *lab.engine->Submit(Request(1, 100));
  lab.AwaitTrials(job, 5);
  lab.measurer.SetConnected(false);
  std::string waits;
  v1::JobStatus last;
  const absl::Status watched = lab.engine->Watch(job, [&](const v1::JobStatus& status) {
    if (!status.waiting_for().empty()) waits = status.waiting_for();
    lab.clock.Advance(absl::Minutes(4));
    last = status;
    return true;
  });
  ASSERT_TRUE(watched.ok()) << watched;
  EXPECT_THAT(waits, HasSubstr("no matching device is connected (waiting for "));
  EXPECT_THAT(waits, HasSubstr("at most 15m"));
  EXPECT_EQ(last.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(last.message(), HasSubstr("device-wait deadline"));
  EXPECT_EQ(last.trials_done(), 5);
}

TEST(JobFailuresTest, AJobWhoseDevicesOnlyFailGivesUp) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving, .outcome = [](const v1::MeasureRequest&, const std::string&) {
                     return v1::OUTCOME_KIND_THROTTLED;
                   }});
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 500)));
  EXPECT_EQ(status.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(status.message(), HasSubstr("because of the devices"));
}

TEST(JobFailuresTest, AReferenceThatDoesNotBuildFailsTheJob) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving}, [](const v1::BuildRequest& request) {
    return request.optimization() == v1::OPTIMIZATION_REFERENCE ? v1::OUTCOME_KIND_COMPILE_ERROR
                                                                : v1::OUTCOME_KIND_OK;
  });
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 10)));
  EXPECT_EQ(status.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(status.message(), HasSubstr("the reference of workload-0 cannot be built"));
}

TEST(JobFailuresTest, AnUnreachableDeviceDoesNotDelayAJobWithATimeLimit) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving, .hold_after = 5}, nullptr, 100'000);
  const std::string job = *lab.engine->Submit(Request(1, 0, absl::Seconds(20)));
  lab.AwaitTrials(job, 5);
  lab.measurer.SetConnected(false);
  bool told = false;
  v1::JobStatus last;
  const absl::Status watched = lab.engine->Watch(job, [&](const v1::JobStatus& status) {
    told |= absl::StrContains(status.waiting_for(), "no matching device is connected");
    lab.clock.Advance(absl::Seconds(3));
    last = status;
    return true;
  });
  ASSERT_TRUE(watched.ok()) << watched;
  EXPECT_TRUE(told);
  EXPECT_EQ(last.state(), v1::JOB_STATE_FINISHED);
  EXPECT_EQ(last.trials_done(), 5);
}

}  // namespace
}  // namespace diapason::tuner
