#include "db/migrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/db/log_fixtures.h"

namespace diapason::db {
namespace {

using ::testing::HasSubstr;

class MigrationsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Connection> Connect() {
    auto connection = Connection::Open(path_, OpenMode::kReadWrite);
    EXPECT_TRUE(connection.ok()) << connection.status();
    return *std::move(connection);
  }
  static int64_t Number(Connection& connection, absl::string_view sql) {
    auto statement = connection.Prepare(sql);
    EXPECT_TRUE(statement.ok()) << statement.status();
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
  ASSERT_TRUE(Migrate(**fresh, all).ok());
  for (size_t version = 0; version <= all.size(); ++version) {
    auto connection = Connection::Open(folder_.File(absl::StrCat("from", version)), OpenMode::kReadWrite);
    ASSERT_TRUE(connection.ok());
    ASSERT_TRUE(Migrate(**connection, all.subspan(0, version)).ok());
    const absl::Status status = Migrate(**connection, all);
    EXPECT_TRUE(status.ok()) << "from version " << version << ": " << status;
    EXPECT_EQ(Number(**connection, "PRAGMA user_version"), static_cast<int64_t>(all.size()));
    EXPECT_EQ(Schema(**connection), Schema(**fresh));
  }
}

// The first version's rows, written by hand as they were then, are readable through today's store. Grows with every
// version: what was written stays as it is.
TEST_F(MigrationsTest, RowsOfTheFirstVersionAreReadToday) {
  const v1::Workload workload = MakeWorkload("conv", {56, 56, 64});
  const v1::Record record = MakeRecord("t1", workload, MakeTarget("box", "x86-64-v4"), 4, 120);
  {
    const auto connection = Connect();
    ASSERT_TRUE(Migrate(*connection, Migrations().subspan(0, 1)).ok());
    auto put_workload = connection->Prepare("INSERT INTO workload VALUES (?, ?, ?)");
    ASSERT_TRUE(put_workload->BindText(workload.id())
                    .BindText("conv")
                    .BindBlob(workload.SerializeAsString())
                    .Run()
                    .ok());
    auto put_sketch = connection->Prepare("INSERT INTO sketch VALUES (?, ?)");
    ASSERT_TRUE(
        put_sketch->BindText(TheSketch().hash()).BindBlob(TheSketch().SerializeAsString()).Run().ok());
    auto put_record = connection->Prepare(
        "INSERT INTO record VALUES (1, 't1', 'job-1', ?, ?, 'schedule', ?, 'x86_64/512', 1, 1, 120.0, ?)");
    ASSERT_TRUE(put_record->BindText(workload.id())
                    .BindText(TheSketch().hash())
                    .BindText(record.target_fingerprint())
                    .BindBlob(record.SerializeAsString())
                    .Run()
                    .ok());
  }
  const auto store = OpenOrDie("sqlite:" + path_);
  EXPECT_EQ(store->FindRecords({})->front().trial_id(), "t1");
  EXPECT_EQ(store->Lookup(workload, record.target())->candidates_size(), 1);
}

TEST_F(MigrationsTest, ANewerLogIsRefusedAndNamed) {
  {
    OpenOrDie("sqlite:" + path_);
  }
  ASSERT_TRUE(Connect()->Execute("PRAGMA user_version = 99").ok());
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
    const auto store = OpenRecordStore("sqlite:" + path_, mode);
    EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(store.status().message()), HasSubstr("version 99"));
  }
}

TEST_F(MigrationsTest, AFailingStepLeavesTheOldVersion) {
  const auto connection = Connect();
  const absl::string_view good = Migrations()[0];
  const absl::string_view steps[] = {good, "CREATE TABLE extra (a); INSERT INTO no_such_table VALUES (1);"};
  ASSERT_TRUE(Migrate(*connection, absl::MakeSpan(steps, 1)).ok());
  const std::string before = Schema(*connection);
  const absl::Status status = Migrate(*connection, steps);
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("while migrating to version 2"));
  EXPECT_EQ(Schema(*connection), before);
  EXPECT_EQ(Number(*connection, "PRAGMA user_version"), 1);
}

TEST_F(MigrationsTest, AnotherProgramsDatabaseIsLeftAlone) {
  ASSERT_TRUE(Connect()->Execute("CREATE TABLE bookmarks (url)").ok());
  const auto store = OpenRecordStore("sqlite:" + path_, OpenMode::kReadWrite);
  EXPECT_EQ(store.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Number(*Connect(), "SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(MigrationsTest, AReaderOfAnEmptyFileIsToldSo) {
  std::ofstream(path_).flush();
  const auto store = OpenRecordStore("sqlite:" + path_, OpenMode::kReadOnly);
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(store.status().message()), HasSubstr("empty"));
}

TEST_F(MigrationsTest, SeveralMayOpenANewLogAtOnce) {
  std::vector<absl::Status> results(8);
  std::vector<std::thread> threads;
  for (absl::Status& result : results) {
    threads.emplace_back([&] { result = OpenRecordStore("sqlite:" + path_, OpenMode::kReadWrite).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& result : results) EXPECT_TRUE(result.ok()) << result;
}

}  // namespace
}  // namespace diapason::db
