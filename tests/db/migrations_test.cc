#include "db/migrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/db/log_fixtures.h"
#include "tests/testing/status_matchers.h"

namespace diapason::db {
namespace {

using ::testing::HasSubstr;

class MigrationsTest : public ::testing::Test {
 protected:
  std::unique_ptr<SqliteConnection> Connect() { return ConnectOrDie(path_); }
  // Returns the whole schema as text.
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
  auto fresh = SqliteConnection::Open(":memory:", OpenMode::kReadWrite);
  ASSERT_THAT(Migrate(**fresh, all, nullptr), IsOk());
  for (size_t version = 0; version <= all.size(); ++version) {
    auto connection =
        SqliteConnection::Open(folder_.File(absl::StrCat("from", version)), OpenMode::kReadWrite);
    ASSERT_THAT(connection, IsOk());
    ASSERT_THAT(Migrate(**connection, all.subspan(0, version), nullptr), IsOk());
    const absl::Status status = Migrate(**connection, all, nullptr);
    EXPECT_THAT(status, IsOk()) << "from version " << version;
    EXPECT_EQ(Number(**connection, "PRAGMA user_version"), static_cast<int64_t>(all.size()));
    EXPECT_EQ(Schema(**connection), Schema(**fresh));
  }
}

TEST_F(MigrationsTest, ALogHasOneOwnerAndOthersMayStillWriteRecords) {
  const std::string url = "sqlite:" + path_;
  auto owner = OpenOrDie(url, OpenMode::kServe);
  EXPECT_THAT(OpenRecordStore(url, OpenMode::kServe, TodaysIdentity),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(OpenOrDie(url)->PutSketch(TheSketch()), IsOk());
  owner.reset();
  EXPECT_THAT(OpenRecordStore(url, OpenMode::kServe, TodaysIdentity), IsOk());
}

TEST_F(MigrationsTest, ANewerLogIsRefusedAndNamed) {
  {
    OpenOrDie("sqlite:" + path_);
  }
  ASSERT_THAT(Connect()->Execute("PRAGMA user_version = 99"), IsOk());
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
    const auto store = OpenRecordStore("sqlite:" + path_, mode, TodaysIdentity);
    EXPECT_THAT(store, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(std::string(store.status().message()), HasSubstr("version 99"));
  }
}

TEST_F(MigrationsTest, AFailingStepLeavesTheOldVersion) {
  const auto connection = Connect();
  const Migration good = Migrations()[0];
  const Migration steps[] = {good, {"CREATE TABLE extra (a); INSERT INTO no_such_table VALUES (1);"}};
  ASSERT_THAT(Migrate(*connection, absl::MakeSpan(steps, 1), nullptr), IsOk());
  const std::string before = Schema(*connection);
  EXPECT_THAT(Migrate(*connection, steps, nullptr),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("while migrating to version 2")));
  EXPECT_EQ(Schema(*connection), before);
  EXPECT_EQ(Number(*connection, "PRAGMA user_version"), 1);
}

TEST_F(MigrationsTest, AnotherProgramsDatabaseIsLeftAlone) {
  ASSERT_THAT(Connect()->Execute("CREATE TABLE bookmarks (url)"), IsOk());
  const auto store = OpenRecordStore("sqlite:" + path_, OpenMode::kReadWrite, TodaysIdentity);
  EXPECT_THAT(store, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(Number(*Connect(), "SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(MigrationsTest, AReaderOfAnEmptyFileGetsAnError) {
  std::ofstream(path_).flush();
  const auto store = OpenRecordStore("sqlite:" + path_, OpenMode::kReadOnly, TodaysIdentity);
  EXPECT_THAT(store, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(store.status().message()), HasSubstr("empty"));
}

TEST_F(MigrationsTest, SeveralMayOpenANewLogAtOnce) {
  std::vector<absl::Status> results(8);
  std::vector<std::thread> threads;
  for (absl::Status& result : results) {
    threads.emplace_back(
        [&] { result = OpenRecordStore("sqlite:" + path_, OpenMode::kReadWrite, TodaysIdentity).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& result : results) EXPECT_THAT(result, IsOk());
}

}  // namespace
}  // namespace diapason::db
