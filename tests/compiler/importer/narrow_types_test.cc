#include "compiler/importer/narrow_types.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tests/compiler/importer/onnx_text.h"

namespace diapason::compiler::importer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename Wide, typename Narrow>
std::vector<Wide> Widened(int type, const std::vector<Narrow>& elements) {
  return NumbersIn<Wide>(
      Widen(*FindNarrowType(type), BytesOf(elements), static_cast<int64_t>(elements.size())));
}

TEST(NarrowTypesTest, IntegersKeepTheirValues) {
  EXPECT_THAT((Widened<int32_t, int8_t>(onnx::TensorProto::INT8, {-128, -1, 0, 127})),
              ElementsAre(-128, -1, 0, 127));
  EXPECT_THAT((Widened<int32_t, uint8_t>(onnx::TensorProto::UINT8, {0, 128, 255})), ElementsAre(0, 128, 255));
  EXPECT_THAT((Widened<int32_t, int16_t>(onnx::TensorProto::INT16, {-32768, 32767})),
              ElementsAre(-32768, 32767));
  EXPECT_THAT((Widened<int64_t, uint32_t>(onnx::TensorProto::UINT32, {0, 4294967295})),
              ElementsAre(0, 4294967295));
}

TEST(NarrowTypesTest, FloatsKeepTheirValues) {
  const std::vector<float> half = Widened<float, uint16_t>(
      onnx::TensorProto::FLOAT16, {0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0x8000});
  ASSERT_EQ(half.size(), 9);
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_THAT(std::vector<float>(half.begin(), half.begin() + 7),
              ElementsAre(1, -2, 0x1p-24f, 0x1.ff8p-15f, 65504, infinity, -infinity));
  EXPECT_TRUE(std::isnan(half[7]));
  EXPECT_TRUE(half[8] == 0 && std::signbit(half[8]));
  EXPECT_THAT((Widened<float, uint16_t>(onnx::TensorProto::BFLOAT16, {0x3f80, 0xc049})),
              ElementsAre(1, -3.140625f));
}

TEST(NarrowTypesTest, ACastToASmallIntegerWrapsAround) {
  const onnx::ModelProto model =
      OnnxModel("(int32[5] x) => (int32[5] y) { n = Cast<to = 3> (x) y = Cast<to = 6> (n) }");
  const auto outputs = Computed(model, {BytesOf(std::vector<int32_t>{-129, -128, 127, 128, 300})});
  ASSERT_EQ(outputs.size(), 1);
  EXPECT_THAT(NumbersIn<int32_t>(outputs[0]), ElementsAre(127, -128, 127, -128, 44));
}

TEST(NarrowTypesTest, SmallIntegersHaveAMaxPool) {
  const onnx::ModelProto model = OnnxModel(
      "(uint8[1, 1, 4] x) => (uint8[1, 1, 2] y) { y = MaxPool<kernel_shape = [2], strides = [2]> (x) }");
  const auto outputs = Computed(model, {BytesOf(std::vector<uint8_t>{3, 255, 200, 7})});
  ASSERT_EQ(outputs.size(), 1);
  EXPECT_THAT(NumbersIn<uint8_t>(outputs[0]), ElementsAre(255, 200));
}

TEST(NarrowTypesTest, FourBitsAreTwoInAByte) {
  constexpr int kUint4 = 21, kInt4 = 22;
  const std::string bytes = "\x9f\x07";
  EXPECT_THAT(NumbersIn<int32_t>(Widen(*FindNarrowType(kInt4), bytes, 3)), ElementsAre(-1, -7, 7));
  EXPECT_THAT(NumbersIn<int32_t>(Widen(*FindNarrowType(kUint4), bytes, 3)), ElementsAre(15, 9, 7));
}

TEST(NarrowTypesTest, InputsAndOutputsHaveTheTypesOfTheModel) {
  const auto floats = Computed(OnnxModel("(float16[3] x) => (bfloat16[3] y) { y = Cast<to = 16> (x) }"),
                               {BytesOf(std::vector<uint16_t>{0x3c00, 0xc001, 0x7c00})});
  ASSERT_EQ(floats.size(), 1);
  EXPECT_THAT(NumbersIn<uint16_t>(floats[0]), ElementsAre(0x3f80, 0xc000, 0x7f80));
  const auto doubles = Computed(OnnxModel("(double[2] x) => (double[2] y) { y = Add(x, x) }"),
                                {BytesOf(std::vector<double>{0.5, -3})});
  ASSERT_EQ(doubles.size(), 1);
  EXPECT_THAT(NumbersIn<double>(doubles[0]), ElementsAre(1, -6));
}

TEST(NarrowTypesTest, ArithmeticOnIntegersWrapsAround) {
  const auto small =
      Computed(OnnxModel("(uint8[3] x, uint8[3] y) => (uint8[3] z) { z = Add(x, y) }"),
               {BytesOf(std::vector<uint8_t>{200, 255, 1}), BytesOf(std::vector<uint8_t>{100, 1, 1})});
  ASSERT_EQ(small.size(), 1);
  EXPECT_THAT(NumbersIn<uint8_t>(small[0]), ElementsAre(44, 0, 2));
  // What follows sees the number that wraps around, too.
  const auto wide = Computed(OnnxModel("(int8[2] x) => (float[2] z) { n = Mul(x, x) z = Cast<to = 1> (n) }"),
                             {BytesOf(std::vector<int8_t>{127, 16})});
  ASSERT_EQ(wide.size(), 1);
  EXPECT_THAT(NumbersIn<float>(wide[0]), ElementsAre(1, 0));
  const auto large = Computed(OnnxModel("(uint64[2] x) => (uint64[2] y) { y = Sub(x, x) }"),
                              {BytesOf(std::vector<uint64_t>{~uint64_t{0}, 3})});
  ASSERT_EQ(large.size(), 1);
  EXPECT_THAT(NumbersIn<uint64_t>(large[0]), ElementsAre(0, 0));
}

TEST(NarrowTypesTest, TheResultOfABodyHasTheTypeThatItDeclares) {
  const auto outputs = Computed(OnnxModel("(bool[1] c, uint8[1] x) => (uint8[1] y) { y = If(c) <"
                                          "then_branch = a () => (uint8[1] p) { p = Add(x, x) }, "
                                          "else_branch = b () => (uint8[1] q) { q = Identity(x) }> }"),
                                {std::string(1, 1), BytesOf(std::vector<uint8_t>{200})});
  ASSERT_EQ(outputs.size(), 1);
  EXPECT_THAT(NumbersIn<uint8_t>(outputs[0]), ElementsAre(144));
}

TEST(NarrowTypesTest, OtherTypesAreRefused) {
  EXPECT_THAT(
      std::string(Load(OnnxModel("(string[2] x) => (string[2] y) { y = Identity(x) }")).status().message()),
      HasSubstr("input 'x' with element type STRING"));
}

}  // namespace
}  // namespace diapason::compiler::importer
