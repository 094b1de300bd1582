#include "compiler/graph/view.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace diapason::compiler::graph {
namespace {

using Ints = std::vector<int64_t>;

TEST(ViewTest, ReshapesThatNeedNoCopy) {
  // This is 2x3x4 with a gap between rows of 12, so the last two dimensions are one run.
  const std::optional<View> joined = ReshapeView({7, 5, {2, 3, 4}, {100, 4, 1}}, {2, 12});
  ASSERT_TRUE(joined.has_value());
  EXPECT_EQ(joined->buffer, 7);
  EXPECT_EQ(joined->offset, 5);
  EXPECT_EQ(joined->shape, (Ints{2, 12}));
  EXPECT_EQ(joined->strides, (Ints{100, 1}));
  EXPECT_FALSE(ReshapeView({0, 0, {2, 3, 4}, {100, 8, 1}}, {2, 12}).has_value());
}

TEST(ViewTest, SlicesMayGoBackwards) {
  const View slice = SliceView(DenseView(0, {4, 6}), {3, 1}, {-1, 2}, {2, 3});
  EXPECT_EQ(slice.offset, 3 * 6 + 1);
  EXPECT_EQ(slice.strides, (Ints{-6, 2}));
  Ints offsets;
  ForEachElement(slice, [&](int64_t offset) { offsets.push_back(offset); });
  EXPECT_EQ(offsets, (Ints{19, 21, 23, 13, 15, 17}));
}

TEST(ViewTest, BroadcastsRepeatElements) {
  const View wide = BroadcastView(DenseView(0, {3, 1}), {2, 3, 2});
  EXPECT_EQ(wide.strides, (Ints{0, 1, 0}));
}

TEST(ViewTest, TransposesExchangeDimensions) {
  const View turned = TransposeView(DenseView(0, {2, 3, 4}), {2, 0, 1});
  EXPECT_EQ(turned.shape, (Ints{4, 2, 3}));
  EXPECT_EQ(turned.strides, (Ints{1, 12, 4}));
}

}  // namespace
}  // namespace diapason::compiler::graph
