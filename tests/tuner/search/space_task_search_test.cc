#include "tuner/search/space_task_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <set>

#include "absl/strings/str_cat.h"
#include "compiler/space/schedule_space.h"
#include "compiler/space/sketch_library.h"
#include "compiler/workload/workload.h"
#include "db/record_store.h"
#include "proto/domain/schedule_hash.h"
#include "tests/testing/workloads.h"

namespace diapason::tuner {
namespace {

using ::testing::HasSubstr;

// Answers every request at once with the outcome that the test sets.
class OneOutcome : public Builder {
 public:
  void Build(v1::BuildRequest request, Done done) override {
    rehearsals += request.sketches().empty() ? 0 : 1;
    v1::BuildResponse response;
    *response.mutable_outcome() = outcome;
    done(response);
  }
  int parallelism() const override { return 1; }

  v1::Outcome outcome;
  int rehearsals = 0;
};

class SpaceTaskSearchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = db::OpenRecordStore("sqlite::memory:", db::OpenMode::kReadWrite, nullptr).value();
    sketches_ =
        compiler::space::LoadSketches(absl::StrCat(std::getenv("DIAPASON_SOURCE_DIR"), "/compiler/sketches"))
            .value();
    request_.workload =
        compiler::workload::MakeWorkload(testing::GemmWorkload({.m = 16, .n = 32, .k = 24})).value();
    request_.target.set_vector_bits(256);
    builder_.outcome.set_kind(v1::OUTCOME_KIND_OK);
  }

  absl::StatusOr<std::unique_ptr<TaskSearch>> NewSearch() {
    return NewSpaceTaskSearchFactory(*store_, builder_, sketches_)(request_);
  }

  std::unique_ptr<db::RecordStore> store_;
  std::vector<v1::Sketch> sketches_;
  TaskSearchRequest request_;
  OneOutcome builder_;
};

TEST_F(SpaceTaskSearchTest, SpacesAreOpenedInAWorkerFirst) {
  ASSERT_TRUE(NewSearch().ok());
  EXPECT_EQ(builder_.rehearsals, 1);
  builder_.outcome.set_kind(v1::OUTCOME_KIND_COMPILE_ERROR);
  builder_.outcome.set_message("the builder worker crashed with signal 11 (Segmentation fault)");
  const absl::Status crashed = NewSearch().status();
  EXPECT_EQ(crashed.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(crashed.message(), HasSubstr("signal 11"));
  builder_.outcome.set_kind(v1::OUTCOME_KIND_CANCELLED);
  EXPECT_EQ(NewSearch().status().code(), absl::StatusCode::kUnavailable);
  builder_.outcome.set_kind(v1::OUTCOME_KIND_REJECTED);
  request_.workload.set_text("no MLIR");
  EXPECT_EQ(NewSearch().status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SpaceTaskSearchTest, AWorkloadIsStoredIfItIsWhatItsIdSays) {
  const v1::Workload right = request_.workload;
  request_.workload.set_text(
      compiler::workload::MakeWorkload(testing::GemmWorkload({.m = 8, .n = 32, .k = 24})).value().text());
  const absl::Status wrong = NewSearch().status();
  EXPECT_EQ(wrong.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(wrong.message(), HasSubstr("does not belong to its text"));
  EXPECT_TRUE(absl::IsNotFound(store_->GetWorkload(right.id()).status()));
  request_.workload = right;
  ASSERT_TRUE(NewSearch().ok());
  EXPECT_TRUE(store_->GetWorkload(right.id()).ok());
}

// Records name sketches by their hashes. A text under another's hash would be taken for that one.
TEST_F(SpaceTaskSearchTest, ASketchHasTheHashOfItsText) {
  v1::Sketch forged = sketches_.front();
  forged.set_text(absl::StrCat(forged.text(), "// changed"));
  request_.sketches = {forged};
  const absl::Status wrong = NewSearch().status();
  EXPECT_EQ(wrong.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(wrong.message(), HasSubstr("is not that of its text"));
  EXPECT_TRUE(absl::IsNotFound(store_->GetSketch(forged.hash()).status()));
}

// Not one of them is the fallback sketch's, which is a thousand times slower.
TEST_F(SpaceTaskSearchTest, TheExpectedBestOnSeveralThreadsBeginWithTheDefaultThere) {
  const auto search = NewSearch();
  ASSERT_TRUE(search.ok()) << search.status();
  const auto space =
      compiler::space::ScheduleSpace::Create(request_.workload.text(), sketches_, request_.target, 3);
  ASSERT_TRUE(space.ok()) << space.status();
  const std::vector<v1::Schedule> best = (*search)->ExpectedBest(3, 4);
  ASSERT_EQ(best.size(), 4);
  EXPECT_EQ((*space)->AnalyticCost((*space)->FromSchedule(best[0]).value()), 0);
  std::set<std::string> hashes;
  float last = 0;
  for (const v1::Schedule& schedule : best) {
    hashes.insert(ScheduleHash(schedule));
    EXPECT_EQ(schedule.sketch_hash(), best[0].sketch_hash());
    EXPECT_TRUE((*search)->Make(schedule).ok());
    const float cost = (*space)->AnalyticCost((*space)->FromSchedule(schedule).value());
    EXPECT_GE(cost, last);
    last = cost;
  }
  EXPECT_EQ(hashes.size(), 4);
}

// A sketch whose schedules never build. The fallback sketch is tried as long as no schedule works, and not
// after one has worked.
TEST_F(SpaceTaskSearchTest, FailuresBringTheFallbackSketch) {
  for (const bool works : {false, true}) {
    const auto search = NewSearch().value();
    std::set<std::string> proposed;
    for (int round = 0; round < 6; ++round) {
      std::vector<Observation> observations;
      for (const Candidate& candidate : search->Next(2)) {
        proposed.insert(candidate.schedule.sketch_name());
        observations.push_back({candidate.config, candidate.feature_row,
                                works ? 10 + round : std::numeric_limits<double>::infinity()});
      }
      search->Observe(observations);
    }
    EXPECT_EQ(proposed.contains("default"), !works);
    EXPECT_TRUE(proposed.contains("gemm"));
  }
}

// The feature row of a schedule is the one by which the search ranked it, wherever the schedule comes
// from. Schedules of records are not proposed again.
TEST_F(SpaceTaskSearchTest, RecordsAreLearntFromAndNotProposedAgain) {
  const auto first = NewSearch().value();
  std::set<std::string> recorded;
  const auto second = NewSearch().value();
  for (const Candidate& candidate : first->Next(10)) {
    const Candidate made = first->Make(candidate.schedule).value();
    EXPECT_EQ(made.config, candidate.config);
    EXPECT_EQ(made.script, candidate.script);
    EXPECT_EQ(made.feature_row.size(), candidate.feature_row.size());
    v1::Record record;
    *record.mutable_schedule() = candidate.schedule;
    record.mutable_feature_row()->Assign(candidate.feature_row.begin(), candidate.feature_row.end());
    record.set_feature_schema(candidate.feature_schema);
    second->ObserveRecord(record, 10);
    recorded.insert(ScheduleHash(candidate.schedule));
  }
  ASSERT_EQ(recorded.size(), 10u);
  v1::Record foreign;
  foreign.mutable_schedule()->set_sketch_hash("of another task");
  second->ObserveRecord(foreign, 1);
  for (const Candidate& candidate : second->Next(10))
    EXPECT_FALSE(recorded.contains(ScheduleHash(candidate.schedule)));
}

}  // namespace
}  // namespace diapason::tuner
