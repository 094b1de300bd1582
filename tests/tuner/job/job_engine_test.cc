#include "tuner/job/job_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/base/content_hash.h"
#include "proto/base/sanitized.h"
#include "proto/domain/schedule_hash.h"
#include "proto/domain/target_fingerprint.h"
#include "tests/testing/sequential_ids.h"
#include "tests/testing/sequential_ids.h"
#include "tests/tuner/job/fakes.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

// Counts how often the device was given each artifact, this time included.
auto Tries() {
  return [counts = std::make_shared<std::map<std::string, int>>()](const std::string& artifact) {
    return ++(*counts)[artifact];
  };
}

// An engine with its fakes; the store outlives it, as a log outlives a server.
class Lab {
 public:
  explicit Lab(db::RecordStore& store, ScriptedMeasurer::Script script,
               ScriptedBuilder::Outcomes builds = nullptr, int64_t space = 1000,
               int64_t makes_below = std::numeric_limits<int64_t>::max())
      : builder(std::move(builds)), measurer(clock, std::move(script), TestTarget()) {
    JobConfig config;
    config.save_every = absl::ZeroDuration();
    const TaskSearchFactory searches =
        [space,
         makes_below](const TaskSearchRequest& request) -> absl::StatusOr<std::unique_ptr<TaskSearch>> {
      if (request.workload.summary() == "unfit") return absl::NotFoundError("no sketch fits");
      if (request.workload.summary() == "slow") absl::SleepFor(absl::Milliseconds(300));
      return std::make_unique<NumberSearch>(space, makes_below);
    };
    engine = std::make_unique<JobEngine>(
        JobDependencies{store, builder, measurer, clock, searches, "compiler-1"}, config, ids);
    const auto jobs = engine->Resume();
    EXPECT_TRUE(jobs.ok()) << jobs.status();
    if (jobs.ok()) resumed = *jobs;
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

  FakeClock clock;
  SequentialIds ids{"job"};
  ScriptedBuilder builder;
  ScriptedMeasurer measurer;
  std::vector<std::string> resumed;
  std::unique_ptr<JobEngine> engine;
};

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
    const auto decision = store->GetDecision(task.workload_id(), TargetFingerprint(TestTarget()));
    ASSERT_TRUE(decision.ok()) << decision.status();
    EXPECT_NEAR(decision->speed_up(), task.default_us() / task.best_us(), 0.01);
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
  EXPECT_EQ(ScheduleHash(status.tasks(0).best_schedule()), ScheduleHash(NumberSchedule(0)));
}

