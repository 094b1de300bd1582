// Indices and other numbers with unusual values. The result must be right, or the model must be refused
// with a reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "absl/strings/str_cat.h"
#include "compiler/model/program_check.h"
#include "tests/compiler/importer/onnx_text.h"
#include "tests/testing/mutations.h"

namespace diapason::compiler::importer {
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
    // The table is a constant (folded, or too large to fold), or arrives when the model runs.
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
              HasSubstr("the indices are of type float32"));
  EXPECT_THAT(Refusal("(float[3] x) => (float[2] y) <float[2] index = {0, 1}> { y = Gather(x, index) }"),
              HasSubstr("the indices are of type float32"));
}

TEST(SliceTest, GoingBackwardsBeginsAtAnElement) {
  // A start before the first element means the first element. An end before the first element includes
  // that element.
  struct Expected {
    const char *start, *end;
    std::vector<float> y;
  };
  for (const Expected& expected : {Expected{"-9", "-9", {0}},
                                   {"-4", "-9223372036854775808", {0}},
                                   {"1", "-9", {1, 0}},
                                   {"9", "0", {2, 1}}}) {
    const onnx::ModelProto model =
        OnnxModel(absl::StrCat("(float[3] x) => (float[", expected.y.size(), "] y) <int64[1] s = {",
                               expected.start, "}, int64[1] e = {", expected.end,
                               "}, int64[1] a = {0}, int64[1] by = {-1}> { y = Slice(x, s, e, a, by) }"));
    EXPECT_EQ(NumbersIn<float>(Computed(model, {BytesOf<float>({0, 1, 2})}).at(0)), expected.y)
        << expected.start << " to " << expected.end;
  }
}

// The shape arithmetic is folded, so the new shape is known.
TEST(ShapeArithmeticTest, ReductionsOfIntegersFold) {
  const onnx::ModelProto model = OnnxModel(
      "(float[2, 3, 4] x) => (float[24, 1] y) <int64[1] one = {1}> { s = Shape(x) p = ReduceProd(s) "
      "l = ReduceMin(s) d = Sub(l, one) n = Concat<axis = 0>(p, d) y = Reshape(x, n) }");
  const absl::StatusOr<graph::Program> program = Load(model);
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(program->outputs[0].shape, (std::vector<int64_t>{24, 1}));
}

TEST(ShapeArithmeticTest, FoldedReductionsOfIntegersAreExact) {
  struct Expected {
    const char* op;
    int64_t value;
  };
  const int64_t big = int64_t{1} << 53;  // big + 1 is not a double
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

constexpr char kLeast[] = "-9223372036854775808", kMost[] = "9223372036854775807";

TEST(AbsurdNumbersTest, AreRefused) {
  for (const char* number : {kLeast, kMost, "-5", "1099511627777"}) {
    const std::string shape = absl::StrCat("<int64[2] n = {2, ", number, "}> ");
    Refusal(absl::StrCat("(float[1] x) => (float[1] y) ", shape, "{ y = ConstantOfShape(n) }"));
    Refusal(absl::StrCat("(float[1] x) => (float[1] y) ", shape, "{ y = Expand(x, n) }"));
    Refusal(absl::StrCat("(float[1, 3] x) => (float[1] y) ", shape, "{ y = Tile(x, n) }"));
    Refusal(absl::StrCat("(float[2, 3] x) => (float[1] y) ", shape, "{ y = Reshape(x, n) }"));
    Refusal(absl::StrCat("(float[2, 3] x) => (float[1] y) ", shape, "{ y = Unsqueeze(x, n) }"));
    Refusal(absl::StrCat("(float[2, 3] x) => (float[1] y) ", shape, "{ y = Squeeze(x, n) }"));
    Refusal(absl::StrCat("(float[2, 3] x) => (float[1] y, float[1] z) ", shape, "{ y, z = Split(x, n) }"));
    Refusal(absl::StrCat("(float[2, 3] x) => (float[1] y) ", shape, "{ y = ReduceSum(x, n) }"));
    for (const char* attribute : {"Concat<axis = ", "Gather<axis = ", "Softmax<axis = "})
      Refusal(absl::StrCat("(float[2, 3] x) => (float[1] y) <int64[1] i = {0}> { y = ", attribute, number,
                           attribute[0] == 'S'   ? ">(x) }"
                           : attribute[0] == 'C' ? ">(x, x) }"
                                                 : ">(x, i) }"));
  }
  Refusal("(float[2] x) => (float[1] y) <int64[2] n = {0, 0}> { y = Unsqueeze(x, n) }");
  Refusal(
      "(float[2] x) => (float[1] y) <int64 a = {0}, int64 b = {9223372036854775807}, int64 d = {1}> "
      "{ y = Range(a, b, d) }");
  Refusal(
      "(float[2] x) => (float[1] y) <int64 a = {0}, int64 b = {1}, int64 d = {0}> { y = Range(a, b, d) }");
  Refusal(
      "(float[2] x) => (float[1] y) <int64 a = {0}, int32 b = {1}, int64 d = {1}> { y = Range(a, b, d) }");
  Refusal(
      "(float[2] x) => (float[1] y) <int64[1] a = {0}, int64[1] b = {1}, int64[1] s = {0}> "
      "{ y = Slice(x, a, b, a, s) }");
  Refusal("(float[2] x) => (float[1] y, float[1] z) { y, z = Split<num_outputs = 3>(x) }", 18);
}

TEST(AbsurdNumbersTest, OfSlicesAreCutToTheTensor) {
  const auto slice = [](const std::string& start, const std::string& end, const std::string& step,
                        int count) {
    return NumbersIn<float>(
        Computed(OnnxModel(absl::StrCat("(float[4] x) => (float[", count, "] y) <int64[1] a = {", start,
                                        "}, int64[1] b = {", end, "}, int64[1] axes = {0}, int64[1] s = {",
                                        step, "}> { y = Slice(x, a, b, axes, s) }")),
                 {BytesOf<float>({0, 1, 2, 3})})
            .at(0));
  };
  EXPECT_THAT(slice(kLeast, kMost, "1", 4), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(slice(kMost, kLeast, "-1", 4), ElementsAre(3, 2, 1, 0));
  EXPECT_THAT(slice("1", kMost, kMost, 1), ElementsAre(1));
  EXPECT_THAT(slice("-1", kLeast, kLeast, 1), ElementsAre(3));
  EXPECT_THAT(slice(kMost, kMost, "1", 0), ElementsAre());
}

TEST(AbsurdNumbersTest, ARangeEndsWithItsType) {
  const onnx::ModelProto model = OnnxModel(
      "(float[1] x) => (int64[2] y) <int64 a = {9223372036854775805}, int64 b = {9223372036854775807}, "
      "int64 d = {1}> { y = Range(a, b, d) }");
  const absl::StatusOr<graph::Program> program = Load(model);
  ASSERT_TRUE(program.ok()) << program.status();
}

TEST(WrongOperandsTest, FunctionsOfFloatsTakeNoIntegers) {
  for (const char* op :
       {"LeakyRelu", "HardSigmoid", "HardSwish", "Softsign", "Reciprocal", "ThresholdedRelu", "Mean"}) {
    const absl::Status status =
        Load(OnnxModel(absl::StrCat("(int32[3] x) => (int32[3] y) { y = ", op, "(x) }"))).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented) << op << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("with elements of type int32"));
  }
}

