// Tests logs of older versions: when they are opened in any mode, their contents are the same, with
// today's identities.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "db/log_lock.h"
#include "db/migrations.h"
#include "proto/base/content_hash.h"
#include "proto/domain/target_fingerprint.h"
#include "proto/domain/task_key.h"
#include "tests/db/log_fixtures.h"
#include "tests/testing/status_matchers.h"

namespace diapason::db {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Writes rows of older versions by hand, as those versions wrote them. Each new version adds to this file;
// nothing that is here changes.
class OldLogTest : public ::testing::Test {
 protected:
  std::unique_ptr<Connection> Connect() { return ConnectOrDie(path_); }

  // Makes a record of versions 1 and 2. In these versions, the fingerprint depended on the number of
  // cores.
  static v1::Record OldRecord(const std::string& trial_id, const v1::Workload& workload, int tile, double us,
                              int cores = 2) {
    v1::Target target = MakeTarget("box", "x86-64-v4");
    target.set_cores(cores);
    v1::Record record = MakeRecord(trial_id, workload, target, tile, us);
    record.clear_threads();
    record.clear_backend();
    record.set_target_fingerprint(absl::StrCat("box with ", cores, " cores"));
    return record;
  }
  static void Put(Connection& connection, const v1::Workload& workload) {
    auto put = connection.Prepare("INSERT INTO workload VALUES (?, ?, ?)");
    put->BindText(workload.id()).BindText(workload.structure_id()).BindBlob(workload.SerializeAsString());
    ASSERT_THAT(put->Run(), IsOk());
  }
  static void Put(Connection& connection, const v1::Sketch& sketch) {
    auto put = connection.Prepare("INSERT INTO sketch VALUES (?, ?)");
    ASSERT_THAT(put->BindText(sketch.hash()).BindBlob(sketch.SerializeAsString()).Run(), IsOk());
  }
  static void Put(Connection& connection, const v1::Record& record) {
    auto put = connection.Prepare(
        "INSERT INTO record (trial_id, job_id, workload_id, sketch_hash, schedule_hash, target_fingerprint, "
        "target_class, protocol_version, outcome, time_us, body) "
        "VALUES (?, ?, ?, ?, ?, ?, 'x86_64/512', 1, 1, ?, ?)");
    put->BindText(record.trial_id())
        .BindText(record.job_id())
        .BindText(record.workload_id())
        .BindText(record.schedule().sketch_hash())
        .BindText(absl::StrCat("schedule", record.schedule().knobs(0).value()))
        .BindText(record.target_fingerprint())
        .BindReal(record.measurement().median_us())
        .BindBlob(record.SerializeAsString());
    ASSERT_THAT(put->Run(), IsOk());
  }
  static void PutDecision(Connection& connection, const v1::Record& winner,
                          const std::string& default_trial_id, v1::Verdict verdict) {
    auto put = connection.Prepare(
        "INSERT INTO winner (workload_id, target_fingerprint, trial_id, default_trial_id, verdict, speed_up) "
        "VALUES (?, ?, ?, ?, ?, 2)");
    put->BindText(winner.workload_id())
        .BindText(winner.target_fingerprint())
        .BindText(winner.trial_id())
        .BindText(default_trial_id)
        .BindInt(verdict);
    ASSERT_THAT(put->Run(), IsOk());
  }
  static void PutJob(Connection& connection, const std::string& id, const v1::SubmitJobRequest& request) {
    v1::JobStatus status;
    status.set_state(v1::JOB_STATE_RUNNING);
    *status.mutable_target() = request.target();
    for (const v1::JobTask& task : request.tasks()) status.add_tasks()->set_workload_id(task.workload().id());
    auto put = connection.Prepare("INSERT INTO job (job_id, request, status) VALUES (?, ?, ?)");
    put->BindText(id).BindBlob(request.SerializeAsString()).BindBlob(status.SerializeAsString());
    ASSERT_THAT(put->Run(), IsOk());
  }

  // Opens a log of this version in each mode, and checks what the file is like after that.
  void ForEachMode(const std::function<void(RecordStore&)>& expect, int64_t version) {
    expect(*OpenOrDie("sqlite:" + path_, OpenMode::kReadOnly));
    EXPECT_EQ(Version(), version) << "a reader changed the file";
    expect(*OpenOrDie("sqlite:" + path_, OpenMode::kReadWrite));
    EXPECT_EQ(Version(), static_cast<int64_t>(Migrations().size()));
    expect(*OpenOrDie("sqlite:" + path_, OpenMode::kServe));
  }
  int64_t Version() { return Number(*Connect(), "PRAGMA user_version"); }

