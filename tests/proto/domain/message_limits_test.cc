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
  EXPECT_TRUE(budget.Take(ResultOf(1'000))) << "a smaller one still fits";
}

TEST(BatchBudgetTest, TheFirstElementAlwaysGoesIn) {
  BatchBudget budget;
  EXPECT_TRUE(budget.Take(ResultOf(2 * kMaxBatchBytes)));
  EXPECT_FALSE(budget.Take(ResultOf(1)));
}

TEST(TakeChunkTest, ChunksAreTheWhole) {
  const std::string bytes(3 * kChunkBytes + 5, 'y');
  std::string together;
  for (absl::string_view rest = bytes; !rest.empty();) {
    const absl::string_view chunk = TakeChunk(rest);
    EXPECT_LE(chunk.size(), kChunkBytes);
    together += std::string(chunk);
  }
  EXPECT_EQ(together, bytes);
}

}  // namespace
}  // namespace diapason
