#include "tuner/job/job_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "proto/support/content_hash.h"
#include "proto/support/target_fingerprint.h"
#include "tests/tuner/job/fakes.h"
#include "tuner/job/trial.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

class CountingIds : public IdGenerator {
 public:
  std::string NewId() override { return absl::StrCat("job", ++count_); }

 private:
  std::atomic<int> count_ = 0;
};

v1::Target TestTarget() {
  v1::Target target;
  target.set_name("host");
  target.set_triple("x86_64-unknown-linux-gnu");
  return target;
}

// The number in "workload-0:17"; the schedule's.
int64_t Number(const std::string& artifact) {
  int64_t number = 0;
  return absl::SimpleAtoi(std::vector<std::string>(absl::StrSplit(artifact, ':')).back(), &number) ? number
                                                                                                   : -1;
}

// The larger the number, the faster.
double Improving(const std::string& artifact) { return 1000.0 / static_cast<double>(1 + Number(artifact)); }

v1::SubmitJobRequest Request(int tasks, int64_t trials, absl::Duration duration = absl::ZeroDuration()) {
  v1::SubmitJobRequest request;
  request.set_name("test");
  for (int i = 0; i < tasks; ++i) {
    v1::JobTask* task = request.add_tasks();
    task->set_weight(1);
    v1::Workload& workload = *task->mutable_workload();
    workload.set_text(absl::StrCat("workload-", i));
    workload.set_id(ContentHash(workload.text()));
    workload.set_summary(workload.text());
    workload.set_structure_id(workload.text());
  }
  *request.mutable_target() = TestTarget();
  request.mutable_budget()->set_trials(trials);
  request.mutable_budget()->set_duration_us(absl::ToInt64Microseconds(duration));
  return request;
}

// An engine with its fakes; the store outlives it, as a log outlives a server.
class Lab {
 public:
  explicit Lab(db::RecordStore& store, ScriptedMeasurer::Script script,
               ScriptedBuilder::Outcomes builds = nullptr, int64_t space = 1000)
      : builder(std::move(builds)), measurer(clock, std::move(script), TestTarget()) {
    JobOptions options;
    options.save_every = absl::ZeroDuration();
    const TaskSearchFactory searches =
        [space](const TaskSearchRequest& request) -> absl::StatusOr<std::unique_ptr<TaskSearch>> {
      if (request.workload.summary() == "unfit") return absl::NotFoundError("no sketch fits");
      return std::make_unique<NumberSearch>(space);
    };
    engine = std::make_unique<JobEngine>(JobContext{store, builder, measurer, clock, searches, "compiler-1"},
                                         options, ids);
  }

  v1::JobStatus Await(const std::string& job_id) {
    v1::JobStatus last;
    EXPECT_TRUE(engine
                    ->Watch(job_id,
                            [&](const v1::JobStatus& status) {
                              last = status;
                              return true;
                            })
                    .ok());
    return last;
  }

  void AwaitTrials(const std::string& job_id, int64_t trials) {
    EXPECT_TRUE(engine->Watch(job_id, [&](const v1::JobStatus& s) { return s.trials_done() < trials; }).ok());
  }

  ManualClock clock;
  CountingIds ids;
  ScriptedBuilder builder;
  ScriptedMeasurer measurer;
  std::unique_ptr<JobEngine> engine;
};

std::unique_ptr<db::RecordStore> NewStore() {
  auto store = db::OpenRecordStore("sqlite::memory:", db::OpenMode::kReadWrite);
  EXPECT_TRUE(store.ok()) << store.status();
  v1::Sketch sketch;
  sketch.set_text("numbers");
  sketch.set_hash(NumberSchedule(0).sketch_hash());
  EXPECT_TRUE((*store)->PutSketch(sketch).ok());
  return *std::move(store);
}

std::vector<v1::Record> Records(const db::RecordStore& store, v1::TrialPhase phase) {
  std::vector<v1::Record> found;
  const auto all = store.FindRecords({});
  for (const v1::Record& record : *all) {
    if (record.phase() == phase) found.push_back(record);
  }
  return found;
}

