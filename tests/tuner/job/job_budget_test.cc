#include "tuner/job/job_budget.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/testing/fake_clock.h"

namespace diapason::tuner {
namespace {

class JobBudgetTest : public ::testing::Test {
 protected:
  JobBudget Make(int64_t trials, absl::Duration time, JobSize size = {.tasks = 1}) {
    v1::Budget budget;
    budget.set_trials(trials);
    budget.set_duration_us(absl::ToInt64Microseconds(time));
    return JobBudget(budget, size, config_, clock_, metrics_);
  }

  // Adds a trial that kept its device busy for this long.
  void AddTrial(absl::Duration busy) {
    v1::MeasureResult result;
    result.set_busy_us(absl::ToDoubleMicroseconds(busy));
    metrics_.AddResult(absl::ZeroDuration(), result);
  }

  void AddBuild(absl::Duration time) {
    google::protobuf::RepeatedPtrField<v1::StageTime> stages;
    v1::StageTime& stage = *stages.Add();
    stage.set_stage("llvm");
    stage.set_us(absl::ToDoubleMicroseconds(time));
    metrics_.AddBuild(stages);
  }

  JobConfig config_;
  FakeClock clock_;
  JobMetrics metrics_;
};

TEST_F(JobBudgetTest, TrialsInFlightCountForTheLimit) {
  const JobBudget budget = Make(10, absl::ZeroDuration());
  EXPECT_EQ(budget.TrialsLeft(4, 3), 3);
  EXPECT_FALSE(budget.SearchIsOver(4, 5, 1));
  EXPECT_TRUE(budget.SearchIsOver(4, 6, 1));
  EXPECT_FALSE(budget.has_time_limit());
  EXPECT_FALSE(budget.ComparisonsAreOver());
}

TEST_F(JobBudgetTest, TimeCountsFromTheFirstTrialAndEarlierServersCount) {
  JobBudget budget = Make(0, absl::Minutes(10), {.tasks = 1, .earlier = absl::Minutes(4)});
  clock_.Advance(absl::Minutes(3));  // the spaces are being opened
  EXPECT_EQ(budget.Elapsed(), absl::Minutes(4));
  EXPECT_EQ(budget.SinceFirstTrial(), std::nullopt);
  budget.BeginTrials();
  clock_.Advance(absl::Minutes(2));
  budget.BeginTrials();
  EXPECT_EQ(budget.Elapsed(), absl::Minutes(6));
  EXPECT_EQ(budget.SinceFirstTrial(), absl::Minutes(2));
  EXPECT_EQ(budget.TrialsLeft(1'000, 100), std::numeric_limits<int64_t>::max());
  budget.End();
  clock_.Advance(absl::Minutes(2));
  EXPECT_EQ(budget.Elapsed(), absl::Minutes(6)) << "time after the end does not count";
}

TEST_F(JobBudgetTest, TheSearchLeavesTimeForTheComparisons) {
  JobBudget budget = Make(0, absl::Minutes(1), {.tasks = 4, .builders = 2});
  budget.BeginTrials();
  // For each of four tasks, 7 finalists of 250 ms and 200 ms of overhead on one device; and one second for
  // the job.
  const absl::Duration measuring =
      4 * (7 * config_.final_budget + absl::Milliseconds(200)) + absl::Seconds(1);
  EXPECT_EQ(budget.FinalsReserve(1), measuring);
  EXPECT_LT(budget.FinalsReserve(4), budget.FinalsReserve(1));
  clock_.Advance(absl::Minutes(1) - measuring - absl::Milliseconds(1));
  EXPECT_FALSE(budget.SearchIsOver(10, 2, 1));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(budget.SearchIsOver(10, 2, 1));
  AddBuild(absl::Milliseconds(200));  // full builds take six times as long, two at a time
  EXPECT_EQ(budget.FinalsReserve(1), 4 * 6 * 7 * absl::Milliseconds(200) / 2 + absl::Seconds(1));
}

TEST_F(JobBudgetTest, AShortBudgetIsNotSpentOnTheComparisonsAlone) {
  const JobBudget budget = Make(0, absl::Seconds(9), {.tasks = 20});
  EXPECT_EQ(budget.FinalsReserve(1), absl::Seconds(3));
}

TEST_F(JobBudgetTest, ComparisonsEndSoonAfterTheTime) {
  JobBudget budget = Make(0, absl::Minutes(1));
  budget.BeginTrials();
  clock_.Advance(absl::Seconds(66) + JobBudget::kDrain);
  EXPECT_FALSE(budget.ComparisonsAreOver());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(budget.ComparisonsAreOver());
}

TEST_F(JobBudgetTest, TimeoutsFollowWhatTrialsTake) {
  const JobBudget budget = Make(10, absl::ZeroDuration());
  EXPECT_EQ(budget.TrialTimeout(0, 0), config_.first_timeout);
  AddTrial(absl::Milliseconds(100));
  EXPECT_EQ(budget.TrialTimeout(0, 0), config_.first_timeout) << "the task's reference runs, too";
  EXPECT_EQ(budget.TrialTimeout(5, 50), config_.min_timeout);
  AddTrial(absl::Milliseconds(400));
  AddTrial(absl::Milliseconds(400));
  EXPECT_EQ(budget.TrialTimeout(5, 50), absl::Seconds(8));
  EXPECT_EQ(budget.TrialTimeout(5, 200'000), absl::Seconds(20)) << "a hundred times the task's best";
}

TEST_F(JobBudgetTest, RemainingTimeFollowsTheNearerLimit) {
  JobBudget budget = Make(100, absl::Minutes(10));
  EXPECT_EQ(budget.Remaining(0, 1), absl::Minutes(10));
  budget.SetEarlierTrials(20);
  budget.BeginTrials();
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(budget.Remaining(20, 1), absl::Minutes(10) - absl::Seconds(10)) << "no rate is known yet";
  EXPECT_EQ(budget.Remaining(60, 1), absl::Seconds(10) + budget.FinalsReserve(1));
  EXPECT_EQ(Make(0, absl::ZeroDuration()).Remaining(5, 1), absl::ZeroDuration()) << "not known";
}

}  // namespace
}  // namespace diapason::tuner
