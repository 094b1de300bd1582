#include "proto/statistics/quantile.h"

#include <gtest/gtest.h>

namespace diapason {
namespace {

TEST(QuantileTest, InterpolatesBetweenNeighbours) {
  EXPECT_EQ(Median({3}), 3);
  EXPECT_EQ(Median({4, 1, 3}), 3);
  EXPECT_EQ(Median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(Quantile({50, 20, 30, 40, 10}, 0), 10);
  EXPECT_EQ(Quantile({50, 20, 30, 40, 10}, 1), 50);
  EXPECT_DOUBLE_EQ(Quantile({50, 20, 30, 40, 10}, 0.1), 14);
  EXPECT_DOUBLE_EQ(SortedQuantile({10, 20, 30, 40, 50}, 0.1), 14);
}

}  // namespace
}  // namespace diapason
