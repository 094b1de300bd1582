// Logs of earlier releases, opened with this release's compiler.
#include "tuner/compile/tuning_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "compiler/workload/workload.h"
#include "tests/db/log_fixtures.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/workloads.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

TEST(TuningLogTest, ALogOfVersion2IsFoundOnTheExactRung) {
  const db::TemporaryFolder folder;
  const std::string url = absl::StrCat("sqlite:", folder.File("log.db"));
  db::WriteLogOfVersion2(folder.File("log.db"));
  for (const db::OpenMode mode : {db::OpenMode::kReadOnly, db::OpenMode::kReadWrite, db::OpenMode::kServe}) {
    const auto store = OpenTuningLog(url, mode);
    ASSERT_THAT(store, IsOk());
    const auto target = (*store)->FindTargetOfDevice("box-1");
    ASSERT_THAT(target, IsOk());
    const auto workloads = (*store)->FindWorkloads("");
    ASSERT_THAT(workloads, IsOk());
    EXPECT_EQ(workloads->size(), 3u);
    for (const v1::Workload& stored : *workloads) {
      const auto today = compiler::workload::MakeWorkload(stored.text());
      ASSERT_THAT(today, IsOk());
      EXPECT_EQ(stored.id(), today->id());
      EXPECT_EQ(stored.structure_id(), today->structure_id());
      const auto found = (*store)->Lookup(*today, *target, {});
      ASSERT_THAT(found, IsOk());
      ASSERT_GE(found->candidates_size(), 2) << stored.summary();
      const v1::LookupCandidate& best = found->candidates(0);
      EXPECT_EQ(best.rung(), v1::RUNG_EXACT);
      EXPECT_EQ(best.record().workload_id(), today->id());
      EXPECT_THAT(best.reason(), HasSubstr("this workload on this target: "));
    }
    // The two products have the same structure, so each is the neighbour of the other.
    const auto product = (*store)->FindRecords({.structure_id = (*workloads)[0].structure_id()});
    EXPECT_THAT(product, IsOk());
  }
}

TEST(TuningLogTest, AWorkloadGetsTodaysIds) {
  v1::Workload old = compiler::workload::MakeWorkload(testing::GemmWorkload({}), "mine").value();
  const v1::Workload today = old;
  old.set_id("old");
  old.set_structure_id("old");
  const auto updated = TodaysIdentity(old);
  ASSERT_THAT(updated, IsOk());
  EXPECT_EQ(updated->SerializeAsString(), today.SerializeAsString());
}

TEST(TuningLogTest, ATextThatIsNotAWorkloadIsRefused) {
  v1::Workload old;
  for (const char* text : {"", "no MLIR", "func.func @f(%a: f32) -> f32 { return %a : f32 }"}) {
    old.set_text(text);
    EXPECT_THAT(TodaysIdentity(old), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace diapason::tuner