TEST(JobEngineTest, BadSchedulesAreRecordedWithTheirOutcomeAndTuningGoesOn) {
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

TEST(JobEngineTest, FailuresOfTheInfrastructureAreRetriedAndCountForNoBudget) {
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

// Nothing is said of its schedules, the other task goes on, and one line says why.
TEST(JobEngineTest, AReferenceThatFailsEndsItsTaskAndTeachesNothing) {
  const auto store = NewStore();
  Lab lab(*store,
          {.time_us = Improving, .outcome = [](const v1::MeasureRequest&, const std::string& artifact) {
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
  Lab lab(*store, {.time_us = Improving, .outcome = [](const v1::MeasureRequest&, const std::string&) {
                     return v1::OUTCOME_KIND_REFERENCE_FAILED;
                   }});
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 20)));
  EXPECT_EQ(status.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(status.message(), HasSubstr("the reference of workload-0 fails"));
}

// A reference that failed for a reason that passes: the trials are measured in the end.
TEST(JobEngineTest, AReferenceThatFailsOnceIsTriedAgain) {
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
  Lab lab(*store, {.time_us = Improving, .outcome = [](const v1::MeasureRequest&, const std::string&) {
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

TEST(JobEngineTest, AScheduleWhoseDeviceWasLostBeforeARestartIsTriedUnderANewName) {
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

// The decision that counts: its trial, and the number of its schedule.
std::pair<std::string, int64_t> Decided(const db::RecordStore& store) {
  const auto decision = store.GetDecision(ContentHash("workload-0"), TargetFingerprint(TestTarget()));
  if (!decision.ok()) return {std::string(decision.status().message()), -1};
  const auto record = store.FindRecords({.trial_id = decision->trial_id()});
  return {decision->trial_id(), record->front().schedule().knobs(0).value()};
}

TEST(JobEngineTest, ASlowerWinnerDoesNotReplaceTheDecisionThatItMeets) {
  const auto store = NewStore();
  v1::JobStatus first;
  {
    Lab lab(*store, {.time_us = Improving}, nullptr, 40);
    first = lab.Await(*lab.engine->Submit(Request(1, 40)));
  }
  ASSERT_EQ(Decided(*store), std::pair(std::string("job1.0.final.1.1"), int64_t{39}));
  // The second job knows 40 to 69, none faster than 39, which takes part.
  Lab lab(*store,
          {.time_us =
               [](const std::string& artifact) {
                 return 1000.0 / (1 + std::min<int64_t>(Number(artifact), 39));
               }},
          nullptr, 70);
  lab.ids.NewId();
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 30)));
  ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
  EXPECT_EQ(Decided(*store), std::pair(std::string("job1.0.final.1.1"), int64_t{39}));
  EXPECT_EQ(status.tasks(0).verdict(), v1::VERDICT_FASTER);
  EXPECT_EQ(ScheduleHash(status.tasks(0).best_schedule()), ScheduleHash(NumberSchedule(39)));
}

// Schedules that nobody can make any more took all places; the default met nobody, and "no difference"
// replaced a winner.
TEST(JobEngineTest, SchedulesThatCannotBeMadeTakeNoPlaceAndTheirDecisionStays) {
  const auto store = NewStore();
  {
    Lab lab(*store, {.time_us = Improving}, nullptr, 40);
    lab.Await(*lab.engine->Submit(Request(1, 40)));
  }
  ASSERT_EQ(Decided(*store).second, 39);
  Lab lab(*store, {.time_us = Improving}, nullptr, 20, /*makes_below=*/20);
  lab.ids.NewId();
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 10)));
  ASSERT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
  std::set<int64_t> met;
  for (const v1::Record& record : Records(*store, v1::TRIAL_PHASE_FINAL)) {
    if (record.job_id() == status.job_id()) met.insert(record.schedule().knobs(0).value());
  }
  EXPECT_THAT(met, ::testing::ElementsAre(0, 14, 15, 16, 17, 18, 19));
  EXPECT_EQ(Decided(*store).second, 39) << "20 times the default, and did not meet 40 times the default";
}

TEST(JobEngineTest, ADecisionWhoseScheduleNoLongerBuildsGivesWay) {
  const auto store = NewStore();
  {
    Lab lab(*store, {.time_us = Improving}, nullptr, 40);
    lab.Await(*lab.engine->Submit(Request(1, 40)));
  }
  Lab lab(
      *store, {.time_us = Improving},
      [](const v1::BuildRequest& request) {
        return request.script() == "39" ? v1::OUTCOME_KIND_COMPILE_ERROR : v1::OUTCOME_KIND_OK;
      },
      41);
  lab.ids.NewId();
  lab.Await(*lab.engine->Submit(Request(1, 1)));
  EXPECT_EQ(Decided(*store).second, 40);
}

TEST(JobEngineTest, ADecisionWhoseScheduleIsWrongTodayGivesWay) {
  const auto store = NewStore();
  {
    Lab lab(*store, {.time_us = Improving}, nullptr, 40);
    lab.Await(*lab.engine->Submit(Request(1, 40)));
  }
  Lab lab(*store,
          {.time_us = Improving,
           .outcome =
               [](const v1::MeasureRequest& task, const std::string&) {
                 const std::string wrong = ContentHash("workload-0:39");
                 const auto& rivals = task.rival_hashes();
                 return std::find(rivals.begin(), rivals.end(), wrong) != rivals.end()
                            ? v1::OUTCOME_KIND_WRONG_OUTPUT
                            : v1::OUTCOME_KIND_OK;
               }},
          nullptr, 40);
  lab.ids.NewId();
  const v1::JobStatus status = lab.Await(*lab.engine->Submit(Request(1, 1)));
  EXPECT_EQ(status.tasks(0).verdict(), v1::VERDICT_FASTER);
  EXPECT_EQ(Decided(*store).second, 38);
}

TEST(JobEngineTest, SubmitDoesNotWaitForSpacesAndTheirFailureIsTheJobs) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving});
  v1::SubmitJobRequest request = Request(2, 10);
  request.mutable_tasks(0)->mutable_workload()->set_summary("slow");
  request.mutable_tasks(1)->mutable_workload()->set_summary("unfit");
  const absl::Time begin = absl::Now();
  const auto job = lab.engine->Submit(request);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_LT(absl::Now() - begin, absl::Milliseconds(200));
  EXPECT_EQ(lab.engine->List()->front().tasks_size(), 2) << "its tasks are known from the start";
  const v1::JobStatus status = lab.Await(*job);
  EXPECT_EQ(status.state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(status.message(), "unfit: no sketch fits");
  EXPECT_EQ(status.error_code(), static_cast<int>(absl::StatusCode::kNotFound));
  EXPECT_EQ(store->GetJob(*job)->status.message(), status.message());
}

