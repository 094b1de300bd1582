#include "tuner/job/final_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/base/content_hash.h"
#include "proto/domain/schedule_hash.h"
#include "proto/domain/target_fingerprint.h"
#include "tests/tuner/job/one_task_fixture.h"

namespace diapason::tuner {
namespace {

// One task whose schedules 0 to 9 have worked, and the part that is tested.
class FinalComparisonTest : public OneTaskTest {
 protected:
  void Begin(ScriptedMeasurer::Script script, ScriptedBuilder::Outcomes builds = nullptr) {
    StoreWorkload();
    builder_ = std::make_unique<ScriptedBuilder>(std::move(builds));
    MakeTask(*builder_, std::move(script));
    v1::Outcome ok;
    ok.set_kind(v1::OUTCOME_KIND_OK);
    for (int64_t number = 0; number < 10; ++number) {
      task_->state.AddTrial(NumberSchedule(number), ok, Improving(absl::StrCat("workload-0:", number)));
    }
    comparison_ = std::make_unique<FinalComparison>(*context_, *references_);
  }

  void TearDown() override {
    comparison_->Close();
    references_->Close();
  }

  void Run() {
    comparison_->Start(*task_, threads_);
    for (int i = 0; i < 1000 && !comparison_->IsOver(); ++i) {
      comparison_->RestartFailed();
      absl::SleepFor(absl::Milliseconds(5));
    }
    EXPECT_TRUE(comparison_->IsOver());
  }

  absl::StatusOr<v1::Decision> Decision() { return store_->GetDecision(TestTask(0)); }

  // The schedules that were compared, according to the log.
  std::set<int64_t> Compared() {
    std::set<int64_t> compared;
    for (const v1::Record& record : Records(*store_, v1::TRIAL_PHASE_FINAL)) {
      compared.insert(record.schedule().knobs(0).value());
    }
    return compared;
  }