  TemporaryFolder folder_;
  const std::string path_ = folder_.File("log.db");
  const v1::Workload old_ = MakeOldWorkload("conv", {56, 56, 64});
  const v1::Workload today_ = MakeWorkload("conv", {56, 56, 64});
  const v1::Target box_ = MakeTarget("box", "x86-64-v4");
};

class Version1Test : public OldLogTest {
 protected:
  void SetUp() override {
    const auto connection = Connect();
    ASSERT_THAT(Migrate(*connection, Migrations().subspan(0, 1), nullptr), IsOk());
    Put(*connection, old_);
    Put(*connection, TheSketch());
    for (int i = 1; i <= 3; ++i) Put(*connection, Numbered(i));
    // t2 was faster than t1, the default. A later comparison, in which t2 did not take part, found no
    // difference.
    PutDecision(*connection, Numbered(2), "t1", v1::VERDICT_FASTER);
    PutDecision(*connection, Numbered(3), "t1", v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE);
    PutJob(*connection, "job-1", {});
  }
  v1::Record Numbered(int i) const { return OldRecord(absl::StrCat("t", i), old_, i, 100 - i); }
  void ExpectAllIsRead(const RecordStore& store) {
    EXPECT_THAT(TrialIds(*store.FindRecords({})), ElementsAre("t3", "t2", "t1"));
    const auto found = store.Lookup(today_, box_, {});
    ASSERT_THAT(found, IsOk());
    ASSERT_EQ(found->candidates_size(), 3);
    EXPECT_EQ(found->candidates(0).record().trial_id(), "t2");
    EXPECT_EQ(store.GetDecision(TaskOf(today_, box_))->trial_id(), "t2");
    EXPECT_EQ(store.FindDecision("t3")->verdict(), v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE);
    EXPECT_EQ(store.ListJobs()->front().job_id(), "job-1");
    EXPECT_EQ(store.GetJob("job-1")->starts, 0);
  }
};

TEST_F(Version1Test, IsReadInEveryMode) {
  ForEachMode([this](RecordStore& store) { ExpectAllIsRead(store); }, 1);
}

TEST_F(Version1Test, AReaderMayNotWrite) {
  const auto store = OpenOrDie("sqlite:" + path_, OpenMode::kReadOnly);
  EXPECT_THAT(store->PutRecord(MakeRecord("t4", today_, box_, 4, 1)),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(store->PutJob({.job_id = "job-2"}), StatusIs(absl::StatusCode::kPermissionDenied));
}

// The owner is like a tuner-server of the older release: it holds the lock and knows version 1.
TEST_F(Version1Test, NobodyMigratesItUnderItsOwner) {
  {
    const auto owner = LogLock::Acquire(path_);
    ASSERT_THAT(owner, IsOk());
    for (const OpenMode mode : {OpenMode::kReadWrite, OpenMode::kServe}) {
      const absl::Status status = OpenRecordStore("sqlite:" + path_, mode, TodaysIdentity).status();
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
      EXPECT_THAT(std::string(status.message()), HasSubstr("in use by another tuner-server"));
    }
    ExpectAllIsRead(*OpenOrDie("sqlite:" + path_, OpenMode::kReadOnly));
    EXPECT_EQ(Version(), 1);
  }
  ExpectAllIsRead(*OpenOrDie("sqlite:" + path_, OpenMode::kServe));
  EXPECT_EQ(Version(), static_cast<int64_t>(Migrations().size()));
}

TEST_F(Version1Test, WithoutACompilerItIsRefused) {
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
    EXPECT_THAT(OpenRecordStore("sqlite:" + path_, mode, nullptr),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("by an earlier release")));
  }
  EXPECT_EQ(Version(), 1);
}

class Version2Test : public OldLogTest {
 protected:
  void SetUp() override {
    connection_ = Connect();
    ASSERT_THAT(Migrate(*connection_, Migrations().subspan(0, 2), nullptr), IsOk());
    Put(*connection_, old_);
    Put(*connection_, TheSketch());
  }
  std::unique_ptr<Connection> connection_;
};

