// Tests logs whose file is damaged, in every place and in several ways. Opening the log and every read
// must either be right or return an error with the mark of db/log_fault.h, which the programs turn into
// exit code 3. They must never crash or return another kind of error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "db/log_fault.h"
#include "db/record_store.h"
#include "proto/domain/target_fingerprint.h"
#include "tests/db/log_fixtures.h"
#include "tests/testing/status_matchers.h"

namespace diapason::db {
namespace {

constexpr size_t kPage = 4096;

class DamagedLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    {
      const auto store = OpenOrDie(url_);
      ASSERT_THAT(store->PutSketch(TheSketch()), IsOk());
      for (const v1::Workload& workload : {conv_, near_}) {
        ASSERT_THAT(store->PutWorkload(workload), IsOk());
        for (int i = 0; i < 12; ++i) {
          v1::Record record = MakeRecord(absl::StrCat(workload.summary(), i), workload, box_, i, 100 + i);
          for (int sample = 0; sample < 300; ++sample)
            record.mutable_measurement()->add_samples_us(sample + 0.1);
          ASSERT_THAT(store->PutRecord(record), IsOk());
        }
        v1::LogEntry entry;
        *entry.mutable_decision() = MakeDecision(workload, box_,
                                                 {.trial_id = absl::StrCat(workload.summary(), 1),
                                                  .default_trial_id = absl::StrCat(workload.summary(), 0)});
        ASSERT_THAT(store->PutEntries({entry}), IsOk());
      }
      ASSERT_THAT(store->PutJob({.job_id = "job-1", .request = {}, .status = {}}), IsOk());
    }
    std::ifstream file(path_, std::ios::binary);
    sound_.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    ASSERT_GE(sound_.size(), 12 * kPage);
  }

  // Reads a log of these bytes in every way. Returns true if every call succeeded.
  bool Reads(const std::string& bytes, OpenMode mode, const std::string& what) {
    std::filesystem::remove(path_ + "-wal");
    std::filesystem::remove(path_ + "-shm");
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
    const auto store = OpenRecordStore(url_, mode, TodaysIdentity);
    bool all_well = true;
    const auto expect_fault = [&](const absl::Status& status, const char* call) {
      if (status.ok()) return;
      all_well = false;
      EXPECT_TRUE(IsLogFault(status)) << what << ": " << call << ": " << status;
      EXPECT_FALSE(status.message().empty()) << what << ": " << call;
    };
    expect_fault(store.status(), "OpenRecordStore");
    if (!store.ok()) return false;
    expect_fault((*store)->FindRecords({}).status(), "FindRecords");
    expect_fault((*store)->FindRecords({.structure_id = "conv"}).status(), "FindRecords of a structure");
    expect_fault((*store)->Lookup(conv_, box_, {}).status(), "Lookup");
    expect_fault((*store)->FindWorkloads("").status(), "FindWorkloads");
    expect_fault((*store)->ListJobs().status(), "ListJobs");
    expect_fault((*store)->Check(), "Check");
    return all_well;
  }

  void ExpectFaultsOf(const std::string& bytes, const std::string& what) {
    for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
      EXPECT_FALSE(Reads(bytes, mode, what)) << what << " was not noticed";
    }
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.File("log.db");
  const std::string url_ = "sqlite:" + path_;
  const v1::Workload conv_ = MakeWorkload("conv", {56, 56, 64});
  const v1::Workload near_ = MakeWorkload("conv", {56, 56, 128});
  const v1::Target box_ = MakeTarget("box", "x86-64-v4");
  std::string sound_;
};

TEST_F(DamagedLogTest, TheSoundOneIsRead) {
  EXPECT_TRUE(Reads(sound_, OpenMode::kReadOnly, "sound"));
  EXPECT_TRUE(Reads(sound_, OpenMode::kReadWrite, "sound"));
}

TEST_F(DamagedLogTest, EveryPageZeroed) {
  for (size_t page = 0; page * kPage < sound_.size(); ++page) {
    std::string bytes = sound_;
    bytes.replace(page * kPage, kPage, kPage, '\0');
    ExpectFaultsOf(bytes, absl::StrCat("page ", page, " zeroed"));
  }
}

TEST_F(DamagedLogTest, AllPagesButTheFirstZeroed) {
  ExpectFaultsOf(sound_.substr(0, kPage) + std::string(sound_.size() - kPage, '\0'),
                 "all pages but one zeroed");
}

TEST_F(DamagedLogTest, EveryPageOverwritten) {
  for (size_t page = 0; page * kPage < sound_.size(); ++page) {
    std::string bytes = sound_;
    for (size_t i = 0; i < kPage; ++i) bytes[page * kPage + i] = static_cast<char>(i * 131 + page * 7 + 3);
    ExpectFaultsOf(bytes, absl::StrCat("page ", page, " overwritten"));
  }
}

TEST_F(DamagedLogTest, EveryLength) {
  for (size_t length = 0; length < sound_.size(); length += 1000) {
    const std::string what = absl::StrCat("cut to ", length, " bytes");
    // For a writer, an empty file is a log that has yet to be created.
    if (length > 0) Reads(sound_.substr(0, length), OpenMode::kReadWrite, what);
    EXPECT_FALSE(Reads(sound_.substr(0, length), OpenMode::kReadOnly, what)) << what;
  }
}

TEST_F(DamagedLogTest, TheHeaderZeroed) {
  for (size_t length : {16, 50, 100}) {
    std::string bytes = sound_;
    bytes.replace(0, length, length, '\0');
    ExpectFaultsOf(bytes, absl::StrCat("the first ", length, " bytes zeroed"));
  }
}

// A small damaged piece may be free space, or inside of a text. Then what is read may be right or wrong,
// but there must be no error of another kind.
TEST_F(DamagedLogTest, SmallPiecesZeroed) {
  for (size_t at = 100; at < sound_.size(); at += 523) {
    std::string bytes = sound_;
    bytes.replace(at, 64, std::min<size_t>(64, bytes.size() - at), '\0');
    Reads(bytes, OpenMode::kReadOnly, absl::StrCat("64 bytes zeroed at ", at));
  }
}

TEST_F(DamagedLogTest, AWriteAheadLogOfGarbage) {
  for (const std::string& wal : {std::string(40000, 'x'), std::string(10, '\0'), std::string(40000, '\0')}) {
    std::ofstream(path_ + "-wal", std::ios::binary) << wal;
    const auto store = OpenRecordStore(url_, OpenMode::kReadOnly, TodaysIdentity);
    ASSERT_THAT(store, IsOk());
    EXPECT_EQ((*store)->FindRecords({})->size(), 24u);
  }
}

}  // namespace
}  // namespace diapason::db