  int threads_ = 1;
  std::unique_ptr<ScriptedBuilder> builder_;
  std::unique_ptr<FinalComparison> comparison_;
};

TEST_F(FinalComparisonTest, TheBestAreComparedWithTheDefaultAndOneIsChosen) {
  Begin({.time_us = Improving});
  Run();
  EXPECT_THAT(Compared(), ::testing::ElementsAre(0, 4, 5, 6, 7, 8, 9));
  EXPECT_EQ(builder_->builds(), 8) << "seven finalists and the reference";
  const auto decision = Decision();
  ASSERT_TRUE(decision.ok()) << decision.status();
  EXPECT_EQ(decision->verdict(), v1::VERDICT_FASTER);
  EXPECT_NEAR(decision->speed_up(), 10, 1e-9);
  const v1::TaskStatus status = task_->state.ToStatus("");
  EXPECT_EQ(status.verdict(), v1::VERDICT_FASTER);
  EXPECT_EQ(status.default_us(), 1000);
  EXPECT_EQ(ScheduleHash(status.best_schedule()), ScheduleHash(NumberSchedule(9)));
  for (const v1::Record& record : Records(*store_, v1::TRIAL_PHASE_FINAL)) EXPECT_EQ(record.attempt(), 1);
}

// Each number of threads has its records, its decision and its result.
TEST_F(FinalComparisonTest, EachNumberOfThreadsIsComparedOnItsOwn) {
  Begin({.time_us = Improving});
  Run();
  threads_ = 2;
  Run();
  std::map<int, int> records;
  for (const v1::Record& record : Records(*store_, v1::TRIAL_PHASE_FINAL)) {
    ++records[record.threads()];
    EXPECT_TRUE(absl::EndsWith(record.task_id(), absl::StrCat("-", record.threads()))) << record.task_id();
  }
  EXPECT_THAT(records, ::testing::ElementsAre(std::pair(1, 7), std::pair(2, 13)));
  TaskKey key = TestTask(0);
  key.threads = 2;
  ASSERT_TRUE(store_->GetDecision(key).ok());
  EXPECT_NE(store_->GetDecision(key)->trial_id(), Decision()->trial_id());
  const v1::TaskStatus status = task_->state.ToStatus("");
  ASSERT_EQ(status.by_threads_size(), 2);
  EXPECT_EQ(status.by_threads(1).threads(), 2);
  EXPECT_EQ(status.by_threads(1).verdict(), v1::VERDICT_FASTER);
  EXPECT_EQ(status.default_us(), status.by_threads(0).default_us());
}

// The search measures on one thread, so what is fast on several may be untried. A schedule that fails there
// must not prevent the comparison of those that have worked.
TEST_F(FinalComparisonTest, UntriedSchedulesAreComparedOnSeveralThreads) {
  Begin({.time_us = Improving});
  threads_ = 2;
  Run();
  EXPECT_THAT(Compared(), ::testing::ElementsAre(0, 4, 5, 6, 7, 8, 9, 94, 95, 96, 97, 98, 99));
}

TEST_F(FinalComparisonTest, IfUntriedSchedulesFailTheTriedOnesAreComparedAlone) {
  Begin({.time_us = Improving, .outcome = [](const v1::MeasureRequest& task, const std::string&) {
           return task.rival_hashes_size() > 6 ? v1::OUTCOME_KIND_CRASHED : v1::OUTCOME_KIND_OK;
         }});
  threads_ = 2;
  Run();
  EXPECT_THAT(Compared(), ::testing::ElementsAre(0, 4, 5, 6, 7, 8, 9));
}

// A kernel with a single unit of work is no faster on two threads.
TEST_F(FinalComparisonTest, SchedulesWithEnoughUnitsAreFinalistsForSeveralThreads) {
  Begin({.time_us = Improving});
  v1::Outcome ok;
  ok.set_kind(v1::OUTCOME_KIND_OK);
  for (int64_t number = 1; number < 10; ++number) {
    const StageUnits units = {number <= 3 ? 8 : 1};
    task_->state.AddTrial(NumberSchedule(number), ok, 100 - static_cast<double>(number), units);
  }
  EXPECT_EQ(ScheduleHash(task_->state.BestSchedules(1).front()), ScheduleHash(NumberSchedule(9)));
  EXPECT_EQ(ScheduleHash(task_->state.BestSchedules(2).front()), ScheduleHash(NumberSchedule(3)));
  EXPECT_EQ(ScheduleHash(task_->state.BestSchedules(2)[3]), ScheduleHash(NumberSchedule(9)));
}

TEST(ExpectedShareTest, ThreadsShareTheUnitsOfEachStage) {
  EXPECT_EQ(ExpectedShare({}, 2), 1) << "the units are not known";
  EXPECT_EQ(ExpectedShare({1}, 4), 1);
  EXPECT_EQ(ExpectedShare({5}, 2), 0.6);
  EXPECT_EQ(ExpectedShare({8, 1}, 2), 0.75);
  EXPECT_EQ(ExpectedShare({0}, 2), 1);
}

TEST_F(FinalComparisonTest, AComparisonThatFailsIsRepeatedWithOneScheduleFewer) {
  Begin({.time_us = Improving, .outcome = [](const v1::MeasureRequest& task, const std::string&) {
           return task.rival_hashes_size() == 6 ? v1::OUTCOME_KIND_CRASHED : v1::OUTCOME_KIND_OK;
         }});
  Run();
  EXPECT_THAT(Compared(), ::testing::ElementsAre(0, 5, 6, 7, 8, 9));
  EXPECT_EQ(task_->final_attempts[1], 2);
  EXPECT_EQ(Records(*store_, v1::TRIAL_PHASE_FINAL).front().attempt(), 2);
  EXPECT_TRUE(task_->state.has_final(1));
}

TEST_F(FinalComparisonTest, AfterTheLastAttemptNothingIsDecided) {
  Begin({.time_us = Improving, .outcome = [](const v1::MeasureRequest&, const std::string&) {
           return v1::OUTCOME_KIND_THROTTLED;
         }});
  Run();
  EXPECT_EQ(task_->final_attempts[1], context_->config.attempts);
  EXPECT_FALSE(task_->state.has_final(1));
  EXPECT_TRUE(absl::IsNotFound(Decision().status()));
}

TEST_F(FinalComparisonTest, AScheduleThatDoesNotBuildTakesNoPart) {
  Begin({.time_us = Improving}, [](const v1::BuildRequest& request) {
    return request.script() == "9" ? v1::OUTCOME_KIND_COMPILE_ERROR : v1::OUTCOME_KIND_OK;
  });
  Run();
  EXPECT_THAT(Compared(), ::testing::ElementsAre(0, 4, 5, 6, 7, 8));
  EXPECT_NEAR(Decision()->speed_up(), 9, 1e-9);
}

TEST_F(FinalComparisonTest, WithNothingThatBuildsThereIsNoComparison) {
  Begin({.time_us = Improving}, [](const v1::BuildRequest& request) {
    return request.optimization() == v1::OPTIMIZATION_FULL ? v1::OUTCOME_KIND_COMPILE_ERROR
                                                           : v1::OUTCOME_KIND_OK;
  });
  Run();
  EXPECT_TRUE(measurer_->measured().empty());
  EXPECT_FALSE(task_->state.has_final(1));
}

TEST_F(FinalComparisonTest, NothingIsStoredAfterClose) {
  Begin({.time_us = Improving});
  measurer_->Pause(true);
  comparison_->Start(*task_, threads_);
  EXPECT_FALSE(comparison_->IsOver());
  comparison_->Close();
  EXPECT_TRUE(comparison_->IsOver());
  measurer_->Pause(false);
  absl::SleepFor(absl::Milliseconds(20));
  EXPECT_TRUE(Compared().empty());
  EXPECT_FALSE(task_->state.has_final(1));
}

}  // namespace
}  // namespace diapason::tuner
