// What a user may say about a model's inputs: sizes by name, whole shapes, and known values; and what is
// odd about the shapes in a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/compiler/importer/onnx_text.h"

namespace diapason::compiler::importer {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Message(const onnx::ModelProto& model, const LoadOptions& options) {
  const absl::Status status = Load(model, options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  return std::string(status.message());
}

// PaddlePaddle calls every dimension that it does not know '?'.
TEST(InputShapesTest, AShapeGivesOneNameTwoSizes) {
  onnx::ModelProto model = OnnxModel("(float[N, 3, N, N] x) => (float[N, 3, N, N] y) { y = Relu (x) }");
  for (int i : {0, 2, 3})
    model.mutable_graph()
        ->mutable_input(0)
        ->mutable_type()
        ->mutable_tensor_type()
        ->mutable_shape()
        ->mutable_dim(i)
        ->set_dim_param("?");
  const auto program = Load(model, {.shapes = {{"x", {1, 3, 48, 192}}}});
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(program->inputs[0].shape, (graph::Shape{1, 3, 48, 192}));
  EXPECT_EQ(program->outputs[0].shape, (graph::Shape{1, 3, 48, 192}));
  EXPECT_THAT(Message(model, {}), HasSubstr("--shape x=1x3x1x1"));
  EXPECT_THAT(Message(model, {.shapes = {{"x", {1, 4, 48, 192}}}}),
              HasSubstr("--shape x=1x4x48x192 does not fit the model: the input's dimension 1 is 3"));
  EXPECT_THAT(Message(model, {.shapes = {{"x", {3, 48, 192}}}}), HasSubstr("the input has 4 dimensions"));
  EXPECT_THAT(Message(model, {.dims = {{"?", 1}}, .shapes = {{"z", {1}}}}), HasSubstr("no input named 'z'"));
}

TEST(InputShapesTest, AnInputWithoutAShapeGetsOne) {
  onnx::ModelProto model = OnnxModel("(float[2] x) => (float[2] y) { y = Relu (x) }");
  model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->clear_shape();
  EXPECT_THAT(Message(model, {}), HasSubstr("input 'x' has no shape; give it one with --shape"));
  const auto program = Load(model, {.shapes = {{"x", {2, 5}}}});
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(program->outputs[0].shape, (graph::Shape{2, 5}));
}

// A branch for another value need not be valid for these shapes.
TEST(InputShapesTest, AKnownValueDecidesABranch) {
  const onnx::ModelProto model = OnnxModel(
      "(float[2] x, int64 rate) => (float[M] y) <int64 limit = {16000}, int64[1] three = {3}> "
      "{ c = Equal (rate, limit) y = If (c) <then_branch = yes () => (float[2] a) { a = Neg (x) }, "
      "else_branch = no () => (float[3] b) { b = Reshape (x, three) }> }");
  const absl::Status unknown = Load(model).status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kUnimplemented) << unknown;
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("--value INPUT=NUMBER says what that is"));
  const auto program = Load(model, {.values = {{"rate", {16000}}}});
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(program->inputs.size(), 1u);
  EXPECT_EQ(program->outputs[0].shape, (graph::Shape{2}));
  EXPECT_THAT(Message(model, {.values = {{"rate", {1, 2}}}}), HasSubstr("has 1 elements, not 2"));
  EXPECT_THAT(Message(model, {.values = {{"sr", {1}}}}),
              HasSubstr("no input named 'sr'; remove it from --value"));
}

TEST(InputShapesTest, AWrongShapeOfAnOutputIsAWarning) {
  std::vector<std::string> warnings;
  const LoadOptions options = {.warnings = &warnings};
  EXPECT_TRUE(Load(OnnxModel("(float[2, 3] x) => (float[N, 3] y) { y = Relu (x) }"), options).ok());
  EXPECT_THAT(warnings, IsEmpty());
  EXPECT_TRUE(Load(OnnxModel("(float[2, 3] x) => (float[3, 2] y) { y = Relu (x) }"), options).ok());
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0], HasSubstr("another shape for its output 'y' than it computes, which is 2x3"));
}

}  // namespace
}  // namespace diapason::compiler::importer
