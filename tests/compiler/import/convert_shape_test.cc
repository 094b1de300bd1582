// Indices, and numbers that no model should have: right, or refused with words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "absl/strings/str_cat.h"
#include "tests/compiler/import/onnx_text.h"

namespace diapason::compiler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Refusal(const std::string& graph, int opset = 17) {
  const absl::Status status = Load(OnnxModel(graph, opset)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << graph << ": " << status;
  EXPECT_EQ(status.message().find('\n'), absl::string_view::npos);
  return std::string(status.message());
}

constexpr char kTable[] = "<float[5] table = {0, 1, 2, 3, 4}, ";

TEST(GatherTest, KnownIndicesOutsideAreRefused) {
  for (const char* index : {"5", "-6", "9223372036854775807", "-9223372036854775808"}) {
    // A constant table (folded, or too large to fold), and one that arrives when the model runs.
    EXPECT_THAT(
        Refusal(absl::StrCat("(float[2] x) => (float[2] y) ", kTable, "int64[2] index = {0, ", index,
                             "}> { g = Gather(table, index) y = Add(g, x) }")),
        HasSubstr(absl::StrCat("index ", index, " is outside of dimension 0 of a tensor of shape 5")));
    EXPECT_THAT(Refusal(absl::StrCat("(float[5] x) => (float[2] y) <int64[2] index = {0, ", index,
                                     "}> { y = Gather(x, index) }")),
                HasSubstr(absl::StrCat("Gather (node 'y', opset 17): index ", index)));
    EXPECT_THAT(
        Refusal(absl::StrCat("(float[2, 5] x) => (float[1] y) <int64[1, 2] index = {0, ", index,
                             "}> { y = GatherND(x, index) }")),
        HasSubstr(absl::StrCat("index ", index, " is outside of dimension 1 of a tensor of shape 2x5")));
  }
}

TEST(GatherTest, KnownIndicesFromTheEnd) {
  // The result is larger than the table, and so large that it is not folded.
  std::string indices;
  for (int i = 0; i < 70000; ++i) absl::StrAppend(&indices, i == 0 ? "" : ", ", i % 10 - 5);
  const onnx::ModelProto model =
      OnnxModel(absl::StrCat("(float[1] x) => (float[70000] y) ", kTable, "int64[70000] index = {", indices,
                             "}> { g = Gather(table, index) y = Add(g, x) }"));
  const std::vector<float> y = NumbersIn<float>(Computed(model, {BytesOf<float>({100})}).at(0));
  ASSERT_EQ(y.size(), 70000u);
  for (int i = 0; i < 70000; ++i) ASSERT_EQ(y[i], 100 + i % 5) << i;
}

TEST(GatherTest, IndicesThatArriveCountFromTheEndAndStayInside) {
  for (const char* type : {"int32", "int64"}) {
    const onnx::ModelProto model = OnnxModel(
        absl::StrCat("(float[3, 2] x, ", type, "[6] index) => (float[6, 2] y) { y = Gather(x, index) }"));
    const std::string indices = type == std::string("int32")
                                    ? BytesOf<int32_t>({-3, -1, 2, 3, std::numeric_limits<int32_t>::min(),
                                                        std::numeric_limits<int32_t>::max()})
                                    : BytesOf<int64_t>({-3, -1, 2, 3, std::numeric_limits<int64_t>::min(),
                                                        std::numeric_limits<int64_t>::max()});
    EXPECT_THAT(NumbersIn<float>(Computed(model, {BytesOf<float>({0, 1, 2, 3, 4, 5}), indices}).at(0)),
                ElementsAre(0, 1, 4, 5, 4, 5, 4, 5, 0, 1, 4, 5));
  }
}

TEST(GatherTest, IndicesAreIntegers) {
  EXPECT_THAT(Refusal("(float[3] x, float[2] index) => (float[2] y) { y = Gather(x, index) }"),
              HasSubstr("indices of type float32"));
  EXPECT_THAT(Refusal("(float[3] x) => (float[2] y) <float[2] index = {0, 1}> { y = Gather(x, index) }"),
              HasSubstr("indices of type float32"));
}

// Shape arithmetic folds, so that the new shape is known.
TEST(ShapeArithmeticTest, ReductionsOfIntegersFold) {
  const onnx::ModelProto model = OnnxModel(
      "(float[2, 3, 4] x) => (float[24, 1] y) <int64[1] one = {1}> { s = Shape(x) p = ReduceProd(s) "
      "l = ReduceMin(s) d = Sub(l, one) n = Concat<axis = 0>(p, d) y = Reshape(x, n) }");
  const absl::StatusOr<Program> program = Load(model);
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(program->outputs[0].shape, (std::vector<int64_t>{24, 1}));
}

TEST(ShapeArithmeticTest, FoldedReductionsOfIntegersAreExact) {
  struct Expected {
    const char* op;
    int64_t value;
  };
  const int64_t big = int64_t{1} << 53;  // + 1 is no double
  for (const Expected& expected : {Expected{"Sum", big + 1 - 7},
                                   {"Mean", (big + 1 - 7) / 3},
                                   {"Prod", (big + 1) * -7 * 0},
                                   {"Max", big + 1},
                                   {"Min", -7},
                                   {"L1", big + 1 + 7},
                                   {"SumSquare", 2 * big + 1 + 49},
                                   {"L2", 134217728}}) {
    const onnx::ModelProto model =
        OnnxModel(absl::StrCat("(float[1] x) => (int64[1] y) <int64[3] c = {", big + 1,
                               ", 0, -7}> { y = Reduce", expected.op, "(c) }"));
    EXPECT_THAT(NumbersIn<int64_t>(Computed(model, {BytesOf<float>({0})}).at(0)), ElementsAre(expected.value))
        << expected.op;
  }
}

}  // namespace
}  // namespace diapason::compiler
