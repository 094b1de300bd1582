#include "proto/domain/small_floats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace diapason {
namespace {

TEST(SmallFloatsTest, EveryHalfKeepsItsBits) {
  for (int bits = 0; bits < 1 << 16; ++bits) {
    const uint16_t half = static_cast<uint16_t>(bits);
    if (std::isnan(HalfToDouble(half))) {
      EXPECT_TRUE(std::isnan(HalfToDouble(DoubleToHalf(HalfToDouble(half))))) << bits;
    } else {
      EXPECT_EQ(DoubleToHalf(HalfToDouble(half)), half) << bits;
    }
  }
}

TEST(SmallFloatsTest, EveryBrainFloatKeepsItsBits) {
  for (int bits = 0; bits < 1 << 16; ++bits) {
    const uint16_t brain = static_cast<uint16_t>(bits);
    if (!std::isnan(BrainFloatToFloat(brain)))
      EXPECT_EQ(FloatToBrainFloat(BrainFloatToFloat(brain)), brain) << bits;
  }
}

TEST(SmallFloatsTest, RoundsToTheNearestAndToTheEvenOne) {
  EXPECT_EQ(DoubleToHalf(1 + 0x1p-11), 0x3c00);            // halfway to the next one, which is odd
  EXPECT_EQ(DoubleToHalf(1 + 0x1p-11 + 0x1p-30), 0x3c01);  // just above
  EXPECT_EQ(DoubleToHalf(1 + 3 * 0x1p-11), 0x3c02);        // halfway, between odd and even
  EXPECT_EQ(DoubleToHalf(65519.9), 0x7bff);                // the largest
  EXPECT_EQ(DoubleToHalf(-65520), 0xfc00);                 // -infinity
  EXPECT_EQ(DoubleToHalf(0x1p-25), 0);                     // halfway to the smallest
  EXPECT_EQ(DoubleToHalf(0x1.8p-25), 1);
  EXPECT_EQ(FloatToBrainFloat(1 + 0x1p-8f), 0x3f80);
  EXPECT_EQ(FloatToBrainFloat(1 + 3 * 0x1p-8f), 0x3f82);
  EXPECT_EQ(FloatToBrainFloat(std::numeric_limits<float>::max()), 0x7f80);
}

}  // namespace
}  // namespace diapason
