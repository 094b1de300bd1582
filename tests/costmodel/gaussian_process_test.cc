#include "costmodel/gaussian_process.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "absl/random/random.h"

namespace diapason::costmodel {
namespace {

Point At(std::vector<float> knobs, float expected = 0, int sketch = 0) {
  return {sketch, std::move(knobs), expected};
}

TEST(GaussianProcessTest, WithoutPointsTheExpectationIsTheMean) {
  const GaussianProcess process;
  EXPECT_FLOAT_EQ(process.Predict(At({1, 2}, 3.5F)).mean, 3.5);
  EXPECT_GT(process.Predict(At({1, 2}, 3.5F)).deviation, 0.2);
}

TEST(GaussianProcessTest, AMeasuredPointIsKnownAndItsNeighbourhoodNearlyIs) {
  GaussianProcess process;
  process.Fit({At({1, 2, 3}), At({4, 0, 1})}, {0.2, -0.1});
  EXPECT_NEAR(process.Predict(At({1, 2, 3})).mean, 0.2, 0.01);
  EXPECT_NEAR(process.Predict(At({4, 0, 1})).mean, -0.1, 0.01);
  const Estimate known = process.Predict(At({1, 2, 3})), near = process.Predict(At({1, 2, 2.8F})),
                 far = process.Predict(At({9, 9, 9}));
  EXPECT_LT(known.deviation, 0.02);
  EXPECT_LT(known.deviation, near.deviation);
  EXPECT_LT(near.deviation, far.deviation);
}

TEST(GaussianProcessTest, AFactorOfAllSchedulesIsLearntFromOne) {
  GaussianProcess process;
  process.Fit({At({1, 2}, 5)}, {5.7});  // twice as slow as expected
  EXPECT_GT(process.Predict(At({9, 9}, 6)).mean, 6.5);
  EXPECT_GT(process.Predict(At({9, 9}, 6, /*sketch=*/1)).mean, 6.4);
}

TEST(GaussianProcessTest, ExaggeratedDifferencesAreLearnt) {
  GaussianProcess process;
  std::vector<Point> points;
  for (int i = 0; i < 8; ++i) points.push_back(At({static_cast<float>(3 * i)}, 0.3F * static_cast<float>(i)));
  process.FitParameters(points, std::vector<double>(8, 1.0));  // in truth, all are equally fast
  EXPECT_NEAR(process.Predict(At({30}, 3)).mean, 1.0, 0.15);
}

TEST(GaussianProcessTest, ItBecomesSureWhereDifferencesAreSmall) {
  std::mt19937_64 random(1);
  std::vector<Point> points;
  std::vector<double> flat, rough;
  for (int i = 0; i < 20; ++i) {
    points.push_back(At({absl::Uniform<float>(random, 0, 4), absl::Uniform<float>(random, 0, 4)}));
    flat.push_back(0.01 * std::sin(points.back().knobs[0]));
    rough.push_back(20 * flat.back());
  }
  GaussianProcess sure, unsure;
  sure.FitParameters(points, flat);
  unsure.FitParameters(points, rough);
  EXPECT_LT(sure.Predict(At({8, 8})).deviation, 0.03);
  EXPECT_GT(unsure.Predict(At({8, 8})).deviation, 0.06);
}

TEST(GaussianProcessTest, PendingPointsMakeItSurerAndChangeNoMean) {
  GaussianProcess process;
  process.Fit({At({0, 0})}, {0.4});
  const Estimate before = process.Predict(At({5, 5}));
  process.AddPending(At({5, 4.5F}));
  const Estimate after = process.Predict(At({5, 5}));
  EXPECT_NEAR(after.mean, before.mean, 1e-9);
  EXPECT_LT(after.deviation, 0.8 * before.deviation);
}

TEST(GaussianProcessTest, EqualPointsAreNoTrouble) {
  GaussianProcess process;
  process.FitParameters(std::vector<Point>(30, At({1, 1})), std::vector<double>(30, 0.5));
  EXPECT_NEAR(process.Predict(At({1, 1})).mean, 0.5, 0.01);
  EXPECT_TRUE(std::isfinite(process.Predict(At({2, 1})).deviation));
}

}  // namespace
}  // namespace diapason::costmodel