TEST(JobEngineTest, ARepeatedRequestIsOneJob) {
  const auto store = NewStore();
  v1::SubmitJobRequest request = Request(1, 10);
  request.set_request_id("request-1");
  std::string job;
  {
    Lab lab(*store, {.time_us = Improving});
    std::vector<absl::StatusOr<std::string>> ids(4, absl::UnknownError(""));
    std::vector<std::thread> clients;
    for (auto& id : ids) clients.emplace_back([&] { id = lab.engine->Submit(request); });
    for (std::thread& client : clients) client.join();
    for (const auto& id : ids) {
      ASSERT_TRUE(id.ok()) << id.status();
      EXPECT_EQ(*id, *ids[0]);
    }
    job = *ids[0];
    EXPECT_EQ(lab.engine->List()->size(), 1u);
    request.set_name("another");
    EXPECT_EQ(lab.engine->Submit(request).status().code(), absl::StatusCode::kInvalidArgument);
    request.set_name("test");
    lab.Await(job);
  }
  Lab lab(*store, {.time_us = Improving});
  EXPECT_EQ(*lab.engine->Submit(request), job) << "also by the next server, and after its end";
}

TEST(JobEngineTest, BeforeItHasResumedAServerSaysSo) {
  const auto store = NewStore();
  ASSERT_TRUE(store->PutJob({.job_id = "earlier"}).ok());
  FakeClock clock;
  SequentialIds ids{"job"};
  ScriptedBuilder builder;
  ScriptedMeasurer measurer(clock, {.time_us = Improving}, TestTarget());
  JobEngine engine(JobDependencies{*store, builder, measurer, clock, nullptr, "compiler-1"}, JobConfig(),
                   ids);
  for (const absl::Status& status :
       {engine.List().status(), engine.Cancel("earlier"), engine.Submit(Request(1, 1)).status(),
        engine.Watch("earlier", [](const v1::JobStatus&) { return true; })}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("the server is starting"));
  }
  engine.Shutdown();
  EXPECT_THAT(std::string(engine.List().status().message()), HasSubstr("the server is shutting down"));
}

TEST(JobEngineTest, ACancelledJobDoesNotComeBack) {
  const auto store = NewStore();
  std::string job;
  {
    Lab lab(*store, {.time_us = Improving, .hold_after = 5});
    job = *lab.engine->Submit(Request(1, 900));
    lab.AwaitTrials(job, 5);
    ASSERT_TRUE(lab.engine->Cancel(job).ok());
    EXPECT_EQ(store->GetJob(job)->status.state(), v1::JOB_STATE_CANCELLED)
        << "stored before it is acknowledged";
    lab.engine->Shutdown();  // perhaps before the run has heard of it
  }
  EXPECT_EQ(store->GetJob(job)->status.state(), v1::JOB_STATE_CANCELLED);
  Lab lab(*store, {.time_us = Improving});
  EXPECT_THAT(lab.resumed, ::testing::IsEmpty());
}

// A store whose writes fail for a while, as where another process holds the lock.
class LockableStore : public db::RecordStore {
 public:
  explicit LockableStore(db::RecordStore& store) : store_(store) {}
  void Lock(bool locked) { locked_ = locked; }
  int refused() const { return refused_; }

