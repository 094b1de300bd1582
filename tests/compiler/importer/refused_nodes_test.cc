// Nodes that are wrong by ONNX's text although their numbers could be computed: they are refused, in one line
// that says why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/compiler/importer/onnx_text.h"

namespace diapason::compiler::importer {
namespace {

using ::testing::HasSubstr;

struct Wrong {
  const char* graph;
  const char* reason;
};

void ExpectRefused(const std::vector<Wrong>& all) {
  for (const Wrong& wrong : all) {
    const absl::Status status = Load(OnnxModel(wrong.graph, 17)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << wrong.graph << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(wrong.reason)) << wrong.graph;
  }
}

// Where one operand broadcasts to another, and not the other way round, the result is no larger than that.
TEST(RefusedNodesTest, OperandsThatMakeTheResultLarger) {
  ExpectRefused({
      {"(float[2, 5] x, float[5, 3] w, float[2, 1, 3] c) => (float[2, 3] y) { y = Gemm(x, w, c) }",
       "operand 2 of shape 2x1x3 does not broadcast to 2x3"},
      {"(float[1, 5] x, float[5, 3] w, float[2, 3] c) => (float[2, 3] y) { y = Gemm(x, w, c) }",
       "operand 2 of shape 2x3 does not broadcast to 1x3"},
      {"(float[1, 3] x, float[2, 3] s) => (float[2, 3] y) { y = PRelu(x, s) }",
       "operand 1 of shape 2x3 does not broadcast to 1x3"},
      {"(float[2, 3] x, float[1, 2, 3] s) => (float[2, 3] y) { y = LayerNormalization(x, s) }",
       "operand 1 of shape 1x2x3 does not broadcast to 2x3"},
      {"(float[2, 3] x, float[3] s, float[4, 2, 3] b) => (float[2, 3] y) { y = LayerNormalization(x, s, b) }",
       "operand 2 of shape 4x2x3 does not broadcast to 2x3"},
  });
}

TEST(RefusedNodesTest, TensorsInPlaceOfNumbers) {
  ExpectRefused({
      {"(float[2, 3] x, float[3] low) => (float[2, 3] y) { y = Clip(x, low) }",
       "operand 1 of shape 3 is not one number"},
      {"(float[2, 3] x, float[2, 3] high) => (float[2, 3] y) { y = Clip(x, , high) }",
       "operand 2 of shape 2x3 is not one number"},
      {"(float[3] x, float[2] fill) => (float[5] y) <int64[2] p = {1, 1}> { y = Pad(x, p, fill) }",
       "operand 2 of shape 2 is not one number"},
  });
}

TEST(RefusedNodesTest, TransposedConvolutionsWhoseNumbersDoNotFit) {
  const auto graph = [](const std::string& attributes) {
    return "(float[1, 2, 5, 5] x, float[2, 1, 3, 3] w) => (float[1, 1, n, m] y) { y = ConvTranspose<" +
           attributes + ">(x, w) }";
  };
  const std::string pads = graph("pads = [4, 0, 3, 0]"), shape = graph("kernel_shape = [3, 1]"),
                    groups = graph("group = 3"), ranks = graph("output_padding = [1]"),
                    wanted = graph("output_shape = [7]");
  ExpectRefused({
      {pads.c_str(), "dimension 2 of the output would have 0 elements"},
      {shape.c_str(), "kernel_shape 3x1 is not that of the weights of shape 2x1x3x3"},
      {groups.c_str(), "weights of shape 2x1x3x3 in 3 groups do not fit an input of shape 1x2x5x5"},
      {ranks.c_str(), "do not have the window's rank"},
      {wanted.c_str(), "do not have the window's rank"},
  });
}

TEST(RefusedNodesTest, KernelShapesOfOtherWeights) {
  ExpectRefused(
      {{"(float[1, 1, 5, 5] x, float[1, 1, 3, 3] w) => (float[1, 1, 3, 3] y) "
        "{ y = Conv<kernel_shape = [1, 3]>(x, w) }",
        "kernel_shape 1x3 is not that of the weights of shape 1x1x3x3"}});
}

}  // namespace
}  // namespace diapason::compiler::importer