TEST(JobEngineTest, EveryTrialOfTheBudgetBecomesOneRecordAndTheWinnerIsMarked) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving});
  const auto job = lab.engine->Submit(Request(2, 40));
  ASSERT_TRUE(job.ok()) << job.status();
  const v1::JobStatus status = lab.Await(*job);
  EXPECT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
  EXPECT_EQ(status.trials_done(), 40);
  EXPECT_EQ(Records(*store, v1::TRIAL_PHASE_SEARCH).size(), 40u);
  ASSERT_EQ(status.tasks_size(), 2);
  for (const v1::TaskStatus& task : status.tasks()) {
    EXPECT_EQ(task.verdict(), v1::VERDICT_FASTER);
    EXPECT_EQ(task.default_us(), 1000);
    EXPECT_LT(task.best_us(), 1000.0 / 10);
    const auto winner = store->GetWinner(task.workload_id(), TargetFingerprint(TestTarget()));
    ASSERT_TRUE(winner.ok()) << winner.status();
    EXPECT_NEAR(winner->speed_up, task.default_us() / task.best_us(), 0.01);
  }
  // The first trial of each task is its default.
  EXPECT_EQ(Records(*store, v1::TRIAL_PHASE_SEARCH).back().schedule().knobs(0).value(), 0);
  EXPECT_EQ(store->GetJob(*job)->status.state(), v1::JOB_STATE_FINISHED);
}

TEST(JobEngineTest, TheDefaultStaysWhereNothingIsSignificantlyFaster) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = [](const std::string&) { return 500.0; }});
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 10)));
  ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED);
  EXPECT_EQ(status.tasks(0).verdict(), v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE);
  EXPECT_EQ(ScheduleKey(status.tasks(0).best_schedule()), ScheduleKey(NumberSchedule(0)));
}

TEST(JobEngineTest, BadSchedulesAreRecordedWithTheirOutcomeAndTuningGoesOn) {
  const auto store = NewStore();
  Lab lab(*store,
          {.time_us = Improving,
           .outcome =
               [](const v1::MeasureTask&, const std::string& artifact) {
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

TEST(JobEngineTest, FailuresOfTheInfrastructureAreRetriedAndCountForNoBudget) {
  const auto store = NewStore();
  Lab lab(*store,
          {.time_us = Improving, .outcome = [](const v1::MeasureTask& task, const std::string& artifact) {
             const bool lost = Number(artifact) % 2 == 1 && AttemptOf(task.trial_id()) == 1;
             return lost ? v1::OUTCOME_KIND_DEVICE_LOST : v1::OUTCOME_KIND_OK;
           }});
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 20)));
  ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
  EXPECT_EQ(status.trials_done(), 20);
  std::map<v1::OutcomeKind, int64_t> counts;
  for (const v1::OutcomeCount& count : status.tasks(0).outcomes()) counts[count.kind()] = count.count();
  EXPECT_EQ(counts[v1::OUTCOME_KIND_OK], 20);
  EXPECT_EQ(counts[v1::OUTCOME_KIND_DEVICE_LOST], 10);
}

// Nothing is said of its schedules, the other task goes on, and one line says why.
TEST(JobEngineTest, AReferenceThatFailsEndsItsTaskAndTeachesNothing) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving, .outcome = [](const v1::MeasureTask&, const std::string& artifact) {
                     return absl::StartsWith(artifact, "workload-0:") ? v1::OUTCOME_KIND_REFERENCE_FAILED
                                                                      : v1::OUTCOME_KIND_OK;
                   }});
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(2, 20)));
  ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
  EXPECT_EQ(status.tasks(0).trials(), 0) << "it counts for no budget";
  EXPECT_THAT(status.tasks(0).stopped(), HasSubstr("the reference of workload-0 fails on the devices"));
  EXPECT_EQ(status.tasks(1).trials(), 20);
  EXPECT_EQ(status.tasks(1).stopped(), "");
  EXPECT_NE(status.tasks(1).verdict(), v1::VERDICT_UNSPECIFIED);
  int64_t failed = 0;
  for (const v1::OutcomeCount& count : status.tasks(0).outcomes()) failed += count.count();
  EXPECT_LT(failed, 30) << "it does not go on and on";
}

TEST(JobEngineTest, AJobWhoseReferencesAllFailSaysSo) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving, .outcome = [](const v1::MeasureTask&, const std::string&) {
                     return v1::OUTCOME_KIND_REFERENCE_FAILED;
                   }});
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 20)));
  EXPECT_EQ(status.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(status.message(), HasSubstr("the reference of workload-0 fails"));
}