  absl::Status PutWorkload(const v1::Workload& workload) override {
    return Refused().ok() ? store_.PutWorkload(workload) : Locked();
  }
  absl::Status PutSketch(const v1::Sketch& sketch) override {
    return Refused().ok() ? store_.PutSketch(sketch) : Locked();
  }
  absl::StatusOr<v1::Workload> GetWorkload(absl::string_view id) const override {
    return store_.GetWorkload(id);
  }
  absl::StatusOr<v1::Sketch> GetSketch(absl::string_view hash) const override {
    return store_.GetSketch(hash);
  }
  absl::StatusOr<std::vector<v1::Workload>> FindWorkloads(absl::string_view prefix) const override {
    return store_.FindWorkloads(prefix);
  }
  absl::Status PutRecord(const v1::Record& record) override {
    return Refused().ok() ? store_.PutRecord(record) : Locked();
  }
  absl::StatusOr<std::vector<v1::Record>> FindRecords(const db::RecordQuery& query) const override {
    return store_.FindRecords(query);
  }
  absl::Status VisitRecords(const db::RecordQuery& query, const RecordVisitor& visit) const override {
    return store_.VisitRecords(query, visit);
  }
  absl::StatusOr<db::StoredEntries> PutEntries(absl::Span<const v1::LogEntry> entries,
                                               size_t* failed) override {
    if (!Refused().ok()) return Locked();
    return store_.PutEntries(entries, failed);
  }
  absl::StatusOr<v1::Decision> GetDecision(absl::string_view workload,
                                           absl::string_view target) const override {
    return store_.GetDecision(workload, target);
  }
  absl::StatusOr<v1::Decision> FindDecision(absl::string_view trial) const override {
    return store_.FindDecision(trial);
  }
  absl::Status PutJob(const db::StoredJob& job) override {
    return Refused().ok() ? store_.PutJob(job) : Locked();
  }
  absl::StatusOr<db::StoredJob> GetJob(absl::string_view id) const override { return store_.GetJob(id); }
  absl::StatusOr<db::StoredJob> GetJobOfRequest(absl::string_view id) const override {
    return store_.GetJobOfRequest(id);
  }
  absl::StatusOr<std::vector<v1::JobStatus>> ListJobs() const override { return store_.ListJobs(); }
  absl::Status PutModel(absl::string_view name, absl::string_view bytes) override {
    return store_.PutModel(name, bytes);
  }
  absl::StatusOr<std::string> GetModel(absl::string_view name) const override {
    return store_.GetModel(name);
  }
  absl::StatusOr<v1::LookupResult> Lookup(const v1::Workload& workload,
                                          const v1::Target& target) const override {
    return store_.Lookup(workload, target);
  }
  absl::StatusOr<v1::Target> FindTargetOfDevice(absl::string_view device) const override {
    return store_.FindTargetOfDevice(device);
  }
  absl::Status Check() const override { return store_.Check(); }

 private:
  static absl::Status Locked() {
    return absl::UnavailableError("log.db is locked by another process; try again");
  }
  absl::Status Refused() {
    if (!locked_) return absl::OkStatus();
    ++refused_;
    return Locked();
  }
  db::RecordStore& store_;
  std::atomic<bool> locked_ = false;
  std::atomic<int> refused_ = 0;
};

TEST(JobEngineTest, ALockedLogIsWaitedForAndFailsNoJob) {
  const auto inner = NewStore();
  std::string job;
  {
    Lab lab(*inner, {.time_us = Improving, .hold_after = 5});
    job = *lab.engine->Submit(Request(1, 20));
    lab.AwaitTrials(job, 5);
  }
  LockableStore store(*inner);
  store.Lock(true);
  Lab lab(store, {.time_us = Improving});
  EXPECT_THAT(lab.resumed, ::testing::ElementsAre(job));
  bool told = false;
  EXPECT_TRUE(lab.engine
                  ->Watch(job,
                          [&](const v1::JobStatus& status) {
                            EXPECT_EQ(status.state(), v1::JOB_STATE_RUNNING);
                            EXPECT_EQ(status.trials_done(), 5) << "what the log knew is shown meanwhile";
                            told = absl::StrContains(status.message(), "waiting: log.db is locked");
                            return !told;
                          })
                  .ok());
  EXPECT_EQ(lab.engine->Cancel(job).code(), absl::StatusCode::kUnavailable)
      << "a cancellation is stored or refused";
  store.Lock(false);
  lab.AwaitTrials(job, 10);
  store.Lock(true);
  for (int i = 0; i < 100 && store.refused() < 10; ++i) absl::SleepFor(absl::Milliseconds(20));
  store.Lock(false);
  const v1::JobStatus status = lab.Await(job);
  EXPECT_EQ(status.state(), v1::JOB_STATE_FINISHED) << status.message();
  EXPECT_EQ(status.trials_done(), 20);
  EXPECT_EQ(Records(*inner, v1::TRIAL_PHASE_SEARCH).size(), 20u);
}

