// Jobs whose log another process locks for a while or for good.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "tests/tuner/job/job_lab.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

// A store whose writes fail for a while, as if another process held the lock.
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
  absl::Status PutCostModel(const v1::CostModel& model) override {
    return Refused().ok() ? store_.PutCostModel(model) : Locked();
  }
  absl::StatusOr<v1::CostModel> GetCostModel(absl::string_view target) const override {
    return store_.GetCostModel(target);
  }
  absl::StatusOr<v1::Decision> GetDecision(const TaskKey& task) const override {
    return store_.GetDecision(task);
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
  absl::StatusOr<db::JobClaims> ClaimJobs(absl::string_view server) override {
    return store_.ClaimJobs(server);
  }
  absl::Status ReleaseJobs(absl::string_view server) override { return store_.ReleaseJobs(server); }
  absl::StatusOr<v1::LookupResult> Lookup(const v1::Workload& workload, const v1::Target& target,
                                          const v1::LookupOptions& options) const override {
    return store_.Lookup(workload, target, options);
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

TEST(LockedLogTest, ALockedLogIsWaitedForAndFailsNoJob) {
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
                            EXPECT_EQ(status.trials_done(), 5)
                                << "the status from the log is shown meanwhile";
                            told = absl::StrContains(status.message(), "waiting: log.db is locked");
                            return !told;
                          })
                  .ok());
  EXPECT_EQ(lab.engine->Cancel(job).code(), absl::StatusCode::kUnavailable)
      << "a cancellation that cannot be stored is refused";
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

TEST(LockedLogTest, ALogThatStaysLockedEndsTheWait) {
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
  EXPECT_EQ(inner->GetJob(job)->status.state(), v1::JOB_STATE_RUNNING) << "it is resumed at the next start";
}

}  // namespace
}  // namespace diapason::tuner
