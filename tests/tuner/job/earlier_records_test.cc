#include "tuner/job/earlier_records.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "proto/base/content_hash.h"
#include "proto/domain/protocol_version.h"
#include "proto/domain/schedule_hash.h"
#include "proto/domain/target_fingerprint.h"
#include "tests/tuner/job/fakes.h"

namespace diapason::tuner {
namespace {

class EarlierRecordsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const v1::SubmitJobRequest request = Request(2, 100);
    db::StoredJob job;
    job.job_id = "job1";
    job.request = request;
    context_ = std::make_unique<RunContext>(
        JobDependencies{*store_, builder_, measurer_, clock_, nullptr, "cpu", "version-1", "server"},
        JobConfig(), job);
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(store_->PutWorkload(request.tasks(i).workload()).ok());
      tasks_.push_back(
          std::make_unique<JobTask>(i, request.tasks(i), TestTask(i), std::make_unique<NumberSearch>(100)));
    }
  }

  v1::Record NewRecord(int task, int64_t number, v1::OutcomeKind kind = v1::OUTCOME_KIND_OK) {
    v1::Record record;
    record.set_trial_id(absl::StrCat("trial-", ++records_));
    record.set_job_id("job1");
    record.set_workload_id(ContentHash(absl::StrCat("workload-", task)));
    record.set_target_fingerprint(TargetFingerprint(TestTarget()));
    *record.mutable_schedule() = NumberSchedule(number);
    record.set_phase(v1::TRIAL_PHASE_SEARCH);
    record.mutable_outcome()->set_kind(kind);
    record.set_threads(1);
    record.set_backend("cpu");
    record.set_backend_version("version-1");
    record.set_protocol_version(kMeasureProtocolVersion);
    record.set_created_unix_us(records_);
    if (kind == v1::OUTCOME_KIND_OK) {
      record.mutable_measurement()->set_median_us(100);
      record.mutable_measurement()->add_canary_us(10);
    }
    return record;
  }

  SpeedReference Read() { return ReadEarlierRecords(*context_, tasks_).value(); }
  int Attempts(int64_t number) { return tasks_[0]->attempts[ScheduleHash(NumberSchedule(number))]; }

  FakeClock clock_;
  const std::unique_ptr<db::RecordStore> store_ = NewStore();
  ScriptedBuilder builder_;
  ScriptedMeasurer measurer_{clock_, {.time_us = Improving}, TestTarget()};
  std::unique_ptr<RunContext> context_;
  std::vector<std::unique_ptr<JobTask>> tasks_;
  int records_ = 0;
};

TEST_F(EarlierRecordsTest, OwnRecordsCountForTheBudgetAndOthersCompete) {
  ASSERT_TRUE(store_->PutRecord(NewRecord(0, 1)).ok());
  ASSERT_TRUE(store_->PutRecord(NewRecord(0, 2, v1::OUTCOME_KIND_CRASHED)).ok());
  v1::Record other = NewRecord(0, 3);
  other.set_job_id("job0");
  other.mutable_measurement()->set_median_us(50);
  v1::Record of_another_version = other;
  of_another_version.set_trial_id("of another version");
  of_another_version.set_backend_version("version-0");
  of_another_version.mutable_measurement()->set_median_us(1);
  v1::Record with_more_threads = other;
  with_more_threads.set_trial_id("with more threads");
  with_more_threads.set_threads(4);
  with_more_threads.mutable_measurement()->set_median_us(2);
  ASSERT_TRUE(store_->PutRecord(other).ok());
  ASSERT_TRUE(store_->PutRecord(of_another_version).ok());
  ASSERT_TRUE(store_->PutRecord(with_more_threads).ok());
  Read();
  EXPECT_EQ(tasks_[0]->state.trials(), 2);
  EXPECT_EQ(tasks_[0]->state.best_us(), 50);
  EXPECT_EQ(tasks_[0]->state.Progress().proposed, 2);
  for (const Candidate& candidate : tasks_[0]->search->Next(5)) {
    const int64_t number = candidate.config.values[0];
    EXPECT_TRUE(number == 0 || number > 3) << number << " is known";
  }
}

// An older release did not record the attempt. Each record of the schedule then counts as one attempt.
TEST_F(EarlierRecordsTest, AttemptsContinueWhereAnEarlierServerStopped) {
  ASSERT_TRUE(store_->PutRecord(NewRecord(0, 1, v1::OUTCOME_KIND_DEVICE_LOST)).ok());
  ASSERT_TRUE(store_->PutRecord(NewRecord(0, 1, v1::OUTCOME_KIND_THROTTLED)).ok());
  v1::Record third = NewRecord(0, 2, v1::OUTCOME_KIND_DEVICE_LOST);
  third.set_attempt(3);
  ASSERT_TRUE(store_->PutRecord(third).ok());
  Read();
  EXPECT_EQ(Attempts(1), 2);
  EXPECT_EQ(Attempts(2), 3);
  EXPECT_EQ(tasks_[0]->state.trials(), 0);
}

TEST_F(EarlierRecordsTest, TheOldestRecordOfAllTasksIsTheReferenceOfTimes) {
  v1::Record young = NewRecord(0, 1);
  young.set_created_unix_us(7);
  young.mutable_measurement()->set_canary_us(0, 20);  // the core ran at half the speed
  v1::Record old = NewRecord(1, 1);
  old.set_created_unix_us(5);
  ASSERT_TRUE(store_->PutRecord(young).ok());
  ASSERT_TRUE(store_->PutRecord(old).ok());
  SpeedReference speed = Read();
  EXPECT_EQ(tasks_[0]->state.best_us(), 50);
  EXPECT_EQ(tasks_[1]->state.best_us(), 100);
  EXPECT_EQ(speed.TimeUs(young.measurement()), 50);
}

TEST_F(EarlierRecordsTest, AComparisonOfThisJobIsNotRepeated) {
  v1::Record by_default = NewRecord(0, 0), won = NewRecord(0, 9);
  for (v1::Record* record : {&by_default, &won}) {
    record->set_phase(v1::TRIAL_PHASE_FINAL);
    record->set_attempt(2);
  }
  won.mutable_measurement()->set_median_us(25);
  std::vector<v1::LogEntry> entries(3);
  *entries[0].mutable_record() = by_default;
  *entries[1].mutable_record() = won;
  v1::Decision& decision = *entries[2].mutable_decision();
  decision.set_workload_id(won.workload_id());
  decision.set_target_fingerprint(won.target_fingerprint());
  decision.set_trial_id(won.trial_id());
  decision.set_default_trial_id(by_default.trial_id());
  decision.set_verdict(v1::VERDICT_FASTER);
  decision.set_speed_up(4);
  decision.set_threads(1);
  ASSERT_TRUE(store_->PutEntries(entries).ok());
  Read();
  EXPECT_TRUE(tasks_[0]->state.has_final(1));
  EXPECT_EQ(tasks_[0]->final_attempts[1], 2);
  EXPECT_EQ(tasks_[0]->state.best_us(), 25);
  EXPECT_EQ(tasks_[0]->state.trials(), 0) << "trials of the paired comparison do not count for the budget";
}

}  // namespace
}  // namespace diapason::tuner