// A reference that failed for a reason that passes: the trials are measured in the end.
TEST(JobEngineTest, AReferenceThatFailsOnceIsTriedAgain) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving, .outcome = [](const v1::MeasureTask& task, const std::string& artifact) {
                     return Number(artifact) == 0 && AttemptOf(task.trial_id()) < 3
                                ? v1::OUTCOME_KIND_REFERENCE_FAILED
                                : v1::OUTCOME_KIND_OK;
                   }});
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 20)));
  ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
  EXPECT_EQ(status.trials_done(), 20);
  EXPECT_EQ(status.tasks(0).stopped(), "");
  EXPECT_GT(status.tasks(0).default_us(), 0);
}

TEST(JobEngineTest, AJobWithATrialBudgetDoesNotWaitForADeviceForEver) {
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
  EXPECT_THAT(waits, HasSubstr("no device that fits is connected (waiting for "));
  EXPECT_THAT(waits, HasSubstr("at most 15m"));
  EXPECT_EQ(last.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(last.message(), HasSubstr("device-wait deadline"));
  EXPECT_EQ(last.trials_done(), 5);
}

TEST(JobEngineTest, AJobWhoseDevicesOnlyFailGivesUp) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving, .outcome = [](const v1::MeasureTask&, const std::string&) {
                     return v1::OUTCOME_KIND_THROTTLED;
                   }});
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 500)));
  EXPECT_EQ(status.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(status.message(), HasSubstr("for reasons of the devices"));
}

TEST(JobEngineTest, AReferenceThatDoesNotBuildFailsTheJob) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving}, [](const v1::BuildRequest& request) {
    return request.optimization() == v1::OPTIMIZATION_REFERENCE ? v1::OUTCOME_KIND_COMPILE_ERROR
                                                                : v1::OUTCOME_KIND_OK;
  });
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 10)));
  EXPECT_EQ(status.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(status.message(), HasSubstr("the reference of workload-0 does not build"));
}

TEST(JobEngineTest, AJobSurvivesARestartAndNothingCountsTwice) {
  const auto store = NewStore();
  std::string job;
  {
    Lab lab(*store, {.time_us = Improving, .hold_after = 15});
    job = *lab.engine->Submit(Request(2, 60));
    lab.AwaitTrials(job, 15);
  }
  ASSERT_EQ(store->GetJob(job)->status.state(), v1::JOB_STATE_RUNNING);
  Lab lab(*store, {.time_us = Improving});
  const auto resumed = lab.engine->Resume();
  ASSERT_TRUE(resumed.ok()) << resumed.status();
  EXPECT_THAT(*resumed, ::testing::ElementsAre(job));
  EXPECT_EQ(lab.Await(job).trials_done(), 60);
  std::set<std::string> ids, schedules;
  for (const v1::Record& record : Records(*store, v1::TRIAL_PHASE_SEARCH)) {
    EXPECT_TRUE(ids.insert(record.trial_id()).second) << record.trial_id();
    EXPECT_TRUE(schedules.insert(record.workload_id() + ScheduleKey(record.schedule())).second)
        << record.trial_id();
  }
  EXPECT_EQ(ids.size(), 60u);
  EXPECT_EQ(store->GetJob(job)->status.state(), v1::JOB_STATE_FINISHED);
}

TEST(JobEngineTest, AScheduleWhoseDeviceWasLostBeforeARestartIsTriedUnderANewName) {
  const auto store = NewStore();
  const auto outcome_of = [](v1::OutcomeKind of_three) {
    return [of_three](const v1::MeasureTask&, const std::string& artifact) {
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
  ASSERT_TRUE(lab.engine->Resume().ok());
  EXPECT_EQ(lab.Await(job).trials_done(), 20);
  int worked = 0;
  for (const v1::Record& record : Records(*store, v1::TRIAL_PHASE_SEARCH)) {
    const bool three = record.schedule().knobs(0).value() == 3;
    worked += three && record.outcome().kind() == v1::OUTCOME_KIND_OK ? 1 : 0;
  }
  EXPECT_EQ(worked, 1);
}

TEST(JobEngineTest, CancelEndsTheJobAndKeepsItsRecords) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving, .hold_after = 5});
  const std::string job = *lab.engine->Submit(Request(1, 900));
  lab.AwaitTrials(job, 5);
  ASSERT_TRUE(lab.engine->Cancel(job).ok());
  const v1::JobStatus status = lab.Await(job);
  EXPECT_EQ(status.state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(Records(*store, v1::TRIAL_PHASE_SEARCH).size(), 5u);
  EXPECT_EQ(lab.engine->Cancel(job).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(lab.engine->Cancel("unknown").code(), absl::StatusCode::kNotFound);
}

TEST(JobEngineTest, ATimeBudgetHoldsWithThePairedComparisonsInIt) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving}, nullptr, 100'000);
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(3, 0, absl::Seconds(30))));
  ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
  EXPECT_LE(status.elapsed_us(), 31'000'000);
  EXPECT_GT(status.trials_done(), 150);
  for (const v1::TaskStatus& task : status.tasks()) EXPECT_NE(task.verdict(), v1::VERDICT_UNSPECIFIED);
  EXPECT_GT(status.metrics().device_busy_share(), 0.95);  // the clock moves only while the device works
}

