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
  return NumbersIn<Wide>(Widen(*FindNarrowType(type), BytesOf(elements)));
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

TEST(NarrowTypesTest, InputsAndOutputsHaveWideTypes) {
  EXPECT_THAT(
      std::string(
          Load(OnnxModel("(float[2] x) => (float16[2] y) { y = Cast<to = 10> (x) }")).status().message()),
      HasSubstr("output 'y' with element type FLOAT16"));
  EXPECT_THAT(
      std::string(Load(OnnxModel("(int8[2] x) => (float[2] y) { y = Cast<to = 1> (x) }")).status().message()),
      HasSubstr("input 'x' with element type INT8"));
}

}  // namespace
}  // namespace diapason::compiler::importer