TEST_F(Version2Test, RecordsGetTheIdentitiesOfToday) {
  v1::Record record = OldRecord("t1", old_, 1, 100);
  record.set_task_id("old task");
  record.set_backend_version("LLVM 1");
  Put(*connection_, record);
  ForEachMode(
      [this](RecordStore& store) {
        ASSERT_EQ(store.FindRecords({.workload_id = today_.id(), .threads = 1})->size(), 1u);
        const v1::Record found = store.FindRecords({.structure_id = "conv"})->front();
        EXPECT_EQ(found.workload_id(), today_.id());
        EXPECT_EQ(found.target_fingerprint(), TargetFingerprint(box_));
        EXPECT_EQ(found.threads(), 1);
        EXPECT_EQ(found.backend(), "cpu");
        EXPECT_EQ(found.task_id(), TaskId(TaskOf(today_, box_)));
        EXPECT_EQ(store.FindWorkloads("")->size(), 1u);
        EXPECT_THAT(store.GetWorkload(old_.id()), StatusIs(absl::StatusCode::kNotFound));
        v1::LookupOptions strict;
        strict.set_match(v1::MATCH_STRICT);
        strict.set_backend("cpu");
        strict.set_backend_version("LLVM 1");
        EXPECT_EQ(store.Lookup(today_, box_, strict)->candidates_size(), 1);
        EXPECT_THAT(store.Check(), IsOk());
      },
      2);
}

// The log has decisions for the same machine before and after its number of cores changed. The newer
// decision counts; the older one is history.
TEST_F(Version2Test, TwoMachinesThatAreOneTodayHaveOneDecision) {
  Put(*connection_, OldRecord("default", old_, 1, 200, 2));
  Put(*connection_, OldRecord("of-two", old_, 2, 100, 2));
  Put(*connection_, OldRecord("of-four", old_, 3, 150, 4));
  Put(*connection_, OldRecord("unsure", old_, 4, 120, 4));
  PutDecision(*connection_, OldRecord("of-two", old_, 2, 100, 2), "default", v1::VERDICT_FASTER);
  PutDecision(*connection_, OldRecord("of-four", old_, 3, 150, 4), "default", v1::VERDICT_FASTER);
  PutDecision(*connection_, OldRecord("unsure", old_, 4, 120, 4), "default",
              v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE);
  ASSERT_THAT(connection_->Execute("UPDATE winner SET counts = 0 WHERE trial_id = 'unsure'"), IsOk());
  ForEachMode(
      [this](RecordStore& store) {
        EXPECT_EQ(store.GetDecision(TaskOf(today_, box_))->trial_id(), "of-four");
        EXPECT_EQ(store.FindDecision("of-two")->target_fingerprint(), TargetFingerprint(box_));
        const auto found = store.Lookup(today_, box_, {});
        ASSERT_EQ(found->candidates_size(), 4);
        EXPECT_EQ(found->candidates(0).record().trial_id(), "of-four");
        EXPECT_EQ(found->candidates(1).record().trial_id(), "of-two");
      },
      2);
}

TEST_F(Version2Test, TwoWorkloadsThatAreOneTodayAreMerged) {
  v1::Workload twin = old_;
  twin.set_id("twin");
  Put(*connection_, twin);
  Put(*connection_, OldRecord("t1", old_, 1, 100));
  Put(*connection_, OldRecord("t2", twin, 2, 50));
  ForEachMode(
      [this](RecordStore& store) {
        EXPECT_THAT(TrialIds(*store.FindRecords({.workload_id = today_.id()})), ElementsAre("t2", "t1"));
        EXPECT_EQ(store.FindWorkloads("")->size(), 1u);
      },
      2);
}

TEST_F(Version2Test, AWorkloadThatTodaysCompilerRefusesKeepsItsId) {
  const v1::Workload refused = MakeOldWorkload("refused", {1});
  Put(*connection_, refused);
  Put(*connection_, OldRecord("t1", refused, 1, 100));
  ForEachMode(
      [&](RecordStore& store) {
        EXPECT_THAT(store.GetWorkload(refused.id()), IsOk());
        EXPECT_EQ(store.FindRecords({.workload_id = refused.id()})->front().threads(), 1);
      },
      2);
}

TEST_F(Version2Test, JobsGoOnWithTheirTasksAndDevices) {
  v1::SubmitJobRequest request;
  *request.add_tasks()->mutable_workload() = old_;
  *request.mutable_target() = box_;
  // Three fingerprints: the old one of the target itself, one that records of a device have, and one that
  // nothing has.
  const std::string own = ContentHash("x86_64-unknown-linux-gnu;x86-64-v4;;512;0;2").substr(0, 16);
  request.mutable_selector()->set_target_fingerprint(own);
  PutJob(*connection_, "own", request);
  request.mutable_selector()->set_target_fingerprint("box with 4 cores");
  PutJob(*connection_, "recorded", request);
  request.mutable_selector()->set_target_fingerprint("unknown");
  PutJob(*connection_, "unknown", request);
  v1::Record record = OldRecord("t1", old_, 1, 100, 4);
  record.set_job_id("unknown");
  record.set_device_id("box-7");
  Put(*connection_, record);
  ForEachMode(
      [&](RecordStore& store) {
        for (const char* id : {"own", "recorded", "unknown"}) {
          const auto job = store.GetJob(id);
          ASSERT_THAT(job, IsOk());
          EXPECT_EQ(job->request.tasks(0).workload().id(), today_.id());
          EXPECT_EQ(job->request.tasks(0).workload().structure_id(), "conv");
          EXPECT_EQ(job->status.tasks(0).workload_id(), today_.id());
          EXPECT_EQ(job->status.tasks(0).task_id(), TaskId(TaskOf(today_, box_)));
          const bool is_known = job->job_id != "unknown";
          EXPECT_EQ(job->request.selector().target_fingerprint(), is_known ? TargetFingerprint(box_) : "");
          EXPECT_EQ(job->request.selector().device_id(), is_known ? "" : "box-7");
        }
      },
      2);
}