TEST(JobEngineTest, AJobEndsWhenItsSpaceIsExhausted) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving}, nullptr, 12);
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 500)));
  EXPECT_EQ(status.state(), v1::JOB_STATE_FINISHED);
  EXPECT_EQ(status.trials_done(), 12);
}

TEST(JobEngineTest, ADeviceThatIsAwayDoesNotHoldUpAJobWithATimeLimit) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving, .hold_after = 5}, nullptr, 100'000);
  const std::string job = *lab.engine->Submit(Request(1, 0, absl::Seconds(20)));
  lab.AwaitTrials(job, 5);
  lab.measurer.SetConnected(false);
  bool told = false;
  v1::JobStatus last;
  const absl::Status watched = lab.engine->Watch(job, [&](const v1::JobStatus& status) {
    told |= absl::StrContains(status.waiting_for(), "no device that fits is connected");
    lab.clock.Advance(absl::Seconds(3));
    last = status;
    return true;
  });
  ASSERT_TRUE(watched.ok()) << watched;
  EXPECT_TRUE(told);
  EXPECT_EQ(last.state(), v1::JOB_STATE_FINISHED);
  EXPECT_EQ(last.trials_done(), 5);
}

TEST(JobEngineTest, RefusesRequestsThatCannotWork) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving});
  const auto message = [&](const v1::SubmitJobRequest& request, absl::StatusCode code) {
    const auto job = lab.engine->Submit(request);
    EXPECT_EQ(job.status().code(), code) << job.status();
    return std::string(job.status().message());
  };
  EXPECT_THAT(message(Request(0, 10), absl::StatusCode::kInvalidArgument), HasSubstr("no task"));
  EXPECT_THAT(message(Request(1, 0), absl::StatusCode::kInvalidArgument), HasSubstr("no budget"));
  v1::SubmitJobRequest request = Request(1, 10);
  request.mutable_tasks(0)->mutable_workload()->set_text("another");
  EXPECT_THAT(message(request, absl::StatusCode::kInvalidArgument), HasSubstr("not what its id says"));
  request = Request(1, 10);
  *request.add_tasks() = request.tasks(0);
  EXPECT_THAT(message(request, absl::StatusCode::kInvalidArgument), HasSubstr("listed twice"));
  request = Request(1, 10);
  request.mutable_tasks(0)->mutable_workload()->set_summary("unfit");
  EXPECT_THAT(message(request, absl::StatusCode::kNotFound), HasSubstr("unfit: no sketch fits"));
  request = Request(1, 10);
  request.mutable_selector()->set_device_id("box-2");
  EXPECT_THAT(message(request, absl::StatusCode::kUnavailable),
              HasSubstr("no device box-2 is connected (connected: box-1)"));
  lab.measurer.SetConnected(false);
  EXPECT_THAT(message(Request(1, 10), absl::StatusCode::kUnavailable), HasSubstr("connected: none"));
  EXPECT_TRUE(store->ListJobs()->empty());
}

TEST(JobEngineTest, RecordsOfAnEarlierJobAreNotMeasuredAgain) {
  const auto store = NewStore();
  for (int round = 0; round < 2; ++round) {
    Lab lab(*store, {.time_us = Improving});
    if (round == 1) ASSERT_EQ(lab.ids.NewId(), "job1");  // the ids go on where they were
    const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 20)));
    ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
    EXPECT_EQ(status.tasks(0).default_us(), 1000);
    EXPECT_DOUBLE_EQ(status.tasks(0).best_us(), round == 0 ? 1000.0 / 20 : 1000.0 / 40);
  }
}

}  // namespace
}  // namespace diapason::tuner
