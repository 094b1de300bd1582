// Jobs that continue after one server has ended and the next one has started.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/base/content_hash.h"
#include "proto/domain/schedule_hash.h"
#include "proto/domain/target_fingerprint.h"
#include "proto/domain/task_key.h"
#include "tests/db/log_fixtures.h"
#include "tests/tuner/job/job_lab.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

TEST(JobRestartTest, AJobSurvivesARestartAndNothingCountsTwice) {
  const auto store = NewStore();
  std::string job;
  {
    Lab lab(*store, {.time_us = Improving, .hold_after = 15});
    job = *lab.engine->Submit(Request(2, 60));
    lab.AwaitTrials(job, 15);
  }
  ASSERT_EQ(store->GetJob(job)->status.state(), v1::JOB_STATE_RUNNING);
  Lab lab(*store, {.time_us = Improving});
  EXPECT_THAT(lab.resumed, ::testing::ElementsAre(job));
  EXPECT_EQ(lab.Await(job).trials_done(), 60);
  std::set<std::string> ids, schedules;
  for (const v1::Record& record : Records(*store, v1::TRIAL_PHASE_SEARCH)) {
    EXPECT_TRUE(ids.insert(record.trial_id()).second) << record.trial_id();
    EXPECT_TRUE(schedules.insert(record.workload_id() + ScheduleHash(record.schedule())).second)
        << record.trial_id();
  }
  EXPECT_EQ(ids.size(), 60u);
  EXPECT_EQ(store->GetJob(job)->status.state(), v1::JOB_STATE_FINISHED);
}

TEST(JobRestartTest, AScheduleWhoseDeviceWasLostBeforeARestartIsTriedUnderANewId) {
  const auto store = NewStore();
  const auto outcome_of = [](v1::OutcomeKind of_three) {
    return [of_three](const v1::MeasureRequest&, const std::string& artifact) {
      return Number(artifact) == 3 ? of_three : v1::OUTCOME_KIND_OK;
    };
  };
  std::string job;
  {
    Lab lab(*store,
            {.time_us = Improving, .outcome = outcome_of(v1::OUTCOME_KIND_DEVICE_LOST), .hold_after = 10});
    job = *lab.engine->Submit(Request(1, 20));
    lab.AwaitTrials(job, 7);
  }
  Lab lab(*store, {.time_us = Improving, .outcome = outcome_of(v1::OUTCOME_KIND_OK)});
  EXPECT_EQ(lab.Await(job).trials_done(), 20);
  int worked = 0;
  for (const v1::Record& record : Records(*store, v1::TRIAL_PHASE_SEARCH)) {
    const bool three = record.schedule().knobs(0).value() == 3;
    worked += three && record.outcome().kind() == v1::OUTCOME_KIND_OK ? 1 : 0;
  }
  EXPECT_EQ(worked, 1);
}

// A job that a server of an earlier release left is resumed, although its workloads, its machine and its
// devices have other ids today.
TEST(JobRestartTest, AJobOfAnOlderLogIsResumed) {
  const db::TemporaryFolder folder;
  db::WriteLogOfVersion2(folder.File("log.db"));
  const auto identity = [](const v1::Workload& workload) -> absl::StatusOr<v1::Workload> {
    v1::Workload updated = workload;
    updated.set_id(ContentHash(workload.text() + "today"));
    return updated;
  };
  const auto store =
      db::OpenRecordStore(absl::StrCat("sqlite:", folder.File("log.db")), db::OpenMode::kServe, identity);
  ASSERT_TRUE(store.ok()) << store.status();
  v1::Sketch numbers;
  numbers.set_hash(NumberSchedule(0).sketch_hash());
  ASSERT_TRUE((*store)->PutSketch(numbers).ok());
  Lab lab(**store, {.time_us = Improving}, nullptr, /*space=*/50);
  ASSERT_EQ(lab.resumed.size(), 1u);
  const v1::JobStatus end = lab.Await(lab.resumed[0]);
  EXPECT_EQ(end.state(), v1::JOB_STATE_FINISHED) << end.message();
  // The three trials under the earlier server, of the schedules 2 and 4, are not repeated.
  EXPECT_EQ(end.trials_done(), 3 + 50 - 2);
  const v1::SubmitJobRequest request = (*store)->GetJob(lab.resumed[0])->request;
  const TaskKey key = {identity(request.tasks(0).workload())->id(), TargetFingerprint(request.target()), 1};
  EXPECT_EQ(end.tasks(0).task_id(), TaskId(key));
  EXPECT_TRUE((*store)->GetDecision(key).ok());
}

