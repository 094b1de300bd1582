// Tests what every RecordStore must do, whichever engine it has (tests/db/engines.h).
#include "db/record_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "proto/domain/target_fingerprint.h"
#include "tests/db/engines.h"
#include "tests/db/log_fixtures.h"
#include "tests/testing/status_matchers.h"

namespace diapason::db {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RecordStoreTest : public ::testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    for (const v1::Workload& workload : {near_, far_, other_})
      ASSERT_THAT(store_->PutWorkload(workload), IsOk());
    ASSERT_THAT(store_->PutSketch(TheSketch()), IsOk());
  }
  std::vector<std::string> Find(const RecordQuery& query) {
    const auto records = store_->FindRecords(query);
    EXPECT_THAT(records, IsOk());
    return records.ok() ? TrialIds(*records) : std::vector<std::string>();
  }

  TemporaryFolder folder_;
  const std::unique_ptr<RecordStore> store_ = OpenOrDie(GetParam().url(folder_));
  const v1::Workload near_ = MakeWorkload("conv", {56, 56, 64});
  const v1::Workload far_ = MakeWorkload("conv", {28, 28, 128});
  const v1::Workload other_ = MakeWorkload("gemm", {512, 512, 512});
  const v1::Target box_ = MakeTarget("box", "x86-64-v4");
  const v1::Target laptop_ = MakeTarget("laptop", "x86-64-v3", 256);
};

TEST_P(RecordStoreTest, WorkloadsAndSketchesComeBackAsTheyWere) {
  const auto workload = store_->GetWorkload(near_.id());
  ASSERT_THAT(workload, IsOk());
  EXPECT_TRUE(MessageDifferencer::Equals(*workload, near_));
  const auto sketch = store_->GetSketch(TheSketch().hash());
  ASSERT_THAT(sketch, IsOk());
  EXPECT_TRUE(MessageDifferencer::Equals(*sketch, TheSketch()));
}

