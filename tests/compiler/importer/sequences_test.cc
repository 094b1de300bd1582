// Tests sequences and optionals whose lengths are known, functions that a model defines, and ensembles of
// trees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/compiler/importer/onnx_text.h"

namespace diapason::compiler::importer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<float> Result(const onnx::ModelProto& model, const std::vector<float>& x) {
  const std::vector<std::string> outputs = Computed(model, {BytesOf(x)});
  return outputs.empty() ? std::vector<float>() : NumbersIn<float>(outputs[0]);
}

std::string Message(const onnx::ModelProto& model) { return std::string(Load(model).status().message()); }

constexpr char kNumbers[] = "<int64 zero = {0}, int64 one = {1}, int64 two = {2}, int64 last = {-1}> ";

std::string WithNumbers(const std::string& nodes) {
  return "(float[4] x) => (float[N] y) " + std::string(kNumbers) + "{ " + nodes + " }";
}

TEST(SequencesTest, ElementsAreInsertedErasedAndJoined) {
  const auto model = OnnxModel(WithNumbers(
      "s = SplitToSequence (x, one) a = SequenceAt (s, last) b = SequenceInsert (s, a, zero) "
      "c = SequenceErase (b, two) d = SequenceInsert (c, a, last) y = ConcatFromSequence<axis = 0> (d)"));
  EXPECT_THAT(Result(model, {1, 2, 3, 4}), ElementsAre(4, 1, 3, 4, 4));
}

TEST(SequencesTest, ALoopAppendsToASequence) {
  const auto model = OnnxModel(
      "(float[2] x) => (float[N] y) <int64 three = {3}, bool yes = {1}> { e = SequenceEmpty () "
      "s, v = Loop (three, yes, e, x) <body = b (int64 i, bool on, float[2] t, float[2] p) => "
      "(bool off, float[2] u, float[2] q) { off = Identity (on) q = Add (p, p) "
      "u = SequenceInsert (t, q) }> y = ConcatFromSequence<axis = 0> (s) }");
  EXPECT_THAT(Result(model, {1, 3}), ElementsAre(2, 6, 4, 12, 8, 24));
}

TEST(SequencesTest, AnOptionalIsItsElementOrEmpty) {
  const auto model = OnnxModel(
      "(float[2] x) => (float[2] y) { o = Optional (x) h = OptionalHasElement (o) "
      "y = If (h) <then_branch = a () => (float[2] p) { p = OptionalGetElement (o) }, "
      "else_branch = b () => (float[2] q) { q = Unknown (x) }> }",
      18);
  EXPECT_THAT(Result(model, {1, 3}), ElementsAre(1, 3));
}

TEST(SequencesTest, WhatCannotBeKnownIsRefused) {
  EXPECT_THAT(Message(OnnxModel("(float[4] x) => (float[N] y) { y = SplitToSequence (x) }")),
              HasSubstr("output 'y' with a sequence"));
  EXPECT_THAT(Message(OnnxModel("(float[4] x, int64 i) => (float[N] y) { s = SplitToSequence (x) "
                                "y = SequenceAt (s, i) }")),
              HasSubstr("operand 1 ('i') computed when the model runs"));
  EXPECT_THAT(Message(OnnxModel("(float[4] x) => (float[N] y) { s = SplitToSequence (x) y = Neg (s) }")),
              HasSubstr("operand 0 ('s') is a sequence"));
  EXPECT_THAT(Message(OnnxModel(WithNumbers("s = SequenceConstruct (x) y = SequenceAt (s, two)"))),
              HasSubstr("position 2 does not exist in a sequence with 1 places"));
}

