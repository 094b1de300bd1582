#include "tuner/search/learner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

namespace diapason::tuner {
namespace {

// Records what it is asked to learn, and scores a row by its first feature.
class RecordingModel : public costmodel::CostModel {
 public:
  explicit RecordingModel(std::vector<std::vector<costmodel::Group>>& fits) : fits_(fits) {}
  absl::Status Fit(const std::vector<costmodel::Group>& groups) override {
    fits_.push_back(groups);
    return fails ? absl::InternalError("out of order") : absl::OkStatus();
  }
  absl::StatusOr<std::vector<float>> Predict(const std::vector<std::vector<float>>& rows) const override {
    std::vector<float> scores;
    for (const auto& row : rows) scores.push_back(row.front());
    return scores;
  }

  bool fails = false;

 private:
  std::vector<std::vector<costmodel::Group>>& fits_;
};

costmodel::Group MakeGroup(int count) {
  costmodel::Group group;
  for (int i = 0; i < count; ++i) {
    group.rows.push_back({static_cast<float>(i), 0});
    group.times_us.push_back(1 + i);
  }
  return group;
}

class LearnerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Learner> Make(std::vector<costmodel::Group> related, bool fails = false) {
    auto model = std::make_unique<RecordingModel>(fits_);
    model->fails = fails;
    return std::make_unique<Learner>(std::move(model), std::move(related), 2);
  }
  static void Add(Learner& learner, int count) {
    for (int i = 0; i < count; ++i) learner.Add({static_cast<float>(i), 1}, 10 + i);
  }

  std::vector<std::vector<costmodel::Group>> fits_;
};

TEST_F(LearnerTest, IsReadyAfterAFewObservations) {
  const auto learner = Make({});
  EXPECT_FALSE(learner->Refresh());
  EXPECT_FALSE(learner->IsReady());
  Add(*learner, 4);
  EXPECT_TRUE(learner->Refresh());
  EXPECT_TRUE(learner->IsReady());
  EXPECT_EQ(learner->Score({{3, 0}, {1, 0}}), (std::vector<float>{3, 1}));
}

TEST_F(LearnerTest, RelatedTasksMakeItReadyAtOnceAndOnlyOnce) {
  const auto learner = Make({MakeGroup(100)});
  EXPECT_TRUE(learner->Refresh());
  EXPECT_TRUE(learner->IsReady());
  EXPECT_FALSE(learner->Refresh());
}

TEST_F(LearnerTest, AFewRelatedRowsAreNotEnough) {
  const auto learner = Make({MakeGroup(5)});
  EXPECT_FALSE(learner->Refresh());
}

TEST_F(LearnerTest, FitsLessOftenTheMoreItKnows) {
  const auto learner = Make({});
  for (int i = 0; i < 1'000; ++i) {
    Add(*learner, 1);
    learner->Refresh();
  }
  EXPECT_LT(fits_.size(), 50u);
  EXPECT_GT(fits_.size(), 15u);
}

TEST_F(LearnerTest, TrainsOnRelatedTasksAndItsOwnAsSeparateGroups) {
  const auto learner = Make({MakeGroup(40), MakeGroup(30)});
  Add(*learner, 8);
  ASSERT_TRUE(learner->Refresh());
  ASSERT_EQ(fits_.back().size(), 3u);
  EXPECT_EQ(fits_.back()[0].rows.size(), 40u);
  EXPECT_EQ(fits_.back()[1].rows.size(), 30u);
  EXPECT_EQ(fits_.back()[2].rows.size(), 8u);
  EXPECT_EQ(fits_.back()[2].times_us.front(), 10);
}

TEST_F(LearnerTest, TrainingIsBoundedAndKeepsTheFastest) {
  const auto learner = Make({MakeGroup(5'000), MakeGroup(5'000)});
  Add(*learner, 5'000);
  ASSERT_TRUE(learner->Refresh());
  size_t rows = 0;
  for (const costmodel::Group& group : fits_.back()) {
    rows += group.rows.size();
    EXPECT_EQ(group.rows.size(), group.times_us.size());
    const double fastest = *std::min_element(group.times_us.begin(), group.times_us.end());
    EXPECT_EQ(fastest, &group == &fits_.back().back() ? 10 : 1);
    EXPECT_GT(*std::max_element(group.times_us.begin(), group.times_us.end()), 4'000);
  }
  EXPECT_LE(rows, 1'300u);
}

TEST_F(LearnerTest, OfManyRelatedTasksTheFirstAreUsed) {
  const auto learner = Make(std::vector<costmodel::Group>(20, MakeGroup(100)));
  ASSERT_TRUE(learner->Refresh());
  ASSERT_LT(fits_.back().size(), 20u);
  EXPECT_GE(fits_.back().front().rows.size(), 50u);
}

TEST_F(LearnerTest, IsNotReadyWhenTheCostModelFails) {
  const auto learner = Make({}, /*fails=*/true);
  Add(*learner, 8);
  learner->Refresh();
  EXPECT_FALSE(learner->IsReady());
}

}  // namespace
}  // namespace diapason::tuner