TEST(JobRestartTest, AServerThatHasNotResumedYetSaysSo) {
  const auto store = NewStore();
  ASSERT_TRUE(store->PutJob({.job_id = "earlier"}).ok());
  FakeClock clock;
  SequentialIds ids{"job"};
  ScriptedBuilder builder;
  ScriptedMeasurer measurer(clock, {.time_us = Improving}, TestTarget());
  JobEngine engine(JobDependencies{*store, builder, measurer, clock, nullptr, "cpu", "version-1", "server"},
                   JobConfig(), ids);
  for (const absl::Status& status :
       {engine.List().status(), engine.Cancel("earlier"), engine.Submit(Request(1, 1)).status(),
        engine.Watch("earlier", [](const v1::JobStatus&) { return true; })}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("the server is starting"));
  }
  engine.Shutdown();
  EXPECT_THAT(std::string(engine.List().status().message()), HasSubstr("the server is shutting down"));
}

TEST(JobRestartTest, ACancelledJobDoesNotComeBack) {
  const auto store = NewStore();
  std::string job;
  {
    Lab lab(*store, {.time_us = Improving, .hold_after = 5});
    job = *lab.engine->Submit(Request(1, 900));
    lab.AwaitTrials(job, 5);
    ASSERT_TRUE(lab.engine->Cancel(job).ok());
    EXPECT_EQ(store->GetJob(job)->status.state(), v1::JOB_STATE_CANCELLED)
        << "it must be stored before it is acknowledged";
    lab.engine->Shutdown();  // perhaps before the run has seen the cancellation
  }
  EXPECT_EQ(store->GetJob(job)->status.state(), v1::JOB_STATE_CANCELLED);
  Lab lab(*store, {.time_us = Improving});
  EXPECT_THAT(lab.resumed, ::testing::IsEmpty());
}

// Simulates the death of a server, which stores nothing: the job stays in the log as it was started.
void DieAt(db::RecordStore& store, const std::string& job, int starts) {
  db::StoredJob stored = *store.GetJob(job);
  stored.starts = starts;
  ASSERT_TRUE(store.PutJob(stored).ok());
}

TEST(JobRestartTest, AJobThatWasUnderWayWhenTheServerDiedTwiceIsNotResumedAgain) {
  const auto store = NewStore();
  std::string job, other;
  {
    Lab lab(*store, {.time_us = Improving, .hold_after = 0});
    lab.measurer.Pause(true);
    job = *lab.engine->Submit(Request(1, 20));
    for (int i = 0; i < 200 && store->GetJob(job)->starts == 0; ++i) absl::SleepFor(absl::Milliseconds(10));
    EXPECT_EQ(store->GetJob(job)->starts, 1) << "the start is counted before anything is done for the job";
  }
  EXPECT_EQ(store->GetJob(job)->starts, 0) << "an orderly end resets the count";
  DieAt(*store, job, 1);
  {
    Lab lab(*store, {.time_us = Improving});
    EXPECT_THAT(lab.resumed, ::testing::ElementsAre(job)) << "one death may be the machine's fault";
    lab.measurer.Pause(true);
    lab.ids.NewId();  // the ids continue where they were
    other = *lab.engine->Submit(Request(1, 20));
  }
  DieAt(*store, job, 2);
  Lab lab(*store, {.time_us = Improving});
  EXPECT_THAT(lab.resumed, ::testing::ElementsAre(other));
  const v1::JobStatus status = lab.Await(job);
  EXPECT_EQ(status.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(status.message(), HasSubstr("the tuner-server died 2 times while it worked on this job"));
  EXPECT_THAT(status.message(), HasSubstr("To retry, submit it again"));
  EXPECT_EQ(lab.Await(other).state(), v1::JOB_STATE_FINISHED);
  EXPECT_EQ(store->GetJob(job)->status.state(), v1::JOB_STATE_FAILED);
}

TEST(JobRestartTest, AResultResetsTheCount) {
  const auto store = NewStore();
  {
    Lab lab(*store, {.time_us = Improving, .hold_after = 5});
    lab.AwaitTrials(*lab.engine->Submit(Request(1, 20)), 5);
    for (int i = 0; i < 200 && store->GetJob("job1")->starts != 0; ++i)
      absl::SleepFor(absl::Milliseconds(10));
    EXPECT_EQ(store->GetJob("job1")->starts, 0);
  }
}

}  // namespace
}  // namespace diapason::tuner