TEST(WrongOperandsTest, AreNamed) {
  EXPECT_THAT(
      Refusal("(float[2, 3] x) => (float[1] y) <float[1] n = {6}> { y = Reshape(x, n) }"),
      HasSubstr("Reshape (node 'y', opset 17): operand 1 is of type float32, but must hold integers"));
  EXPECT_THAT(Refusal("(float[2, 3] x) => (float[1] y) <bool[1] n = {1}> { y = Reshape(x, n) }"),
              HasSubstr("of type bool"));
  EXPECT_THAT(Refusal("(float[2, 3] x, int64[2, 3] z) => (float[2, 3] y) { y = Add(x, z) }"),
              HasSubstr("Add (node 'y', opset 17): its operands have different types, float32 and int64"));
  EXPECT_THAT(Refusal("(float[2, 3] x, float[3, 2] z) => (float[2, 3] y) { y = Add(x, z) }"),
              HasSubstr("shapes 2x3 and 3x2 do not broadcast"));
  EXPECT_THAT(Refusal("(float[2, 3] x, float[3] z) => (float[2, 3] y) { y = Concat<axis = 0>(x, z) }"),
              HasSubstr("the parts have different ranks"));
}

// A model in which every number decides about shapes or positions.
TEST(IndicesAndNumbersTest, DamagedModelsAreRefusedOrRead) {
  const onnx::ModelProto model = OnnxModel(
      "(float[2, 6] x, int64[3] at) => (float[2, 3] y, int64[1] n, float[3, 6] g, bool[6] b) "
      "<int64[2] s = {0, 1}, int64[2] e = {2, 6}, int64[2] axes = {0, 1}, int64[2] by = {1, 2}, int64[4] p = "
      "{0, 1, 0, 1}, "
      "int64[2] t = {1, 2}, int64[2] w = {2, -1}, int64[2] parts = {3, 3}, int64[3] known = {0, -1, 1}, "
      "int64 from = {0}, "
      "int64 to = {6}, int64 step = {1}, int64[1] one = {1}> "
      "{ sliced = Slice(x, s, e, axes, by) padded = Pad(sliced, p) tiled = Tile(padded, t) shaped = "
      "Reshape(tiled, w) "
      "shape = Shape(shaped) n = ReduceProd(shape) filled = ConstantOfShape(shape) sum = Add(shaped, filled) "
      "left, right = Split<axis = 1>(x, parts) both = Concat<axis = 0>(left, right) y = Gather<axis = "
      "0>(both, axes) "
      "table = Gather(both, known) wide = Concat<axis = 1>(table, table) g0 = Gather(x, at) g = Add(g0, "
      "wide) "
      "range = Range(from, to, step) up = Unsqueeze(range, one) down = Squeeze(up, one) r = Cast<to = "
      "9>(down) "
      "b = Expand(r, to1) to1 = Concat<axis = 0>(six) six = Unsqueeze(to, zero) zero = Constant<value_ints = "
      "[0]>() }");
  ASSERT_TRUE(Load(model).ok()) << Load(model).status();
  testing::ExpectMutationsAreRefusedOrRead(
      {model.SerializeAsString()}, 500,
      [](const std::string& damaged) {
        const absl::StatusOr<graph::Program> program = LoadBytes(damaged);
        if (program.ok()) EXPECT_TRUE(model::CheckProgram(*program).ok()) << model::CheckProgram(*program);
        return program.status();
      },
      {absl::StatusCode::kInvalidArgument, absl::StatusCode::kUnimplemented});
}

}  // namespace
}  // namespace diapason::compiler::importer
