#include "device-agent/runner/tensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace diapason::device_agent {
namespace {

constexpr auto kSigned = v1::ReferenceOutput::FILL_SIGNED;
constexpr auto kPositive = v1::ReferenceOutput::FILL_POSITIVE;

v1::Argument Tensor(v1::ElementType type, std::vector<int64_t> shape) {
  v1::Argument argument;
  argument.set_element_type(type);
  for (int64_t extent : shape) argument.add_shape(extent);
  return argument;
}

template <typename T>
std::vector<T> Filled(const v1::Argument& argument, uint64_t seed, v1::ReferenceOutput::Fill fill) {
  std::vector<T> values(*BytesOf(argument) / sizeof(T), T{77});
  Fill(argument, seed, fill, reinterpret_cast<char*>(values.data()));
  return values;
}

absl::string_view BytesOfVector(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

double Error(const std::vector<float>& actual, const std::vector<float>& expected) {
  return RelativeError(Tensor(v1::ELEMENT_TYPE_F32, {static_cast<int64_t>(expected.size())}),
                       BytesOfVector(actual), BytesOfVector(expected));
}

TEST(TensorsTest, Sizes) {
  EXPECT_EQ(*BytesOf(Tensor(v1::ELEMENT_TYPE_F32, {2, 3})), 24u);
  EXPECT_EQ(*BytesOf(Tensor(v1::ELEMENT_TYPE_I8, {5})), 5u);
  EXPECT_EQ(*BytesOf(Tensor(v1::ELEMENT_TYPE_I64, {})), 8u);
  EXPECT_EQ(*BytesOf(Tensor(v1::ELEMENT_TYPE_F32, {0, 9})), 0u);
  EXPECT_THAT(BytesOf(Tensor(v1::ELEMENT_TYPE_UNSPECIFIED, {1})),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(BytesOf(Tensor(v1::ELEMENT_TYPE_F32, {-1})), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(BytesOf(Tensor(v1::ELEMENT_TYPE_F32, {1 << 30, 1 << 30, 1 << 30})),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(TensorsTest, FloatsFillTheirRange) {
  const v1::Argument tensor = Tensor(v1::ELEMENT_TYPE_F32, {100'000});
  for (const auto& [fill, low, high] :
       {std::tuple(kSigned, -1.0f, 1.0f), std::tuple(kPositive, 0.25f, 1.25f)}) {
    const std::vector<float> values = Filled<float>(tensor, 1, fill);
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    EXPECT_GE(*least, low);
    EXPECT_LT(*least, low + 0.001);
    EXPECT_LT(*most, high);
    EXPECT_GT(*most, high - 0.001);
    double sum = 0;
    for (float value : values) sum += value;
    EXPECT_NEAR(sum / static_cast<double>(values.size()), (low + high) / 2, 0.01);
  }
}

TEST(TensorsTest, TheSeedDecides) {
  const v1::Argument tensor = Tensor(v1::ELEMENT_TYPE_F32, {64});
  EXPECT_EQ(Filled<float>(tensor, 1, kSigned), Filled<float>(tensor, 1, kSigned));
  EXPECT_NE(Filled<float>(tensor, 1, kSigned), Filled<float>(tensor, 2, kSigned));
}

TEST(TensorsTest, IntegersKeepTheirBound) {
  v1::Argument tensor = Tensor(v1::ELEMENT_TYPE_I64, {1000});
  tensor.set_bound(7);
  const std::vector<int64_t> values = Filled<int64_t>(tensor, 1, kSigned);
  EXPECT_EQ(*std::min_element(values.begin(), values.end()), 0);
  EXPECT_EQ(*std::max_element(values.begin(), values.end()), 6);
  v1::Argument flags = Tensor(v1::ELEMENT_TYPE_I8, {100});
  flags.set_bound(2);
  for (int8_t flag : Filled<int8_t>(flags, 1, kSigned)) EXPECT_TRUE(flag == 0 || flag == 1);
}

TEST(TensorsTest, KnownZerosAreZero) {
  v1::Argument tensor = Tensor(v1::ELEMENT_TYPE_F32, {2, 4, 5, 3});
  for (int64_t low : {0, 1, 2, 0}) tensor.add_zero_low(low);
  for (int64_t high : {0, 1, 0, 0}) tensor.add_zero_high(high);
  const std::vector<float> values = Filled<float>(tensor, 1, kSigned);
  size_t index = 0;
  for (int n = 0; n < 2; ++n) {
    for (int h = 0; h < 4; ++h) {
      for (int w = 0; w < 5; ++w) {
        for (int c = 0; c < 3; ++c, ++index) {
          const bool border = h == 0 || h == 3 || w < 2;
          EXPECT_EQ(values[index] == 0, border) << n << " " << h << " " << w << " " << c;
        }
      }
    }
  }
}

TEST(TensorsTest, ErrorIsRelativeToTheLargestValue) {
  EXPECT_EQ(Error({1, 2, -4}, {1, 2, -4}), 0);
  EXPECT_DOUBLE_EQ(Error({1, 2.5f, -4}, {1, 2, -4}), 0.125);
  EXPECT_TRUE(std::isinf(Error({1e-30f, 0}, {0, 0})));
  EXPECT_TRUE(std::isinf(Error({1}, {1, 2})));
}

TEST(TensorsTest, WhatIsNotFiniteNeverPasses) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(std::isinf(Error({nan, 1}, {1, 1})));
  EXPECT_TRUE(std::isinf(Error({infinity, 1}, {1, 1})));
  EXPECT_TRUE(std::isinf(Error({1, 1}, {nan, 1}))) << "the reference has no number there";
  EXPECT_TRUE(std::isinf(Error({-infinity, 1}, {infinity, 1})));
  EXPECT_EQ(Error({nan, infinity, 1}, {nan, infinity, 1}), 0);
}

TEST(TensorsTest, IntegersMustBeEqual) {
  const v1::Argument tensor = Tensor(v1::ELEMENT_TYPE_I8, {3});
  EXPECT_EQ(RelativeError(tensor, "abc", "abc"), 0);
  EXPECT_TRUE(std::isinf(RelativeError(tensor, "abd", "abc")));
}

TEST(TensorsTest, AReferenceNeedsValues) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const v1::Argument tensor = Tensor(v1::ELEMENT_TYPE_F32, {4});
  EXPECT_TRUE(IsComparable(tensor, BytesOfVector({1, nan, 2, 3})));
  EXPECT_FALSE(IsComparable(tensor, BytesOfVector({1, nan, nan, nan})));
  EXPECT_TRUE(IsComparable(tensor, BytesOfVector({1, -HUGE_VALF, -HUGE_VALF, -HUGE_VALF})))
      << "an attention mask";
  EXPECT_FALSE(IsComparable(tensor, BytesOfVector({HUGE_VALF, HUGE_VALF, -HUGE_VALF, nan})));
  EXPECT_TRUE(IsComparable(Tensor(v1::ELEMENT_TYPE_I8, {4}), "\xff\xff\xff\xff"));
}

}  // namespace
}  // namespace diapason::device_agent
