#include "db/migrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "db/log_lock.h"
#include "tests/db/log_fixtures.h"
#include "tests/testing/status_matchers.h"

namespace diapason::db {
namespace {

using ::testing::HasSubstr;

class MigrationsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Connection> Connect() {
    auto connection = Connection::Open(path_, OpenMode::kReadWrite);
    EXPECT_THAT(connection, IsOk());
    return *std::move(connection);
  }
  static int64_t Number(Connection& connection, absl::string_view sql) {
    auto statement = connection.Prepare(sql);
    EXPECT_THAT(statement, IsOk());
    EXPECT_TRUE(statement->Step().value());
    return statement->Int(0);
  }
  // Everything that the schema consists of, as text.
  static std::string Schema(Connection& connection) {
    auto statement = connection.Prepare("SELECT ifnull(sql, name) FROM sqlite_schema ORDER BY name");
    std::string schema;
    while (statement->Step().value()) absl::StrAppend(&schema, statement->Text(0), "\n");
    return schema;
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.File("log.db");
};

TEST_F(MigrationsTest, EveryOldVersionBecomesTheNewest) {
  const auto all = Migrations();
  auto fresh = Connection::Open(":memory:", OpenMode::kReadWrite);
  ASSERT_THAT(Migrate(**fresh, all), IsOk());
  for (size_t version = 0; version <= all.size(); ++version) {
    auto connection = Connection::Open(folder_.File(absl::StrCat("from", version)), OpenMode::kReadWrite);
    ASSERT_THAT(connection, IsOk());
    ASSERT_THAT(Migrate(**connection, all.subspan(0, version)), IsOk());
    const absl::Status status = Migrate(**connection, all);
    EXPECT_THAT(status, IsOk()) << "from version " << version;
    EXPECT_EQ(Number(**connection, "PRAGMA user_version"), static_cast<int64_t>(all.size()));
    EXPECT_EQ(Schema(**connection), Schema(**fresh));
  }
}

// Rows of the first version, written by hand as they were then. Grows with every version: what was written
// stays as it is.
class OldLogTest : public MigrationsTest {
 protected:
  void SetUp() override {
    const auto connection = Connect();
    ASSERT_THAT(Migrate(*connection, Migrations().subspan(0, 1)), IsOk());
    auto put_workload = connection->Prepare("INSERT INTO workload VALUES (?, ?, ?)");
    ASSERT_THAT(
        put_workload->BindText(workload_.id()).BindText("conv").BindBlob(workload_.SerializeAsString()).Run(),
        IsOk());
    auto put_sketch = connection->Prepare("INSERT INTO sketch VALUES (?, ?)");
    ASSERT_THAT(put_sketch->BindText(TheSketch().hash()).BindBlob(TheSketch().SerializeAsString()).Run(),
                IsOk());
    for (int i = 1; i <= 3; ++i) {
      const v1::Record record = Numbered(i);
      auto put_record = connection->Prepare(
          "INSERT INTO record VALUES (?, ?, 'job-1', ?, ?, ?, ?, 'x86_64/512', 1, 1, ?, ?)");
      ASSERT_THAT(put_record->BindInt(i)
                      .BindText(record.trial_id())
                      .BindText(workload_.id())
                      .BindText(TheSketch().hash())
                      .BindText(absl::StrCat("schedule", i))
                      .BindText(record.target_fingerprint())
                      .BindReal(record.measurement().median_us())
                      .BindBlob(record.SerializeAsString())
                      .Run(),
                  IsOk());
    }
    // t2 was faster than t1, the default; a later comparison, which t2 took no part in, found no difference.
    const std::string decision = absl::StrCat("INSERT INTO winner VALUES (?, '", workload_.id(), "', '",
                                              Numbered(1).target_fingerprint(), "', ?, 't1', ?, ?)");
    auto faster = connection->Prepare(decision);
    ASSERT_THAT(faster->BindInt(1).BindText("t2").BindInt(1).BindReal(2).Run(), IsOk());
    auto same = connection->Prepare(absl::StrCat(decision, " "));
    ASSERT_THAT(same->BindInt(2).BindText("t3").BindInt(2).BindReal(1).Run(), IsOk());
    v1::JobStatus status;
    status.set_state(v1::JOB_STATE_RUNNING);
    auto put_job = connection->Prepare("INSERT INTO job VALUES (1, 'job-1', ?, ?)");
    ASSERT_THAT(put_job->BindBlob(v1::SubmitJobRequest().SerializeAsString())
                    .BindBlob(status.SerializeAsString())
                    .Run(),
                IsOk());
  }
  v1::Record Numbered(int i) const {
    return MakeRecord(absl::StrCat("t", i), workload_, MakeTarget("box", "x86-64-v4"), i, 100 - i);
  }
  void ExpectAllIsRead(const RecordStore& store) {
    EXPECT_THAT(TrialIds(*store.FindRecords({})), ::testing::ElementsAre("t3", "t2", "t1"));
    const auto found = store.Lookup(workload_, Numbered(1).target());
    ASSERT_THAT(found, IsOk());
    ASSERT_EQ(found->candidates_size(), 3);
    EXPECT_EQ(found->candidates(0).record().trial_id(), "t2");
    EXPECT_EQ(store.GetDecision(workload_.id(), Numbered(1).target_fingerprint())->trial_id(), "t2");
    EXPECT_EQ(store.FindDecision("t3")->verdict(), v1::VERDICT_NO_SIGNIFICANT_DIFFERENCE);
    EXPECT_EQ(store.ListJobs()->front().job_id(), "job-1");
    EXPECT_EQ(store.GetJob("job-1")->starts, 0);
  }
  int64_t Version() { return Number(*Connect(), "PRAGMA user_version"); }

