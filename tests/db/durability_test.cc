// Tests what happens to the log when its writer is killed, the disk is full, the file is damaged, or
// permissions are missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "absl/strings/str_cat.h"
#include "db/log_fault.h"
#include "db/record_store.h"
#include "tests/db/log_fixtures.h"
#include "tests/testing/status_matchers.h"

namespace diapason::db {
namespace {

using ::testing::HasSubstr;

const v1::Workload& TheWorkload() {
  static const auto* workload = new v1::Workload(MakeWorkload("conv", {56, 56, 64}));
  return *workload;
}

v1::Record Numbered(int number) {
  v1::Record record = MakeRecord(absl::StrCat("t", number), TheWorkload(), MakeTarget("box", "x86-64-v4"),
                                 number, 100 + number);
  for (int i = 0; i < 100; ++i) record.mutable_measurement()->add_samples_us(number + 0.1 * i);
  return record;
}

class DurabilityTest : public ::testing::Test {
 protected:
  std::unique_ptr<RecordStore> OpenWithReferences() {
    auto store = OpenOrDie(url_);
    EXPECT_THAT(store->PutWorkload(TheWorkload()), IsOk());
    EXPECT_THAT(store->PutSketch(TheSketch()), IsOk());
    return store;
  }
  std::set<std::string> StoredIds() {
    const auto store = OpenOrDie(url_, OpenMode::kReadOnly);
    EXPECT_THAT(store->Check(), IsOk());
    const auto records = store->FindRecords({});
    EXPECT_THAT(records, IsOk());
    const std::vector<std::string> ids = TrialIds(*records);
    return {ids.begin(), ids.end()};
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.File("log.db");
  const std::string url_ = "sqlite:" + path_;
};

// The child writes the number of every record to a pipe as soon as the record is acknowledged. It is
// killed while it writes.
TEST_F(DurabilityTest, AKilledWriterLosesNothingAcknowledged) {
  OpenWithReferences().reset();
  int acknowledged[2];
  ASSERT_EQ(pipe(acknowledged), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto store = OpenOrDie(url_);
    for (int i = 0;; ++i) {
      if (!store->PutRecord(Numbered(i)).ok()) _exit(1);
      if (write(acknowledged[1], &i, sizeof i) != sizeof i) _exit(2);
    }
  }
  close(acknowledged[1]);
  int last = -1, number = 0;
  while (last < 200 && read(acknowledged[0], &number, sizeof number) == sizeof number) last = number;
  ASSERT_EQ(kill(child, SIGKILL), 0);
  while (read(acknowledged[0], &number, sizeof number) == sizeof number) last = number;
  close(acknowledged[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));

  const std::set<std::string> stored = StoredIds();
  for (int i = 0; i <= last; ++i) EXPECT_TRUE(stored.contains(absl::StrCat("t", i))) << i;
  EXPECT_LE(stored.size(), static_cast<size_t>(last) + 2) << "it contains a record that was never offered";
  EXPECT_THAT(OpenOrDie(url_)->PutRecord(Numbered(1'000'000)), IsOk()) << "the next writer can continue";
}

// A limit of the file size has the same effect as a full disk: writing fails at some page, and works again
// later.
TEST_F(DurabilityTest, AFullDiskLosesNothingAndTheSameRecordFitsLater) {
  const auto store = OpenWithReferences();
  struct rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small = {1 << 20, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  int stored = 0;
  absl::Status failure;
  for (; stored < 10'000; ++stored) {
    failure = store->PutRecord(Numbered(stored));
    if (!failure.ok()) break;
  }
  const auto read_when_full = store->FindRecords({.limit = 1});
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, old_handler);

  EXPECT_THAT(failure, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(std::string(failure.message()), HasSubstr("try again"));
  EXPECT_THAT(read_when_full, IsOk());
  ASSERT_GT(stored, 10);
  EXPECT_EQ(StoredIds().size(), static_cast<size_t>(stored));
  EXPECT_THAT(store->PutRecord(Numbered(stored)), IsOk());
  EXPECT_EQ(StoredIds().size(), static_cast<size_t>(stored) + 1);
}

// The records of a paired comparison and its decision are stored all together or not at all.
TEST_F(DurabilityTest, AFullDiskStoresNoPartOfEntriesThatBelongTogether) {
  const auto store = OpenWithReferences();
  std::vector<v1::LogEntry> entries(9);
  for (int i = 0; i < 8; ++i) {
    v1::Record record = Numbered(i);
    for (int k = 0; k < 20'000; ++k) record.mutable_measurement()->add_samples_us(k + 0.1);
    *entries[i].mutable_record() = std::move(record);
  }
  *entries[8].mutable_decision() = MakeDecision(TheWorkload(), MakeTarget("box", "x86-64-v4"),
                                                {.trial_id = "t1", .default_trial_id = "t0"});
  struct rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small = {1 << 20, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto stored = store->PutEntries(entries);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, old_handler);

  EXPECT_THAT(stored, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(StoredIds().empty());
  const auto again = store->PutEntries(entries);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->new_records, 8);
  EXPECT_EQ(store->FindDecision("t1")->default_trial_id(), "t0");
}

TEST_F(DurabilityTest, AFileThatIsNoDatabaseIsDataLoss) {
  std::ofstream(path_)
      << "this is certainly not an SQLite file, although it is long enough for the header of one: "
      << std::string(4096, 'x');
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
    const auto store = OpenRecordStore(url_, mode, TodaysIdentity);
    EXPECT_THAT(store, StatusIs(absl::StatusCode::kDataLoss));
    EXPECT_THAT(std::string(store.status().message()), HasSubstr("log.db"));
  }
}

TEST_F(DurabilityTest, ATruncatedLogIsDataLoss) {
  {
    const auto store = OpenWithReferences();
    for (int i = 0; i < 200; ++i) ASSERT_THAT(store->PutRecord(Numbered(i)), IsOk());
  }
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) / 2 / 4096 * 4096);
  const auto store = OpenRecordStore(url_, OpenMode::kReadOnly, TodaysIdentity);
  const absl::Status found = store.ok() ? (*store)->FindRecords({}).status() : store.status();
  EXPECT_THAT(found, StatusIs(absl::StatusCode::kDataLoss));
  if (store.ok()) EXPECT_THAT((*store)->Check(), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(DurabilityTest, OverwrittenPagesAreDataLoss) {
  {
    const auto store = OpenWithReferences();
    for (int i = 0; i < 200; ++i) ASSERT_THAT(store->PutRecord(Numbered(i)), IsOk());
  }
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  for (int page = 24; page < 70; ++page) {
    file.seekp(page * 4096);
    file << std::string(4096, static_cast<char>(0xa5));
  }
  file.close();
  const auto store = OpenRecordStore(url_, OpenMode::kReadOnly, TodaysIdentity);
  ASSERT_THAT(store, IsOk());
  EXPECT_THAT((*store)->FindRecords({}), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT((*store)->Check(), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(DurabilityTest, AMissingLogOrFolderIsNotFound) {
  EXPECT_THAT(OpenRecordStore(url_, OpenMode::kReadOnly, TodaysIdentity),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_THAT(OpenRecordStore("sqlite:/no/such/folder/log.db", OpenMode::kReadWrite, TodaysIdentity),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(DurabilityTest, AnUnknownUrlIsRefused) {
  for (const char* url : {"", "log.db", "sqlite:", "mysql://host/db"}) {
    const absl::Status status = OpenRecordStore(url, OpenMode::kReadOnly, TodaysIdentity).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument)) << url;
    EXPECT_FALSE(IsLogFault(status)) << url;  // no log has been tried
  }
}

TEST_F(DurabilityTest, PathsMayHoldWhatMeansSomethingInAUri) {
  const std::string url = "sqlite:" + folder_.File("50% of ?mode=memory#1.db");
  OpenOrDie(url).reset();
  EXPECT_TRUE(std::filesystem::exists(folder_.File("50% of ?mode=memory#1.db")));
}

// Runs `test` as a user who, unlike root, cannot ignore permissions. Returns whether `test` returned true.
bool AsNobody(const std::function<bool()>& test) {
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(3);
    _exit(test() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(DurabilityTest, AReadOnlyLogCanBeReadButNotOpenedForWriting) {
  {
    const auto store = OpenWithReferences();
    ASSERT_THAT(store->PutRecord(Numbered(1)), IsOk());
  }
  ASSERT_EQ(chmod(path_.c_str(), 0444), 0);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0555), 0);
  EXPECT_TRUE(AsNobody([&] {
    const absl::Status status = OpenRecordStore(url_, OpenMode::kReadWrite, TodaysIdentity).status();
    return status.code() == absl::StatusCode::kPermissionDenied &&
           std::string(status.message()).find("log.db") != std::string::npos;
  }));
  EXPECT_TRUE(AsNobody([&] {
    const auto store = OpenRecordStore(url_, OpenMode::kReadOnly, TodaysIdentity);
    return store.ok() && (*store)->FindRecords({}).ok() && (*store)->FindRecords({})->size() == 1 &&
           absl::IsPermissionDenied((*store)->PutRecord(Numbered(2)));
  }));
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
}

TEST_F(DurabilityTest, AFolderThatTakesNoNewFileIsPermissionDenied) {
  ASSERT_EQ(chmod(folder_.path().c_str(), 0555), 0);
  EXPECT_TRUE(AsNobody([&] {
    return absl::IsPermissionDenied(OpenRecordStore(url_, OpenMode::kReadWrite, TodaysIdentity).status());
  }));
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
}

TEST_F(DurabilityTest, AReaderLeavesNoFileBesideTheLog) {
  OpenWithReferences().reset();
  {
    const auto reader = OpenOrDie(url_, OpenMode::kReadOnly);
    EXPECT_THAT(reader->FindRecords({}), IsOk());
  }
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    names.push_back(entry.path().filename());
  }
  EXPECT_THAT(names, ::testing::ElementsAre("log.db"));
}

TEST_F(DurabilityTest, AReaderSeesWhatAnotherConnectionWrites) {
  const auto writer = OpenWithReferences();
  const auto reader = OpenOrDie(url_, OpenMode::kReadOnly);
  EXPECT_TRUE(reader->FindRecords({})->empty());
  ASSERT_THAT(writer->PutRecord(Numbered(1)), IsOk());
  EXPECT_EQ(reader->FindRecords({})->size(), 1u);
  EXPECT_THAT(reader->PutRecord(Numbered(2)), StatusIs(absl::StatusCode::kPermissionDenied));
}

}  // namespace
}  // namespace diapason::db
