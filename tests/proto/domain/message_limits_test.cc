#include "proto/domain/message_limits.h"

#include <gtest/gtest.h>

#include "diapason/v1/tracker.pb.h"

namespace diapason {
namespace {

v1::MeasureResult ResultOf(size_t bytes) {
  v1::MeasureResult result;
  result.set_trial_id(std::string(bytes, 'x'));
  return result;
}

TEST(BatchBudgetTest, ABatchStaysBelowItsBound) {
  v1::CollectResultsResponse response;
  BatchBudget budget;
  for (v1::MeasureResult result = ResultOf(100'000); budget.Take(result);) *response.add_results() = result;
  EXPECT_GE(response.results_size(), 9);
  EXPECT_LE(response.ByteSizeLong(), kMaxBatchBytes);
  EXPECT_TRUE(budget.Take(ResultOf(1'000))) << "a smaller element still fits";
}

TEST(BatchBudgetTest, TheFirstElementAlwaysGoesIn) {
  BatchBudget budget;
  EXPECT_TRUE(budget.Take(ResultOf(2 * kMaxBatchBytes)));
  EXPECT_FALSE(budget.Take(ResultOf(1)));
}

}  // namespace
}  // namespace diapason
