#include "tuner/job/job_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "proto/base/sanitized.h"
#include "proto/domain/schedule_hash.h"
#include "proto/domain/target_fingerprint.h"
#include "tests/tuner/job/job_lab.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

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
    const auto decision = store->GetDecision({task.workload_id(), TargetFingerprint(TestTarget()), 1});
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

// Who owns a job is said by the certificate of who submits it, and not by the request.
TEST(JobEngineTest, OnlyTheOwnerAndAdminsCancel) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving});
  lab.measurer.Pause(true);
  v1::SubmitJobRequest request = Request(1, 900);
  request.set_owner("bob");
  const std::string first = *lab.engine->Submit(request, {.name = "alice"});
  const std::string second = *lab.engine->Submit(request, {.name = "alice"});
  EXPECT_EQ(lab.engine->List()->front().owner(), "alice");
  EXPECT_EQ(lab.engine->Cancel(first, {.name = "bob"}).code(), absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(lab.engine->Cancel(first, {.name = "alice"}).ok());
  EXPECT_TRUE(lab.engine->Cancel(second, {.name = "root", .admin = true}).ok());
  EXPECT_EQ(store->GetJob(first)->status.owner(), "alice");
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

TEST(JobEngineTest, SubmitDoesNotWaitForSpacesAndTheirFailureFailsTheJob) {
  const auto store = NewStore();
  Lab lab(*store, {.time_us = Improving});
  v1::SubmitJobRequest request = Request(2, 10);
  request.mutable_tasks(0)->mutable_workload()->set_summary("slow");
  request.mutable_tasks(1)->mutable_workload()->set_summary("unfit");
  const absl::Time begin = absl::Now();
  const auto job = lab.engine->Submit(request);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_LT(absl::Now() - begin, absl::Milliseconds(200));
  EXPECT_EQ(lab.engine->List()->front().tasks_size(), 2) << "the tasks are listed from the start";
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
  EXPECT_EQ(*lab.engine->Submit(request), job)
      << "the next server knows it too, even after the job has ended";
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
  // A run leaves the engine's table a moment before its thread has ended.
  const auto is_idle = [&] { return lab.engine->running_jobs() == 0 && threads() <= before; };
  for (int i = 0; i < 3000 && !is_idle(); ++i) absl::SleepFor(absl::Milliseconds(10));
  EXPECT_EQ(lab.engine->running_jobs(), 0u);
  EXPECT_LE(threads(), before);
  EXPECT_EQ(lab.engine->List()->size(), static_cast<size_t>(kJobs));
  EXPECT_EQ(lab.Await(first).state(), v1::JOB_STATE_FINISHED) << "the log has it";
  EXPECT_EQ(lab.engine->Cancel(first).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(JobEngineTest, AWatcherThatDoesNotReadDoesNotDelayTheShutdown) {
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
                    absl::SleepFor(absl::Milliseconds(5));  // like a write to a client that is suspended
                  return false;
                })
        .IgnoreError();
  });
  while (!stuck) absl::SleepFor(absl::Milliseconds(5));
  lab.engine->Shutdown();  // this must return
  cut = true;              // like gRPC's shutdown
  watcher.join();
}

}  // namespace
}  // namespace diapason::tuner
