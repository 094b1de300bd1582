// Tests what is special about a log in PostgreSQL: its server may end, several processes use it at the same
// time, and a schema keeps it apart from other programs' tables.
#include "db/postgresql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "db/log_fault.h"
#include "db/record_store.h"
#include "tests/db/log_fixtures.h"
#include "tests/testing/postgresql_server.h"
#include "tests/testing/status_matchers.h"

namespace diapason::db {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PostgresqlTest : public ::testing::Test {
 protected:
  std::unique_ptr<PostgresqlConnection> Connect(OpenMode mode = OpenMode::kReadWrite) {
    auto connection = PostgresqlConnection::Open(url_, mode);
    EXPECT_THAT(connection, IsOk());
    return *std::move(connection);
  }
  std::unique_ptr<RecordStore> OpenWithReferences() {
    auto store = OpenOrDie(url_);
    EXPECT_THAT(store->PutWorkload(workload_), IsOk());
    EXPECT_THAT(store->PutSketch(TheSketch()), IsOk());
    return store;
  }
  v1::Record Numbered(int number) const {
    return MakeRecord(absl::StrCat("t", number), workload_, box_, number, 100 + number);
  }

  const std::string url_ = PostgresqlServer::Shared().CreateDatabase();
  const v1::Workload workload_ = MakeWorkload("conv", {56, 56, 64});
  const v1::Target box_ = MakeTarget("box", "x86-64-v4");
};

TEST_F(PostgresqlTest, ValuesComeBackAsTheyWere) {
  const auto connection = Connect();
  auto select = connection->Prepare(
      "SELECT ?1::text, '?' || ?1, ?2::bytea, ?3::bigint, ?4::double precision, ?5::text, ?3 = -7, 3");
  ASSERT_THAT(select, IsOk());
  const std::string bytes("\\x00\0'\xff?", 8);
  select->BindText("a'b\n\u00e9").BindBlob(bytes).BindInt(-7).BindReal(0.1).BindNull();
  ASSERT_THAT(select->Step(), IsOkAndHolds(true));
  EXPECT_EQ(select->Text(0), "a'b\n\u00e9");
  EXPECT_EQ(select->Text(1), "?a'b\n\u00e9");
  EXPECT_EQ(select->Blob(2), bytes);
  EXPECT_EQ(select->Int(3), -7);
  EXPECT_EQ(select->Real(4), 0.1);
  EXPECT_EQ(select->Text(5), "");
  EXPECT_EQ(select->Int(6), 1);
  EXPECT_EQ(select->Int(7), 3);
  EXPECT_THAT(select->Step(), IsOkAndHolds(false));
}

TEST_F(PostgresqlTest, ATextThatIsNotUtf8IsRefused) {
  const auto store = OpenWithReferences();
  EXPECT_THAT(store->PutJob({.job_id = "\xff"}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store->PutJob({.job_id = std::string("a\0b", 3)}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store->PutJob({.job_id = "job"}), IsOk()) << "the connection still works";
}

TEST_F(PostgresqlTest, ALogMayHaveSeveralServersAndNoneMigratesItMeanwhile) {
  const auto first = OpenOrDie(url_, OpenMode::kServe);
  auto second = OpenOrDie(url_, OpenMode::kServe);
  const auto connection = Connect();
  ASSERT_THAT(connection->Execute("UPDATE log_version SET version = 1"), IsOk());  // an older release's
  const absl::Status used = OpenRecordStore(url_, OpenMode::kServe, TodaysIdentity).status();
  EXPECT_THAT(used, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(used.message()), HasSubstr("another server uses"));
}

TEST_F(PostgresqlTest, AReaderWritesNothing) {
  EXPECT_THAT(OpenRecordStore(url_, OpenMode::kReadOnly, nullptr),
              StatusIs(absl::StatusCode::kFailedPrecondition));  // the database has no log yet
  OpenWithReferences().reset();
  const auto reader = OpenOrDie(url_, OpenMode::kReadOnly);
  EXPECT_THAT(reader->FindWorkloads(""), IsOk());
  EXPECT_THAT(reader->PutRecord(Numbered(1)), StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_F(PostgresqlTest, SeveralProcessesMayCreateTheLogAtTheSameTime) {
  std::vector<std::thread> threads;
  std::vector<absl::Status> results(4);
  for (absl::Status& result : results) {
    threads.emplace_back(
        [&] { result = OpenRecordStore(url_, OpenMode::kReadWrite, TodaysIdentity).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& result : results) EXPECT_THAT(result, IsOk());
}

TEST_F(PostgresqlTest, TablesOfOtherProgramsDoNotMatter) {
  const auto connection = Connect();
  ASSERT_THAT(
      connection->Execute("CREATE TABLE public.record (x BIGINT); CREATE TABLE public.job (x BIGINT)"),
      IsOk());
  EXPECT_THAT(OpenWithReferences()->PutRecord(Numbered(1)), IsOk());
}

TEST_F(PostgresqlTest, ALogOfAnotherVersionIsNotTouched) {
  OpenWithReferences().reset();
  const auto connection = Connect();
  ASSERT_THAT(connection->Execute("INSERT INTO log_version VALUES (99)"), IsOk());
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite, OpenMode::kServe}) {
    const absl::Status newer = OpenRecordStore(url_, mode, TodaysIdentity).status();
    EXPECT_THAT(newer, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(std::string(newer.message()), HasSubstr("version 99"));
  }
  ASSERT_THAT(connection->Execute("DELETE FROM log_version; INSERT INTO log_version VALUES (1)"), IsOk());
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
    EXPECT_THAT(OpenRecordStore(url_, mode, TodaysIdentity), StatusIs(absl::StatusCode::kFailedPrecondition));
  }
}

TEST_F(PostgresqlTest, WhatCannotBeOpenedSaysWhyWithoutThePassword) {
  const auto nowhere =
      OpenRecordStore("postgresql://me:secret@127.0.0.1:1/log", OpenMode::kReadWrite, nullptr);
  EXPECT_THAT(nowhere, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(IsLogFault(nowhere.status()));
  EXPECT_THAT(std::string(nowhere.status().message()),
              AllOf(HasSubstr("127.0.0.1:1/log"), Not(HasSubstr("secret"))));
  const auto unclear = OpenRecordStore("postgresql://host:port/log", OpenMode::kReadWrite, nullptr);
  EXPECT_FALSE(unclear.ok());
  const auto option = OpenRecordStore("postgresql://host/log?colour=red", OpenMode::kReadWrite, nullptr);
  EXPECT_THAT(option, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(option.status().message()), HasSubstr("colour"));
}

// A decision depends on the one that counts, so two transactions must not decide at the same time.
TEST_F(PostgresqlTest, TransactionsComeOneAfterTheOther) {
  const auto store = OpenWithReferences();
  for (int i = 0; i < 9; ++i) ASSERT_THAT(store->PutRecord(Numbered(i)), IsOk());
  std::vector<std::thread> threads;
  for (int t = 1; t <= 8; ++t) {
    threads.emplace_back([&, t] {
      v1::LogEntry entry;
      *entry.mutable_decision() =
          MakeDecision(workload_, box_, {.trial_id = absl::StrCat("t", t), .default_trial_id = "t0"});
      EXPECT_THAT(OpenOrDie(url_)->PutEntries({entry}), IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto connection = Connect();
  EXPECT_EQ(Number(*connection, "SELECT count(*) FROM winner"), 8);
  // Each was compared with the default only, so the first one that was stored counts.
  EXPECT_EQ(Number(*connection, "SELECT count(*) FROM winner WHERE counts = 1"), 1);
}

// A server of its own, because it is killed.
TEST(PostgresqlServerTest, AKilledServerLosesNothingAcknowledgedAndTheStoreConnectsAgain) {
  PostgresqlServer server;
  const std::string url = server.CreateDatabase();
  const v1::Workload workload = MakeWorkload("conv", {56, 56, 64});
  const auto store = OpenOrDie(url, OpenMode::kServe);
  ASSERT_THAT(store->PutWorkload(workload), IsOk());
  ASSERT_THAT(store->PutSketch(TheSketch()), IsOk());
  std::vector<std::string> acknowledged;
  int failures = 0;
  for (int i = 0; i < 120; ++i) {
    if (i == 50) server.Kill();
    if (i == 70) server.Start();
    const v1::Record record =
        MakeRecord(absl::StrCat("t", i), workload, MakeTarget("box", "x86-64-v4"), i, 100 + i);
    const absl::Status status = store->PutRecord(record);
    if (status.ok()) {
      acknowledged.push_back(record.trial_id());
    } else {
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
      EXPECT_TRUE(IsLogFault(status));
      ++failures;
    }
  }
  EXPECT_GE(failures, 20);
  EXPECT_GE(acknowledged.size(), 95u);
  const auto records = store->FindRecords({});
  ASSERT_THAT(records, IsOk());
  const std::vector<std::string> ids = TrialIds(*records);
  EXPECT_THAT(ids, ::testing::IsSupersetOf(acknowledged));
  EXPECT_THAT(store->Check(), IsOk());
}

}  // namespace
}  // namespace diapason::db
