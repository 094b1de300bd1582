// What a model's refusal says: every part that is not supported, for a person in one line and for a
// program as a message; and what is left of the model without these parts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/compiler/importer/onnx_text.h"

namespace diapason::compiler::importer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

v1::Refusal Refused(const std::string& text) {
  const absl::Status status = Load(OnnxModel(text)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented) << status;
  const std::optional<v1::Refusal> refusal = RefusalOf(status);
  EXPECT_TRUE(refusal.has_value()) << status;
  return refusal.value_or(v1::Refusal());
}

TEST(RefusalTest, NodesHaveTheirAttributesAndIndices) {
  const v1::Refusal refusal = Refused(
      "(float[4] x) => (float[4] y) { a = Relu (x) "
      "b = Foo <i = -1, f = 0.5, s = \"it's\", is = [1, 2]> (a, , x) y = Add (a, b) }");
  ASSERT_EQ(refusal.parts_size(), 1);
  const v1::RefusedPart& part = refusal.parts(0);
  EXPECT_EQ(part.kind(), v1::REFUSED_KIND_NODE);
  EXPECT_TRUE(part.has_node());
  EXPECT_EQ(part.node(), 1);
  EXPECT_FALSE(part.in_body());
  EXPECT_EQ(part.name(), "b");
  EXPECT_EQ(part.op_type(), "Foo");
  EXPECT_EQ(part.opset(), 17);
  EXPECT_THAT(part.inputs(), ElementsAre("a", "", "x"));
  EXPECT_THAT(part.outputs(), ElementsAre("b"));
  ASSERT_EQ(part.attributes_size(), 4);
  EXPECT_EQ(part.attributes(0).name(), "i");
  EXPECT_EQ(part.attributes(0).value(), "-1");
  EXPECT_EQ(part.attributes(1).value(), "0.5");
  EXPECT_EQ(part.attributes(2).value(), "'it\\'s'");
  EXPECT_EQ(part.attributes(3).value(), "[1, 2]");
  EXPECT_THAT(refusal.unchecked_nodes(), ElementsAre(2));
  EXPECT_THAT(refusal.error(), HasSubstr("Foo[i=-1, f=0.5, s='it\\'s', is=[1, 2]] (node 'b', opset 17)"));
}

TEST(RefusalTest, EqualNodesAreToldTogether) {
  const v1::Refusal refusal = Refused(
      "(float[4] x) => (float[4] y, float[4] z) { a = Foo (x) b = Foo <k = 1> (x) c = Foo (x) "
      "y = Add (a, b) z = Relu (c) }");
  EXPECT_EQ(refusal.parts_size(), 3);
  EXPECT_THAT(refusal.error(), HasSubstr(": Foo (nodes 'a', 'c', opset 17); Foo[k=1] (node 'b', opset 17)"));
}

TEST(RefusalTest, ANodeInABodyHasTheIndexOfTheNodeAroundIt) {
  const v1::Refusal refusal = Refused(
      "(float v) => (float last) <int64 n = {3}, bool yes = {1}> { w = Neg (v) last = Loop (n, yes, w) "
      "<body = step (int64 i, bool on, float a) => (bool next, float b) { next = Identity (on) b = Foo (a) "
      "}> }");
  ASSERT_EQ(refusal.parts_size(), 1);
  EXPECT_EQ(refusal.parts(0).node(), 1);
  EXPECT_TRUE(refusal.parts(0).in_body());
  EXPECT_EQ(refusal.parts(0).op_type(), "Foo");
}

// If the model states the shape of what a refused node computes, the nodes behind it are checked, too.
TEST(RefusalTest, NodesBehindAStatedShapeAreChecked) {
  onnx::ModelProto model =
      OnnxModel("(float[4] x) => (float[4] y) { a = Foo (x) b = Relu (a) y = Mod <fmod = 1> (b, b) }");
  onnx::ValueInfoProto& info = *model.mutable_graph()->add_value_info();
  info = model.graph().input(0);
  info.set_name("a");
  const std::optional<v1::Refusal> refusal = RefusalOf(Load(model).status());
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->parts_size(), 2) << refusal->error();
  EXPECT_TRUE(refusal->unchecked_nodes().empty());
}

// A wrong shape in the file must not hide what is refused.
TEST(RefusalTest, AWrongStatedShapeLeavesNodesUnchecked) {
  onnx::ModelProto model = OnnxModel("(float[4] x) => (float[4] y) { a = Foo (x) y = Add (a, x) }");
  onnx::ValueInfoProto& info = *model.mutable_graph()->add_value_info();
  info = model.graph().input(0);
  info.set_name("a");
  info.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->set_dim_value(3);
  const std::optional<v1::Refusal> refusal = RefusalOf(Load(model).status());
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->parts_size(), 1);
  EXPECT_THAT(refusal->unchecked_nodes(), ElementsAre(1));
}

TEST(RefusalTest, OtherErrorsHaveNoList) {
  const absl::Status status = Load(OnnxModel("(float[4] x) => (float[4] y) { y = Relu (z) }")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_FALSE(RefusalOf(status).has_value());
}

// What a refused node reads becomes an output, and its result, whose shape is stated, an input.
TEST(RefusalTest, TheOtherPartsCanBeLoaded) {
  onnx::ModelProto model = OnnxModel(
      "(float[4] x) => (float[4] y, float[4] z) { a = Exp (x) b = Foo (a) y = Neg (b) z = Bar (y) }");
  onnx::ValueInfoProto& info = *model.mutable_graph()->add_value_info();
  info = model.graph().input(0);
  info.set_name("b");
  v1::Refusal left_out;
  LoadOptions options;
  options.left_out = &left_out;
  const auto program = Load(model, options);
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(left_out.parts_size(), 2);
  EXPECT_EQ(program->calls.size(), 2u);
  ASSERT_EQ(program->inputs.size(), 2u);
  EXPECT_EQ(program->inputs[1].name, "b");
  ASSERT_EQ(program->outputs.size(), 2u);
  EXPECT_EQ(program->outputs[0].name, "y");
  EXPECT_EQ(program->outputs[1].name, "a");

  options.left_out->Clear();
  const auto whole = Load(OnnxModel("(float[4] x) => (float[4] y) { y = Exp (x) }"), options);
  EXPECT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(left_out.parts_size(), 0);
  EXPECT_THAT(left_out.error(), Not(HasSubstr("Exp")));
}

}  // namespace
}  // namespace diapason::compiler::importer
