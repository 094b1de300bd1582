#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "absl/random/random.h"
#include "costmodel/cost_model.h"

namespace diapason::costmodel {
namespace {

using ::testing::HasSubstr;

constexpr double kFailed = std::numeric_limits<double>::infinity();
constexpr float kNotApplicable = std::numeric_limits<float>::quiet_NaN();
constexpr int kWidth = 48;

// Returns rows of kWidth features in [0, 1). A few of the features determine the time, in a nonlinear way.
// Groups with different `scale` are not comparable.
Group MakeGroup(int count, double scale, int seed) {
  std::mt19937_64 random(seed);
  Group group;
  for (int i = 0; i < count; ++i) {
    std::vector<float> row(kWidth);
    for (float& feature : row) feature = absl::Uniform<float>(random, 0, 1);
    const double miss = std::abs(row[0] - 0.6) + (row[1] > 0.5 ? row[2] : 0.4 * row[2]) + 0.3 * row[3];
    group.rows.push_back(std::move(row));
    group.times_us.push_back(scale * (1 + miss));
  }
  return group;
}

std::vector<double> Ranks(const std::vector<double>& values) {
  std::vector<int> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t i = 0; i < order.size(); ++i) ranks[order[i]] = static_cast<double>(i);
  return ranks;
}

// Spearman's rank correlation between scores and speed.
double RankCorrelation(const std::vector<float>& scores, const std::vector<double>& times_us) {
  const std::vector<double> a = Ranks(std::vector<double>(scores.begin(), scores.end()));
  const std::vector<double> b = Ranks(times_us);
  const double n = static_cast<double>(a.size());
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return -(1 - 6 * sum / (n * (n * n - 1)));
}

std::vector<float> Scores(const CostModel& model, const std::vector<std::vector<float>>& rows) {
  auto scores = model.Predict(rows);
  EXPECT_TRUE(scores.ok()) << scores.status();
  return scores.ok() ? *scores : std::vector<float>(rows.size());
}

double Milliseconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

TEST(XgboostCostModelTest, RanksUnseenRowsOfGroupsWithDifferentScales) {
  auto model = NewXgboostCostModel({.seed = 1});
  ASSERT_TRUE(model->Fit({MakeGroup(300, 1, 1), MakeGroup(300, 1000, 2)}).ok());
  const Group unseen = MakeGroup(500, 7, 3);
  EXPECT_GT(RankCorrelation(Scores(*model, unseen.rows), unseen.times_us), 0.85);
}

TEST(XgboostCostModelTest, RankingCarriesOverToASmallNewGroup) {
  auto model = NewXgboostCostModel({.seed = 1});
  ASSERT_TRUE(model->Fit({MakeGroup(300, 1, 1), MakeGroup(8, 50, 2)}).ok());
  const Group unseen = MakeGroup(500, 50, 3);
  EXPECT_GT(RankCorrelation(Scores(*model, unseen.rows), unseen.times_us), 0.75);
}

TEST(XgboostCostModelTest, FailedSchedulesRankLast) {
  Group group = MakeGroup(400, 1, 4);
  for (size_t i = 0; i < group.rows.size(); ++i) {
    if (group.rows[i][5] > 0.7f) group.times_us[i] = kFailed;
  }
  auto model = NewXgboostCostModel({.seed = 1});
  ASSERT_TRUE(model->Fit({group}).ok());
  const Group unseen = MakeGroup(400, 1, 5);
  const std::vector<float> scores = Scores(*model, unseen.rows);
  double failed = 0, good = 0;
  int failed_count = 0, good_count = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (unseen.rows[i][5] > 0.7f) {
      failed += scores[i];
      ++failed_count;
    } else {
      good += scores[i];
      ++good_count;
    }
  }
  EXPECT_LT(failed / failed_count + 1, good / good_count);
}

TEST(XgboostCostModelTest, MissingFeaturesDifferFromValues) {
  Group group = MakeGroup(300, 1, 6);
  for (size_t i = 0; i < group.rows.size(); i += 2) {
    group.rows[i][7] = kNotApplicable;
    group.times_us[i] += 10;
  }
  auto model = NewXgboostCostModel({.seed = 1});
  ASSERT_TRUE(model->Fit({group}).ok());
  std::vector<float> row(kWidth, 0.5f);
  std::vector<float> without = row;
  without[7] = kNotApplicable;
  const std::vector<float> scores = Scores(*model, {row, without});
  EXPECT_GT(scores[0], scores[1]);
}

TEST(XgboostCostModelTest, AGroupOfFailuresOnlyIsAccepted) {
  Group group = MakeGroup(20, 1, 7);
  std::fill(group.times_us.begin(), group.times_us.end(), kFailed);
  auto model = NewXgboostCostModel({.seed = 1});
  ASSERT_TRUE(model->Fit({group}).ok());
  for (const float score : Scores(*model, group.rows)) EXPECT_TRUE(std::isfinite(score));
}

TEST(XgboostCostModelTest, SameSeedSameScores) {
  const std::vector<Group> groups = {MakeGroup(200, 1, 8), MakeGroup(100, 5, 9)};
  const Group unseen = MakeGroup(100, 1, 10);
  auto first = NewXgboostCostModel({.seed = 3});
  auto second = NewXgboostCostModel({.seed = 3});
  ASSERT_TRUE(first->Fit(groups).ok());
  ASSERT_TRUE(second->Fit({MakeGroup(50, 1, 11)}).ok());  // the earlier fit must have no effect
  ASSERT_TRUE(second->Fit(groups).ok());
  EXPECT_EQ(Scores(*first, unseen.rows), Scores(*second, unseen.rows));
}

TEST(XgboostCostModelTest, RefusesWhatItCannotLearnFrom) {
  auto model = NewXgboostCostModel({});
  EXPECT_EQ(model->Fit({}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(model->Fit({Group{}}).code(), absl::StatusCode::kInvalidArgument);

  Group mixed = MakeGroup(10, 1, 16);
  mixed.rows[4].pop_back();
  const absl::Status lengths = model->Fit({mixed});
  EXPECT_EQ(lengths.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(lengths.message()), HasSubstr("47"));

  Group short_of_times = MakeGroup(10, 1, 17);
  short_of_times.times_us.pop_back();
  EXPECT_EQ(model->Fit({short_of_times}).code(), absl::StatusCode::kInvalidArgument);
}

TEST(XgboostCostModelTest, PredictNeedsAModelAndRowsOfItsLength) {
  auto model = NewXgboostCostModel({});
  EXPECT_EQ(model->Predict({std::vector<float>(kWidth)}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(model->Fit({MakeGroup(20, 1, 18)}).ok());
  EXPECT_EQ(model->Predict({std::vector<float>(kWidth - 1)}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(Scores(*model, {}).empty());
}

// The limits are several times what an idle core needs. The times are printed.
TEST(XgboostCostModelTest, IsFastEnoughToBeAskedOften) {
  auto model = NewXgboostCostModel({.seed = 1, .threads = 1});
  const std::vector<Group> groups = {MakeGroup(500, 1, 19), MakeGroup(500, 3, 20)};
  const double fit = Milliseconds([&] { ASSERT_TRUE(model->Fit(groups).ok()); });
  const Group many = MakeGroup(50'000, 1, 21);
  const double predict = Milliseconds([&] { Scores(*model, many.rows); });
  std::printf("fit 1,000 rows: %.0f ms; rank 50,000 rows: %.0f ms\n", fit, predict);
  EXPECT_LT(fit, 1'500);
  EXPECT_LT(predict, 1'500);
}

}  // namespace
}  // namespace diapason::costmodel
