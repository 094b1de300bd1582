#include "tuner/cli/report_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/db/log_fixtures.h"
#include "tests/testing/status_matchers.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

class ReportFileTest : public ::testing::Test {
 protected:
  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  }

  db::TemporaryFolder folder_;
};

TEST_F(ReportFileTest, IsWrittenIntoANewFolderAndReplaced) {
  const std::string out = folder_.File("a/b");
  EXPECT_THAT(WriteReport(out, "first"), IsOkAndHolds(out + "/report.html"));
  EXPECT_THAT(WriteReport(out, "second"), IsOk());
  EXPECT_EQ(Read(out + "/report.html"), "second");
  EXPECT_FALSE(std::filesystem::exists(out + "/report.html.partial"));
}

TEST_F(ReportFileTest, APlaceThatCannotBeWrittenIsNamed) {
  std::ofstream(folder_.File("file")) << "no folder";
  EXPECT_THAT(WriteReport(folder_.File("file"), "page"),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr(folder_.File("file/report.html"))));
}

TEST_F(ReportFileTest, TheRecordsOfTheJobAreReadFromTheLog) {
  const std::string url = "sqlite:" + folder_.File("tuning.db");
  const v1::Workload workload = db::MakeWorkload("conv", {1});
  const v1::Target target = db::MakeTarget("box", "cpu");
  {
    const auto store = db::OpenOrDie(url);
    ASSERT_THAT(store->PutWorkload(workload), IsOk());
    ASSERT_THAT(store->PutSketch(db::TheSketch()), IsOk());
    for (const char* id : {"mine-1", "mine-2", "other-1"}) {
      v1::Record record = db::MakeRecord(id, workload, target, 1, 10);
      record.set_job_id(std::string(id, 4));
      ASSERT_THAT(store->PutRecord(record), IsOk());
    }
  }
  v1::JobStatus job;
  job.set_job_id("mine");
  LogOption log;
  log.db = url;
  const auto records = ReadJobRecords(log, job, {});
  ASSERT_THAT(records, IsOk());
  EXPECT_EQ(records->scope, RecordScope::kJob);
  EXPECT_EQ(records->summary.records(), 2);
  log.db = "sqlite:" + folder_.File("none.db");
  EXPECT_THAT(ReadJobRecords(log, job, {}), StatusIs(absl::StatusCode::kNotFound, HasSubstr("none.db")));
}

}  // namespace
}  // namespace diapason::tuner