TEST_F(Version2Test, ManyRowsAreMigrated) {
  for (int i = 0; i < 300; ++i) Put(*connection_, OldRecord(absl::StrCat("t", i), old_, i, 100 + i));
  ForEachMode(
      [this](RecordStore& store) {
        EXPECT_EQ(store.FindRecords({.workload_id = today_.id(), .threads = 1})->size(), 300u);
      },
      2);
}

TEST_F(Version2Test, AnErrorLeavesItAsItIs) {
  Put(*connection_, OldRecord("t1", old_, 1, 100));
  const auto fails = [](const v1::Workload&) -> absl::StatusOr<v1::Workload> {
    return absl::InternalError("no child can be made");
  };
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
    EXPECT_THAT(OpenRecordStore("sqlite:" + path_, mode, fails), StatusIs(absl::StatusCode::kInternal));
  }
  EXPECT_EQ(Version(), 2);
  EXPECT_EQ(Number(*connection_, "SELECT count(*) FROM winner"), 0);
}

// Tests a log that a tuner-server wrote.
TEST_F(OldLogTest, ARealLogOfVersion2) {
  WriteLogOfVersion2(path_);
  // Pretends that these are today's ids.
  const auto identity = [](const v1::Workload& workload) -> absl::StatusOr<v1::Workload> {
    v1::Workload updated = workload;
    updated.set_id(ContentHash(workload.text() + "today"));
    updated.set_structure_id(ContentHash(workload.structure_id()));
    return updated;
  };
  const auto summary = [](const RecordStore& store, const v1::JobTask& task, const v1::Target& target) {
    std::string text;
    const auto found = store.Lookup(task.workload(), target, {});
    EXPECT_THAT(found, IsOk());
    for (const v1::LookupCandidate& candidate : found->candidates()) {
      if (candidate.rung() != v1::RUNG_EXACT) continue;
      const v1::Schedule& schedule = candidate.record().schedule();
      absl::StrAppend(&text, schedule.sketch_name(), "(",
                      absl::StrJoin(schedule.knobs(), " ",
                                    [](std::string* out, const v1::KnobValue& knob) {
                                      absl::StrAppend(out, knob.name(), "=", knob.value());
                                    }),
                      ") ");
    }
    return text;
  };
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kServe, OpenMode::kReadWrite}) {
    const auto store = OpenRecordStore("sqlite:" + path_, mode, identity);
    ASSERT_THAT(store, IsOk());
    EXPECT_EQ((*store)->FindRecords({})->size(), 13u);
    std::vector<std::string> summaries;
    const auto jobs = (*store)->ListJobs();
    ASSERT_EQ(jobs->size(), 3u);
    EXPECT_EQ((*jobs)[0].state(), v1::JOB_STATE_RUNNING);
    for (const v1::JobStatus& job : *jobs) {
      const auto stored = (*store)->GetJob(job.job_id());
      ASSERT_THAT(stored, IsOk());
      v1::Target more_cores = stored->request.target();
      more_cores.set_cores(64);
      for (const v1::JobTask& task : stored->request.tasks()) {
        summaries.push_back(summary(**store, task, more_cores));
        EXPECT_EQ(job.tasks(0).workload_id(), task.workload().id());
      }
    }
    // The winner of product.mlir, the default of relu.mlir, and the schedules that were measured first.
    // The release that wrote the log returned them in the same order.
    const std::string products =
        "tile_and_vectorize(rows=4 columns=16 steps=4) tile_and_vectorize(rows=4 columns=8 steps=4) "
        "tile_and_vectorize(rows=2 columns=8 steps=1) ";
    EXPECT_THAT(summaries, ElementsAre(products, "default(grain=4096) default(grain=1024) ", products));
  }
}

}  // namespace
}  // namespace diapason::db
