// Tests branches and loops, with conditions that are known when the model is compiled and with those
// that are not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/compiler/importer/onnx_text.h"

namespace diapason::compiler::importer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<float> Result(const std::string& text, const std::vector<std::string>& inputs) {
  const std::vector<std::string> outputs = Computed(OnnxModel(text), inputs);
  return outputs.empty() ? std::vector<float>() : NumbersIn<float>(outputs[0]);
}

std::string Message(const std::string& text) { return std::string(Load(OnnxModel(text)).status().message()); }

constexpr char kBranches[] =
    "{ y = If (c) <then_branch = yes () => (float[2] a) { a = Neg (x) }, "
    "else_branch = no () => (float[2] b) { b = Mul (x, x) }> }";

TEST(ControlFlowTest, ABranchReadsValuesFromOutside) {
  const std::string x = BytesOf(std::vector<float>{2, 3});
  const std::string text = absl::StrCat("(float[2] x, bool c) => (float[2] y) ", kBranches);
  EXPECT_THAT(Result(text, {x, std::string(1, '\1')}), ElementsAre(-2, -3));
  EXPECT_THAT(Result(text, {x, std::string(1, '\0')}), ElementsAre(4, 9));
}

// What is not supported in a branch that is never taken does not matter.
TEST(ControlFlowTest, AKnownConditionChoosesABranch) {
  const std::string text =
      "(float[2] x) => (float[2] y) <bool c = {0}> { y = If (c) <then_branch = yes () => (float[2] a) "
      "{ a = Unknown (x) }, else_branch = no () => (float[2] b) { b = Mul (x, x) }> }";
  EXPECT_THAT(Result(text, {BytesOf(std::vector<float>{2, 3})}), ElementsAre(4, 9));
}

TEST(ControlFlowTest, BranchesOfDifferentShapesNeedAKnownCondition) {
  EXPECT_THAT(Message("(float[2] x, bool c) => (float[N] y) <int64[2] s = {1, 2}> "
                      "{ y = If (c) <then_branch = yes () => (float[2] a) "
                      "{ a = Neg (x) }, else_branch = no () => (float[1, 2] b) { b = Reshape (x, s) }> }"),
              HasSubstr("a condition computed when the model runs, and results of the shapes 2 and 1x2"));
}

TEST(ControlFlowTest, ALoopStacksWhatItsIterationsCompute) {
  const std::string text =
      "(float v) => (float last, float[3] rows) <int64 n = {3}, bool yes = {1}, float one = {1}> "
      "{ last, rows = Loop (n, yes, v) <body = step (int64 i, bool on, float a) => (bool next, float b, "
      "float row) "
      "{ next = Identity (on) b = Add (a, one) row = Neg (a) }> }";
  const std::vector<std::string> outputs = Computed(OnnxModel(text), {BytesOf(std::vector<float>{5})});
  ASSERT_EQ(outputs.size(), 2);
  EXPECT_THAT(NumbersIn<float>(outputs[0]), ElementsAre(8));
  EXPECT_THAT(NumbersIn<float>(outputs[1]), ElementsAre(-5, -6, -7));
}

// The loop ends after an iteration that was begun with v >= limit.
TEST(ControlFlowTest, ALoopMayEndByAConditionThatIsKnownWhenTheModelRuns) {
  const std::string text =
      "(float v, float limit) => (float last) <int64 n = {10}, bool yes = {1}, float one = {1}> "
      "{ last = Loop (n, yes, v) <body = step (int64 i, bool on, float a) => (bool next, float b) "
      "{ next = Less (a, limit) b = Add (a, one) }> }";
  const auto result = [&](float v, float limit) {
    return Result(text, {BytesOf(std::vector<float>{v}), BytesOf(std::vector<float>{limit})});
  };
  EXPECT_THAT(result(0, 3), ElementsAre(4));
  EXPECT_THAT(result(5, 3), ElementsAre(6));
  EXPECT_THAT(result(0, 100), ElementsAre(10));
}

TEST(ControlFlowTest, ALoopOfTooManyIterationsIsRefused) {
  EXPECT_THAT(
      Message("(float v) => (float last) <int64 n = {1000000}, bool yes = {1}> { last = Loop (n, yes, v) "
              "<body = step (int64 i, bool on, float a) => (bool next, float b) "
              "{ next = Identity (on) b = Identity (a) }> }"),
      HasSubstr("a loop whose number of iterations is not known, or is above 10,000"));
}

TEST(ControlFlowTest, AScanGoesThroughItsSequenceBackwards) {
  const std::string text =
      "(float[2] s, float[3, 2] x) => (float[2] last, float[3, 2] sums) { last, sums = Scan (s, x) "
      "<num_scan_inputs = 1, scan_input_directions = [1], "
      "body = step (float[2] sum, float[2] row) => (float[2] next, float[2] out) "
      "{ next = Add (sum, row) out = Identity (next) }> }";
  const std::vector<std::string> outputs = Computed(
      OnnxModel(text), {BytesOf(std::vector<float>{0, 10}), BytesOf(std::vector<float>{1, 2, 3, 4, 5, 6})});
  ASSERT_EQ(outputs.size(), 2);
  EXPECT_THAT(NumbersIn<float>(outputs[0]), ElementsAre(9, 22));
  EXPECT_THAT(NumbersIn<float>(outputs[1]), ElementsAre(5, 16, 8, 20, 9, 22));
}

TEST(ControlFlowTest, ABodyWithOtherInputsIsRefused) {
  EXPECT_THAT(Message("(float v) => (float last) <int64 n = {3}, bool yes = {1}> { last = Loop (n, yes, v) "
                      "<body = step (int64 i, bool on) => (bool next) { next = Identity (on) }> }"),
              HasSubstr("the body 'step' has 2 inputs, but gets 3"));
}

}  // namespace
}  // namespace diapason::compiler::importer