TEST_P(RecordStoreTest, AMachineHasOneCostModel) {
  EXPECT_THAT(store_->GetCostModel("0123"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_->PutCostModel(v1::CostModel()), StatusIs(absl::StatusCode::kInvalidArgument));
  v1::CostModel model;
  model.set_target_fingerprint("0123");
  model.set_model("old");
  EXPECT_THAT(store_->PutCostModel(model), IsOk());
  model.set_model("new");
  EXPECT_THAT(store_->PutCostModel(model), IsOk());
  EXPECT_EQ(store_->GetCostModel("0123")->model(), "new");
}

TEST_P(RecordStoreTest, StoringAWorkloadOrSketchAgainIsNoError) {
  EXPECT_THAT(store_->PutWorkload(near_), IsOk());
  EXPECT_THAT(store_->PutSketch(TheSketch()), IsOk());
  EXPECT_EQ(store_->FindWorkloads("")->size(), 3u);
}

TEST_P(RecordStoreTest, WhatIsNotThereIsNotFound) {
  const auto workload = store_->GetWorkload("0123");
  EXPECT_THAT(workload, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(std::string(workload.status().message()), HasSubstr("0123"));
  EXPECT_THAT(store_->GetSketch("0123"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_->GetJob("0123"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_->GetJobOfRequest("0123"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_->GetDecision({near_.id(), "0123", 1}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_->FindDecision("0123"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Find({.job_id = "0123"}), IsEmpty());
}

TEST_P(RecordStoreTest, FindsWorkloadsByTheBeginningOfTheirId) {
  const auto found = store_->FindWorkloads(near_.id().substr(0, 12));
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->front().id(), near_.id());
  EXPECT_EQ(store_->FindWorkloads(near_.id())->size(), 1u);
  EXPECT_THAT(*store_->FindWorkloads(near_.id() + "0"), IsEmpty());
  EXPECT_THAT(*store_->FindWorkloads("xyz"), IsEmpty());
}

TEST_P(RecordStoreTest, RecordsComeBackAsTheyWereNewestFirst) {
  v1::Record record = MakeRecord("t1", near_, box_, 4, 120);
  record.mutable_measurement()->mutable_conditions()->set_temperature_c(61.5);
  record.add_feature_row(1.5f);
  ASSERT_THAT(store_->PutRecord(record), IsOk());
  ASSERT_THAT(store_->PutRecord(MakeRecord("t2", near_, box_, 8, 110)), IsOk());
  EXPECT_THAT(Find({}), ElementsAre("t2", "t1"));
  EXPECT_THAT(Find({.limit = 1}), ElementsAre("t2"));
  EXPECT_TRUE(MessageDifferencer::Equals(store_->FindRecords({})->back(), record));
}

TEST_P(RecordStoreTest, ATrialCountsOnce) {
  ASSERT_THAT(store_->PutRecord(MakeRecord("t1", near_, box_, 4, 120)), IsOk());
  const absl::Status again = store_->PutRecord(MakeRecord("t1", near_, box_, 8, 100));
  EXPECT_THAT(again, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(std::string(again.message()), HasSubstr("t1"));
  ASSERT_EQ(Find({}).size(), 1u);
  EXPECT_EQ(store_->FindRecords({})->front().measurement().median_us(), 120);
}

TEST_P(RecordStoreTest, FailuresAreKeptWithTheirMessages) {
  ASSERT_THAT(store_->PutRecord(MakeFailure("t1", near_, box_, 4, v1::OUTCOME_KIND_CRASHED)), IsOk());
  ASSERT_THAT(store_->PutRecord(MakeRecord("t2", near_, box_, 8, 100)), IsOk());
  EXPECT_THAT(Find({.only_ok = true}), ElementsAre("t2"));
  const v1::Record failure = store_->FindRecords({})->back();
  EXPECT_EQ(failure.outcome().kind(), v1::OUTCOME_KIND_CRASHED);
  EXPECT_EQ(failure.outcome().message(), "what went wrong");
}

TEST_P(RecordStoreTest, QueriesCombine) {
  ASSERT_THAT(store_->PutRecord(MakeRecord("near-box", near_, box_, 4, 1)), IsOk());
  ASSERT_THAT(store_->PutRecord(MakeRecord("near-laptop", near_, laptop_, 4, 1)), IsOk());
  ASSERT_THAT(store_->PutRecord(MakeRecord("far-box", far_, box_, 4, 1)), IsOk());
  v1::Record of_another_job = MakeRecord("other-box", other_, box_, 4, 1);
  of_another_job.set_job_id("job-2");
  of_another_job.set_device_id("box-2");
  ASSERT_THAT(store_->PutRecord(of_another_job), IsOk());

  EXPECT_THAT(Find({.workload_id = near_.id()}), ElementsAre("near-laptop", "near-box"));
  EXPECT_THAT(Find({.target_fingerprint = TargetFingerprint(laptop_)}), ElementsAre("near-laptop"));
  EXPECT_THAT(Find({.job_id = "job-2"}), ElementsAre("other-box"));
  EXPECT_THAT(Find({.device_id = "box-2"}), ElementsAre("other-box"));
  EXPECT_THAT(Find({.structure_id = "conv"}), ElementsAre("far-box", "near-laptop", "near-box"));
  EXPECT_THAT(Find({.target_fingerprint = TargetFingerprint(box_), .structure_id = "conv", .limit = 1}),
              ElementsAre("far-box"));
  EXPECT_THAT(Find({.workload_id = near_.id(), .job_id = "job-2"}), IsEmpty());
}

TEST_P(RecordStoreTest, ARecordNeedsItsWorkloadAndSketch) {
  const v1::Workload unknown = MakeWorkload("conv", {1});
  EXPECT_THAT(store_->PutRecord(MakeRecord("t1", unknown, box_, 4, 1)),
              StatusIs(absl::StatusCode::kNotFound));
  v1::Record record = MakeRecord("t1", near_, box_, 4, 1);
  record.mutable_schedule()->set_sketch_hash("0123");
  const absl::Status status = store_->PutRecord(record);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(std::string(status.message()), HasSubstr("0123"));
  EXPECT_THAT(Find({}), IsEmpty());
}

TEST_P(RecordStoreTest, RefusesWhatHasNoName) {
  EXPECT_THAT(store_->PutRecord(MakeRecord("", near_, box_, 4, 1)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store_->PutWorkload(v1::Workload()), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store_->PutSketch(v1::Sketch()), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store_->PutJob({}), StatusIs(absl::StatusCode::kInvalidArgument));
  v1::Record without_threads = MakeRecord("t1", near_, box_, 4, 1);
  without_threads.clear_threads();
  EXPECT_THAT(store_->PutRecord(without_threads), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(RecordStoreTest, EveryDecisionIsKeptAndOneCounts) {
  for (const char* trial : {"t1", "t2", "t3", "t4"}) {
    ASSERT_THAT(store_->PutRecord(MakeRecord(trial, near_, box_, trial[1], 1)), IsOk());
  }
  const auto decide = [&](const char* trial, const char* incumbent, bool keeps) {
    v1::LogEntry entry;
    *entry.mutable_decision() =
        MakeDecision(near_, box_, {.trial_id = trial, .default_trial_id = "t1", .speed_up = 1.5});
    entry.mutable_decision()->set_incumbent_trial_id(incumbent);
    entry.mutable_decision()->set_keeps_incumbent(keeps);
    return store_->PutEntries({entry}).status();
  };
  ASSERT_THAT(decide("t2", "", false), IsOk());
  EXPECT_EQ(store_->GetDecision(TaskOf(near_, box_))->trial_id(), "t2");
  ASSERT_THAT(decide("t3", "t2", false), IsOk());
  ASSERT_THAT(decide("t4", "t3", true), IsOk());
  const auto decision = store_->GetDecision(TaskOf(near_, box_));
  ASSERT_THAT(decision, IsOk());
  EXPECT_EQ(decision->trial_id(), "t3");
  EXPECT_EQ(decision->default_trial_id(), "t1");
  EXPECT_EQ(decision->verdict(), v1::VERDICT_FASTER);
  EXPECT_EQ(decision->speed_up(), 1.5);
  EXPECT_EQ(decision->incumbent_trial_id(), "t2");
  EXPECT_EQ(store_->FindDecision("t4")->incumbent_trial_id(), "t3");
  EXPECT_THAT(decide("t5", "t3", false), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store_->GetDecision(TaskOf(far_, box_)), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(RecordStoreTest, EntriesAreStoredTogetherOrNotAtAll) {
  std::vector<v1::LogEntry> entries(4);
  *entries[0].mutable_record() = MakeRecord("t1", near_, box_, 4, 120);
  *entries[1].mutable_record() = MakeRecord("t2", near_, box_, 8, 60);
  *entries[2].mutable_decision() = MakeDecision(near_, box_, {.trial_id = "t2", .default_trial_id = "t1"});
  *entries[3].mutable_record() = MakeRecord("t3", MakeWorkload("conv", {1}), box_, 8, 60);
  size_t failed = 0;
  EXPECT_THAT(store_->PutEntries(entries, &failed), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(failed, 3u);
  EXPECT_THAT(Find({}), IsEmpty());
  entries.pop_back();
  const auto stored = store_->PutEntries(entries);
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->new_records, 2);
  EXPECT_EQ(store_->PutEntries(entries)->known_records, 2);
  EXPECT_THAT(Find({}), ElementsAre("t2", "t1"));
}

TEST_P(RecordStoreTest, VisitsTheSameRecordsOldestFirst) {
  for (int i = 0; i < 200; ++i) {
    ASSERT_THAT(store_->PutRecord(MakeRecord(absl::StrCat("t", i), i % 2 == 0 ? near_ : other_, box_, i, 1)),
                IsOk());
  }
  for (const RecordQuery& query :
       {RecordQuery{}, RecordQuery{.workload_id = near_.id()}, RecordQuery{.structure_id = "gemm"},
        RecordQuery{.workload_id = near_.id(), .limit = 70}, RecordQuery{.job_id = "0123"}}) {
    std::vector<std::string> visited;
    const absl::Status status = store_->VisitRecords(query, [&](const v1::Record& record) {
      visited.push_back(record.trial_id());
      return store_->GetWorkload(record.workload_id()).status();  // visitors may use the store
    });
    EXPECT_THAT(status, IsOk());
    std::vector<std::string> found = Find(query);
    std::reverse(found.begin(), found.end());
    EXPECT_EQ(visited, found);
  }
  int visits = 0;
  EXPECT_THAT(
      store_->VisitRecords({}, [&](const v1::Record&) { return ++visits, absl::AbortedError("enough"); }),
      StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(visits, 1);
}

TEST_P(RecordStoreTest, JobsKeepTheirRequestAndTheirLastStatus) {
  StoredJob job = {.job_id = "job-1"};
  job.request.set_name("model.onnx");
  job.status.set_state(v1::JOB_STATE_RUNNING);
  ASSERT_THAT(store_->PutJob(job), IsOk());
  job.status.set_state(v1::JOB_STATE_FINISHED);
  job.status.set_trials_done(7);
  ASSERT_THAT(store_->PutJob(job), IsOk());
  const auto stored = store_->GetJob("job-1");
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->request.name(), "model.onnx");
  EXPECT_EQ(stored->status.state(), v1::JOB_STATE_FINISHED);
  EXPECT_EQ(stored->status.trials_done(), 7);
}

// A server that does not know of a cancellation saves the job's progress. The job must stay cancelled.
TEST_P(RecordStoreTest, TheEndOfAJobIsFinal) {
  StoredJob job = {.job_id = "job-1"};
  job.status.set_state(v1::JOB_STATE_CANCELLED);
  ASSERT_THAT(store_->PutJob(job), IsOk());
  for (const v1::JobState state : {v1::JOB_STATE_RUNNING, v1::JOB_STATE_FINISHED, v1::JOB_STATE_FAILED}) {
    job.status.set_state(state);
    EXPECT_THAT(store_->PutJob(job), StatusIs(absl::StatusCode::kFailedPrecondition));
  }
  job.status.set_state(v1::JOB_STATE_CANCELLED);
  job.status.set_trials_done(9);
  EXPECT_THAT(store_->PutJob(job), IsOk());
  EXPECT_EQ(store_->GetJob("job-1")->status.state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(store_->GetJob("job-1")->status.trials_done(), 9);
}

TEST_P(RecordStoreTest, ARequestIsOneJob) {
  StoredJob job = {.job_id = "job-1"};
  job.request.set_request_id("request-1");
  job.starts = 1;
  ASSERT_THAT(store_->PutJob(job), IsOk());
  EXPECT_EQ(store_->GetJobOfRequest("request-1")->job_id, "job-1");
  job.starts = 2;
  ASSERT_THAT(store_->PutJob(job), IsOk());
  EXPECT_EQ(store_->GetJob("job-1")->starts, 2);
  job.job_id = "job-2";
  EXPECT_THAT(store_->PutJob(job), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(store_->PutJob({.job_id = "job-3"}), IsOk());  // several jobs may have no request id
  EXPECT_THAT(store_->PutJob({.job_id = "job-4"}), IsOk());
}

// A job's state in the words that StoredJob uses.
StoredJob JobOf(const std::string& server, const std::string& id,
                v1::JobState state = v1::JOB_STATE_RUNNING) {
  StoredJob job = {.job_id = id, .server_id = server};
  job.status.set_state(state);
  return job;
}

TEST_P(RecordStoreTest, EachRunningJobIsClaimedByOneServer) {
  ASSERT_THAT(store_->PutJob(JobOf("one", "job-1")), IsOk());
  ASSERT_THAT(store_->PutJob(JobOf("two", "job-2")), IsOk());
  ASSERT_THAT(store_->PutJob(JobOf("", "job-3")), IsOk());
  ASSERT_THAT(store_->PutJob(JobOf("", "job-4", v1::JOB_STATE_FAILED)), IsOk());
  const auto claims = store_->ClaimJobs("one");
  ASSERT_THAT(claims, IsOk());
  EXPECT_THAT(claims->held, ElementsAre("job-1", "job-3"));
  EXPECT_THAT(claims->taken, ElementsAre("job-3"));
  EXPECT_EQ(store_->GetJob("job-3")->server_id, "one");
  EXPECT_THAT(store_->ClaimJobs("one")->taken, IsEmpty());
  EXPECT_THAT(store_->ClaimJobs("three")->held, IsEmpty());
  ASSERT_THAT(store_->ReleaseJobs("one"), IsOk());
  EXPECT_THAT(store_->ClaimJobs("two")->taken, ElementsAre("job-1", "job-3"));
  EXPECT_THAT(store_->ClaimJobs("one")->held, IsEmpty());
  EXPECT_THAT(store_->ClaimJobs(""), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(RecordStoreTest, OnlyItsServerStoresAJobsProgressAndEverybodyCancelsIt) {
  ASSERT_THAT(store_->PutJob(JobOf("one", "job-1")), IsOk());
  EXPECT_THAT(store_->PutJob(JobOf("two", "job-1")), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(store_->PutJob(JobOf("two", "job-1", v1::JOB_STATE_FINISHED)),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(store_->PutJob(JobOf("one", "job-1")), IsOk());
  EXPECT_THAT(store_->PutJob(JobOf("two", "job-1", v1::JOB_STATE_CANCELLED)), IsOk());
  EXPECT_THAT(store_->PutJob(JobOf("one", "job-1")), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(store_->ClaimJobs("one")->held, IsEmpty()) << "it has ended";
}

TEST_P(RecordStoreTest, ListsJobsNewestFirst) {
  for (const char* id : {"b", "a", "c"}) {
    ASSERT_THAT(store_->PutJob({.job_id = id}), IsOk());
  }
  ASSERT_THAT(store_->PutJob({.job_id = "b"}), IsOk());  // a new status does not make a new job
  std::vector<std::string> ids;
  const auto jobs = store_->ListJobs();
  ASSERT_THAT(jobs, IsOk());
  for (const v1::JobStatus& job : *jobs) ids.push_back(job.job_id());
  EXPECT_THAT(ids, ElementsAre("c", "a", "b"));
}

TEST_P(RecordStoreTest, ADevicesTargetIsThatOfItsNewestTrial) {
  EXPECT_THAT(store_->FindTargetOfDevice("box-1"), StatusIs(absl::StatusCode::kNotFound));
  const v1::Target server = MakeTarget("server", "sapphirerapids");
  const auto put = [&](const std::string& trial, const std::string& device, const v1::Target& target) {
    v1::Record record = MakeRecord(trial, near_, target, 1, 100);
    record.set_device_id(device);
    ASSERT_THAT(store_->PutRecord(record), IsOk());
  };
  put("t1", "box-1", box_);
  put("t2", "box-10", laptop_);
  put("t3", "box-2", server);
  EXPECT_EQ(TargetFingerprint(store_->FindTargetOfDevice("box-1").value()), TargetFingerprint(box_));
  EXPECT_EQ(TargetFingerprint(store_->FindTargetOfDevice("box-10").value()), TargetFingerprint(laptop_));
  put("t4", "box-1", server);
  EXPECT_EQ(TargetFingerprint(store_->FindTargetOfDevice("box-1").value()), TargetFingerprint(server));
  for (const char* unknown : {"box", "box-3", "", "%"}) {
    const auto none = store_->FindTargetOfDevice(unknown);
    EXPECT_THAT(none, StatusIs(absl::StatusCode::kNotFound)) << unknown;
    EXPECT_THAT(std::string(none.status().message()), HasSubstr("box-10"));
  }
}

TEST_P(RecordStoreTest, AHealthyLogPassesItsCheck) {
  ASSERT_THAT(store_->PutRecord(MakeRecord("t1", near_, box_, 4, 1)), IsOk());
  EXPECT_THAT(store_->Check(), IsOk());
}

TEST_P(RecordStoreTest, ThreadsMayShareAStore) {
  constexpr int kThreads = 4, kRecords = 50;
  std::atomic<int> stored = 0, known = 0, errors = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRecords; ++i) {
        // Two threads store each record.
        const std::string id = absl::StrCat("t", t / 2, "-", i);
        const absl::Status status = store_->PutRecord(MakeRecord(id, near_, box_, i, 100 + i));
        ++(status.ok() ? stored : absl::IsAlreadyExists(status) ? known : errors);
        if (!store_->Lookup(near_, box_, {}).ok() || !store_->FindRecords({.limit = 3}).ok()) ++errors;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stored, kThreads / 2 * kRecords);
  EXPECT_EQ(known, kThreads / 2 * kRecords);
  EXPECT_EQ(errors, 0);
  EXPECT_EQ(Find({}).size(), static_cast<size_t>(kThreads / 2 * kRecords));
}

INSTANTIATE_TEST_SUITE_P(Engines, RecordStoreTest, Engines(), EngineName);

}  // namespace
}  // namespace diapason::db