  const v1::Workload workload_ = MakeWorkload("conv", {56, 56, 64});
};

TEST_F(OldLogTest, AWriterBringsItToTheNewestVersion) {
  ExpectAllIsRead(*OpenOrDie("sqlite:" + path_));
  EXPECT_EQ(Version(), static_cast<int64_t>(Migrations().size()));
}

TEST_F(OldLogTest, AReaderReadsItAndLeavesItAsItIs) {
  {
    const auto store = OpenOrDie("sqlite:" + path_, OpenMode::kReadOnly);
    ExpectAllIsRead(*store);
    EXPECT_THAT(store->PutRecord(Numbered(4)), StatusIs(absl::StatusCode::kPermissionDenied));
    EXPECT_THAT(store->PutJob({.job_id = "job-2"}), StatusIs(absl::StatusCode::kPermissionDenied));
  }
  EXPECT_EQ(Version(), 1);
}

// The owner stands for a tuner-server of the older release: it held the lock, and knew version 1.
TEST_F(OldLogTest, NobodyMigratesItUnderItsOwner) {
  {
    const auto owner = LogLock::Acquire(path_);
    ASSERT_THAT(owner, IsOk());
    for (const OpenMode mode : {OpenMode::kReadWrite, OpenMode::kOwn}) {
      const absl::Status status = OpenRecordStore("sqlite:" + path_, mode).status();
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
      EXPECT_THAT(std::string(status.message()), HasSubstr("in use by another tuner-server"));
    }
    ExpectAllIsRead(*OpenOrDie("sqlite:" + path_, OpenMode::kReadOnly));
    EXPECT_EQ(Version(), 1);
  }
  ExpectAllIsRead(*OpenOrDie("sqlite:" + path_, OpenMode::kOwn));
  EXPECT_EQ(Version(), 2);
}

TEST_F(MigrationsTest, ALogHasOneOwnerAndOthersMayStillWriteRecords) {
  const std::string url = "sqlite:" + path_;
  auto owner = OpenOrDie(url, OpenMode::kOwn);
  EXPECT_THAT(OpenRecordStore(url, OpenMode::kOwn), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(OpenOrDie(url)->PutSketch(TheSketch()), IsOk());
  owner.reset();
  EXPECT_THAT(OpenRecordStore(url, OpenMode::kOwn), IsOk());
}

TEST_F(MigrationsTest, ANewerLogIsRefusedAndNamed) {
  {
    OpenOrDie("sqlite:" + path_);
  }
  ASSERT_THAT(Connect()->Execute("PRAGMA user_version = 99"), IsOk());
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
    const auto store = OpenRecordStore("sqlite:" + path_, mode);
    EXPECT_THAT(store, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(std::string(store.status().message()), HasSubstr("version 99"));
  }
}

TEST_F(MigrationsTest, AFailingStepLeavesTheOldVersion) {
  const auto connection = Connect();
  const absl::string_view good = Migrations()[0];
  const absl::string_view steps[] = {good, "CREATE TABLE extra (a); INSERT INTO no_such_table VALUES (1);"};
  ASSERT_THAT(Migrate(*connection, absl::MakeSpan(steps, 1)), IsOk());
  const std::string before = Schema(*connection);
  EXPECT_THAT(Migrate(*connection, steps),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("while migrating to version 2")));
  EXPECT_EQ(Schema(*connection), before);
  EXPECT_EQ(Number(*connection, "PRAGMA user_version"), 1);
}

TEST_F(MigrationsTest, AnotherProgramsDatabaseIsLeftAlone) {
  ASSERT_THAT(Connect()->Execute("CREATE TABLE bookmarks (url)"), IsOk());
  const auto store = OpenRecordStore("sqlite:" + path_, OpenMode::kReadWrite);
  EXPECT_THAT(store, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(Number(*Connect(), "SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(MigrationsTest, AReaderOfAnEmptyFileIsToldSo) {
  std::ofstream(path_).flush();
  const auto store = OpenRecordStore("sqlite:" + path_, OpenMode::kReadOnly);
  EXPECT_THAT(store, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(store.status().message()), HasSubstr("empty"));
}

TEST_F(MigrationsTest, SeveralMayOpenANewLogAtOnce) {
  std::vector<absl::Status> results(8);
  std::vector<std::thread> threads;
  for (absl::Status& result : results) {
    threads.emplace_back([&] { result = OpenRecordStore("sqlite:" + path_, OpenMode::kReadWrite).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& result : results) EXPECT_THAT(result, IsOk());
}

}  // namespace
}  // namespace diapason::db
