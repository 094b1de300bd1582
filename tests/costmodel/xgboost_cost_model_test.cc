#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "absl/random/random.h"
#include "costmodel/cost_model.h"

namespace diapason::costmodel {
namespace {

using ::testing::HasSubstr;

constexpr float kNotApplicable = std::numeric_limits<float>::quiet_NaN();
constexpr int kWidth = 48;

// Returns rows of kWidth features in [0, 1). A few of the features determine the residual, in a nonlinear
// way. `offset` is added to all residuals.
Group MakeGroup(int count, double offset, int seed) {
  std::mt19937_64 random(seed);
  Group group;
  for (int i = 0; i < count; ++i) {
    std::vector<float> row(kWidth);
    for (float& feature : row) feature = absl::Uniform<float>(random, 0, 1);
    const double miss = std::abs(row[0] - 0.6) + (row[1] > 0.5 ? row[2] : 0.4 * row[2]) + 0.3 * row[3];
    group.rows.push_back(std::move(row));
    group.residuals.push_back(static_cast<float>(offset + miss));
  }
  return group;
}

// Returns the root of the mean squared error.
double Error(const std::vector<float>& predicted, const std::vector<float>& actual) {
  double sum = 0;
  for (size_t i = 0; i < predicted.size(); ++i) sum += std::pow(predicted[i] - actual[i], 2);
  return std::sqrt(sum / static_cast<double>(predicted.size()));
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

TEST(XgboostCostModelTest, PredictsTheResidualsOfUnseenRows) {
  auto model = NewXgboostCostModel({.seed = 1});
  ASSERT_TRUE(model->Fit({MakeGroup(300, 0, 1), MakeGroup(300, 0, 2)}).ok());
  const Group unseen = MakeGroup(500, 0, 3);
  const std::vector<float> mean(unseen.residuals.size(), 0.75F);
  EXPECT_LT(Error(Scores(*model, unseen.rows), unseen.residuals), 0.5 * Error(mean, unseen.residuals));
}

TEST(XgboostCostModelTest, AGroupOfMoreWeightCountsMore) {
  Group heavy = MakeGroup(200, 1, 4), light = MakeGroup(200, -1, 5);
  light.weight = 0.01F;
  auto model = NewXgboostCostModel({.seed = 1});
  ASSERT_TRUE(model->Fit({light, heavy}).ok());
  const Group unseen = MakeGroup(300, 1, 6);
  EXPECT_LT(Error(Scores(*model, unseen.rows), unseen.residuals), 0.3);
}

TEST(XgboostCostModelTest, ASavedModelPredictsTheSame) {
  auto model = NewXgboostCostModel({.seed = 1});
  EXPECT_EQ(model->Save().status().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(model->Fit({MakeGroup(200, 0, 4)}).ok());
  const auto saved = model->Save();
  ASSERT_TRUE(saved.ok()) << saved.status();
  auto loaded = NewXgboostCostModel({});
  ASSERT_TRUE(loaded->Load(*saved).ok());
  const Group unseen = MakeGroup(100, 0, 5);
  EXPECT_EQ(Scores(*model, unseen.rows), Scores(*loaded, unseen.rows));
  EXPECT_EQ(loaded->Predict({std::vector<float>(kWidth - 1)}).status().code(),
            absl::StatusCode::kInvalidArgument);

  EXPECT_EQ(loaded->Load("this is no model").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Scores(*model, unseen.rows), Scores(*loaded, unseen.rows)) << "the model is as it was";
}

TEST(XgboostCostModelTest, MissingFeaturesDifferFromValues) {
  Group group = MakeGroup(300, 1, 6);
  for (size_t i = 0; i < group.rows.size(); i += 2) {
    group.rows[i][7] = kNotApplicable;
    group.residuals[i] += 2;
  }
  auto model = NewXgboostCostModel({.seed = 1});
  ASSERT_TRUE(model->Fit({group}).ok());
  std::vector<float> row(kWidth, 0.5f);
  std::vector<float> without = row;
  without[7] = kNotApplicable;
  const std::vector<float> scores = Scores(*model, {row, without});
  EXPECT_LT(scores[0] + 1, scores[1]);
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

  Group too_short = MakeGroup(10, 1, 17);
  too_short.residuals.pop_back();
  EXPECT_EQ(model->Fit({too_short}).code(), absl::StatusCode::kInvalidArgument);
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
  std::printf("fit 1,000 rows: %.0f ms; predict 50,000 rows: %.0f ms\n", fit, predict);
  EXPECT_LT(fit, 6'000);
  EXPECT_LT(predict, 6'000);
}

}  // namespace
}  // namespace diapason::costmodel