TEST(JobEngineTest, ALogThatStaysLockedEndsTheWait) {
  const auto inner = NewStore();
  LockableStore store(*inner);
  Lab lab(store, {.time_us = Improving, .hold_after = 5});
  const std::string job = *lab.engine->Submit(Request(1, 20));
  lab.AwaitTrials(job, 5);
  store.Lock(true);
  lab.measurer.Pause(false);
  v1::JobStatus last;
  EXPECT_TRUE(lab.engine
                  ->Watch(job,
                          [&](const v1::JobStatus& status) {
                            lab.clock.Advance(absl::Minutes(1));
                            last = status;
                            return true;
                          })
                  .ok());
  EXPECT_EQ(last.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(last.message(), HasSubstr("the log cannot be written: log.db is locked"));
  EXPECT_EQ(inner->GetJob(job)->status.state(), v1::JOB_STATE_RUNNING) << "goes on at the next start";
}

// A server that dies stores nothing: its job stays as it was begun.
void DieAt(db::RecordStore& store, const std::string& job, int starts) {
  db::StoredJob stored = *store.GetJob(job);
  stored.starts = starts;
  ASSERT_TRUE(store.PutJob(stored).ok());
}

TEST(JobEngineTest, AJobThatWasUnderWayWhenTheServerDiedTwiceIsNotResumedAgain) {
  const auto store = NewStore();
  std::string job, other;
  {
    Lab lab(*store, {.time_us = Improving, .hold_after = 0});
    lab.measurer.Pause(true);
    job = *lab.engine->Submit(Request(1, 20));
    for (int i = 0; i < 200 && store->GetJob(job)->starts == 0; ++i) absl::SleepFor(absl::Milliseconds(10));
    EXPECT_EQ(store->GetJob(job)->starts, 1) << "counted before anything is done for it";
  }
  EXPECT_EQ(store->GetJob(job)->starts, 0) << "an orderly end is no death";
  DieAt(*store, job, 1);
  {
    Lab lab(*store, {.time_us = Improving});
    EXPECT_THAT(lab.resumed, ::testing::ElementsAre(job)) << "once may be the machine's fault";
    lab.measurer.Pause(true);
    lab.ids.NewId();  // the ids go on where they were
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

TEST(JobEngineTest, AResultIsProgressAndClearsTheCount) {
  const auto store = NewStore();
  {
    Lab lab(*store, {.time_us = Improving, .hold_after = 5});
    lab.AwaitTrials(*lab.engine->Submit(Request(1, 20)), 5);
    for (int i = 0; i < 200 && store->GetJob("job1")->starts != 0; ++i)
      absl::SleepFor(absl::Milliseconds(10));
    EXPECT_EQ(store->GetJob("job1")->starts, 0);
  }
}

TEST(JobEngineTest, ThousandsOfEndedJobsLeaveNothingInMemory) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving, .busy = absl::ZeroDuration()});
  constexpr int kJobs = kSanitized ? 200 : 1000;
  const auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
  };
  const auto before = threads();
  std::string first;
  for (int i = 0; i < kJobs; ++i) {
    const auto job = lab.engine->Submit(Request(1, 1));
    ASSERT_TRUE(job.ok()) << job.status();
    if (first.empty()) first = *job;
    if (i % 16 == 15) lab.Await(*job);
  }
  for (int i = 0; i < 3000 && lab.engine->running_jobs() > 0; ++i) absl::SleepFor(absl::Milliseconds(10));
  EXPECT_EQ(lab.engine->running_jobs(), 0u);
  EXPECT_LE(threads(), before);
  EXPECT_EQ(lab.engine->List()->size(), static_cast<size_t>(kJobs));
  EXPECT_EQ(lab.Await(first).state(), v1::JOB_STATE_FINISHED) << "the log knows of it";
  EXPECT_EQ(lab.engine->Cancel(first).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(JobEngineTest, AWatcherThatDoesNotReadDoesNotHoldUpTheShutdown) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving, .hold_after = 5});
  const std::string job = *lab.engine->Submit(Request(1, 900));
  std::atomic<bool> stuck = false, cut = false;
  std::thread watcher([&] {
    lab.engine
        ->Watch(job,
                [&](const v1::JobStatus&) {
                  stuck = true;
                  while (!cut)
                    absl::SleepFor(absl::Milliseconds(5));  // as a write to a client that is suspended
                  return false;
                })
        .IgnoreError();
  });
  while (!stuck) absl::SleepFor(absl::Milliseconds(5));
  lab.engine->Shutdown();  // returns
  cut = true;              // as gRPC's shutdown does
  watcher.join();
}

}  // namespace
}  // namespace diapason::tuner