// Returns a model whose function `f` of the domain "my" has one node, with an attribute that refers to the
// function's.
onnx::ModelProto WithFunction(const std::string& calls) {
  onnx::ModelProto model = OnnxModel("(float[2] x) => (float[2] y) { " + calls + " }");
  for (onnx::NodeProto& node : *model.mutable_graph()->mutable_node()) {
    if (node.op_type() == "f") node.set_domain("my");
  }
  onnx::OperatorSetIdProto& set = *model.add_opset_import();
  set.set_domain("my");
  set.set_version(1);
  onnx::FunctionProto& function = *model.add_functions();
  function.set_name("f");
  function.set_domain("my");
  function.add_input("a");
  function.add_output("y");  // the names of a function are its own
  function.add_attribute("slope");
  *function.add_opset_import() = model.opset_import(0);
  *function.add_opset_import() = set;
  onnx::NodeProto& node = *function.add_node();
  node.set_op_type("LeakyRelu");
  node.add_input("a");
  node.add_output("y");
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name("alpha");
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_ref_attr_name("slope");
  return model;
}

TEST(FunctionsTest, ACallHasTheAttributesOfItsNode) {
  EXPECT_THAT(Result(WithFunction("b = f<slope = 0.5> (x) y = f<slope = 2.0> (b)"), {-3, 3}),
              ElementsAre(-3, 3));
  EXPECT_THAT(Result(WithFunction("y = f (x)"), {-100, 3}), ElementsAre(-1, 3));  // LeakyRelu's own default
}

TEST(FunctionsTest, AFunctionThatCallsItselfIsRefused) {
  onnx::ModelProto model = WithFunction("y = f (x)");
  onnx::NodeProto& node = *model.mutable_functions(0)->mutable_node(0);
  node.clear_attribute();
  node.set_op_type("f");
  node.set_domain("my");
  EXPECT_THAT(Message(model), HasSubstr("nested more than 32 deep"));
}

TEST(FunctionsTest, TwoFunctionsOfOneNameAreRefused) {
  onnx::ModelProto model = WithFunction("y = f (x)");
  *model.add_functions() = model.functions(0);
  EXPECT_THAT(Message(model), HasSubstr("defines the function 'f' of the domain 'my' twice"));
}

TEST(FunctionsTest, WhatAFunctionDoesNotSupportIsNamed) {
  onnx::ModelProto model = WithFunction("y = f (x)");
  model.mutable_functions(0)->mutable_node(0)->set_op_type("Unknown");
  EXPECT_THAT(Message(model), HasSubstr("Unknown"));
}

// A tree of three nodes: x[1] <= 2 gives 10, and else 20.
onnx::ModelProto Tree(const std::string& children) {
  onnx::ModelProto model = OnnxModel(
      "(float[3, 2] x) => (float[3, 1] y) { y = TreeEnsembleRegressor<n_targets = 1, nodes_treeids = [0, 0, "
      "0], "
      "nodes_nodeids = [0, 1, 2], nodes_featureids = [1, 0, 0], nodes_values = [2.0, 0.0, 0.0], "
      "nodes_modes = [\"BRANCH_LEQ\", \"LEAF\", \"LEAF\"], " +
      children +
      "target_treeids = [0, 0], target_nodeids = [1, 2], target_ids = [0, 0], target_weights = [10.0, 20.0]> "
      "(x) }");
  model.mutable_graph()->mutable_node(0)->set_domain("ai.onnx.ml");
  onnx::OperatorSetIdProto& set = *model.add_opset_import();
  set.set_domain("ai.onnx.ml");
  set.set_version(3);
  return model;
}

TEST(TreesTest, EachRowGoesToALeaf) {
  const auto model = Tree("nodes_truenodeids = [1, 0, 0], nodes_falsenodeids = [2, 0, 0], ");
  EXPECT_THAT(Result(model, {9, 2, 9, 2.5, 9, std::nanf("")}), ElementsAre(10, 20, 20));
}

TEST(TreesTest, NodesThatAreNotTreesAreRefused) {
  EXPECT_THAT(Message(Tree("nodes_truenodeids = [1, 0, 0], nodes_falsenodeids = [7, 0, 0], ")),
              HasSubstr("a child of a node does not exist"));
  EXPECT_THAT(Message(Tree("nodes_truenodeids = [1, 0], nodes_falsenodeids = [2, 0, 0], ")),
              HasSubstr("the lists of the nodes have different lengths"));
}

}  // namespace
}  // namespace diapason::compiler::importer
