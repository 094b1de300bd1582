// Tensors of the same name, nodes that are not in order, and cycles.
#include "compiler/importer/node_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/compiler/importer/onnx_text.h"

namespace diapason::compiler::importer {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Order(const onnx::ModelProto& model) {
  const auto nodes = NodesInOrder(model.graph());
  EXPECT_TRUE(nodes.ok()) << nodes.status();
  std::vector<std::string> names;
  if (nodes.ok()) {
    for (const onnx::NodeProto* node : *nodes) names.push_back(NodeName(*node));
  }
  return names;
}

std::string Refusal(const onnx::ModelProto& model) {
  const absl::Status status = Load(model).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(status.message().find('\n'), absl::string_view::npos);
  return std::string(status.message());
}

TEST(NodeOrderTest, SortedNodesKeepTheirOrder) {
  EXPECT_THAT(
      Order(OnnxModel("(float[2] x) => (float[2] y) { c = Neg(x) b = Abs(x) a = Neg(c) y = Add(a, b) }")),
      ElementsAre("c", "b", "a", "y"));
}

TEST(NodeOrderTest, OthersAreSorted) {
  const onnx::ModelProto model =
      OnnxModel("(float[2] x) => (float[2] y) { y = Add(b, c) b = Neg(x) c = Mul(b, b) }");
  EXPECT_THAT(Order(model), ElementsAre("b", "c", "y"));
  EXPECT_THAT(NumbersIn<float>(Computed(model, {BytesOf<float>({2, 3})}).at(0)), ElementsAre(2, 6));
}

TEST(NodeOrderTest, CyclesAreRefusedWithTheirNodes) {
  const std::string message = Refusal(OnnxModel(
      "(float[2] x) => (float[2] y) { a = Neg(x) b = Add(a, d) c = Neg(b) d = Abs(c) y = Neg(d) }"));
  EXPECT_THAT(message, AllOf(HasSubstr("cycle: "), HasSubstr("'b'"), HasSubstr("'c'"), HasSubstr("'d'")));
  EXPECT_THAT(message, ::testing::Not(::testing::AnyOf(HasSubstr("'a'"), HasSubstr("'y'"))));
  EXPECT_THAT(Refusal(OnnxModel("(float[2] x) => (float[2] y) { y = Add(x, y) }")), HasSubstr("cycle: 'y'"));
}

TEST(NodeOrderTest, ALongCycleIsNotAllNamed) {
  std::string nodes = "a0 = Add(x, a99) ";
  for (int i = 1; i < 100; ++i) absl::StrAppend(&nodes, "a", i, " = Neg(a", i - 1, ") ");
  const std::string message = Refusal(OnnxModel("(float[2] x) => (float[2] a99) { " + nodes + "}"));
  EXPECT_THAT(message, HasSubstr("..."));
  EXPECT_LT(message.size(), 300u);
}

TEST(NodeOrderTest, NamesAreMadeOnce) {
  EXPECT_THAT(Refusal(OnnxModel("(float[2] x) => (float[2] y) { a = Neg(x) a = Abs(x) y = Neg(a) }")),
              HasSubstr("two tensors have the name 'a': the output of node 'a' and the output of node 'a'"));
  EXPECT_THAT(Refusal(OnnxModel("(float[2] x) => (float[2] y) { x = Neg(x) y = Neg(x) }")),
              HasSubstr("'x': an input of the model and the output of node 'x'"));
  EXPECT_THAT(
      Refusal(OnnxModel("(float[2] x) => (float[2] y) <float[2] w = {1, 2}> { w = Neg(x) y = Neg(w) }")),
      HasSubstr("'w': an initializer and the output of node 'w'"));
  EXPECT_THAT(Refusal(OnnxModel("(float[2] x, float[2] x) => (float[2] y) { y = Neg(x) }")),
              HasSubstr("'x': an input of the model and an input of the model"));
  EXPECT_THAT(Refusal(OnnxModel("(float[2] x) => (float[1] y) { y, y = Split(x) }")), HasSubstr("'y'"));
  onnx::ModelProto twice = OnnxModel("(float[2] x) => (float[2] y) <float[2] w = {1, 2}> { y = Add(x, w) }");
  *twice.mutable_graph()->add_initializer() = twice.graph().initializer(0);
  EXPECT_THAT(Refusal(twice), HasSubstr("'w': an initializer and an initializer"));
}

TEST(NodeOrderTest, AnInitializerMayBeTheDefaultOfAnInput) {
  onnx::ModelProto model = OnnxModel("(float[2] x) => (float[2] y) <float[2] w = {1, 2}> { y = Add(x, w) }");
  onnx::ValueInfoProto input = model.graph().input(0);
  input.set_name("w");
  *model.mutable_graph()->add_input() = input;
  EXPECT_THAT(NumbersIn<float>(Computed(model, {BytesOf<float>({2, 3})}).at(0)), ElementsAre(3, 5));
}

}  // namespace
}  // namespace diapason::compiler::importer
