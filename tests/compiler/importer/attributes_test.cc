// Attributes that an operator does not have are refused.
#include "compiler/importer/attributes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/compiler/importer/onnx_text.h"

namespace diapason::compiler::importer {
namespace {

using ::testing::HasSubstr;

std::string Refusal(const onnx::ModelProto& model) {
  const absl::Status status = Load(model).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  return std::string(status.message());
}

TEST(AttributesTest, UnknownOnesAreRefused) {
  EXPECT_THAT(Refusal(OnnxModel("(float[2] x) => (float[2] y) { y = Softmax<axes = 0>(x) }")),
              HasSubstr("Softmax (node 'y', opset 17): attribute 'axes' does not exist for Softmax in ONNX, "
                        "whose attributes are: axis"));
  EXPECT_THAT(Refusal(OnnxModel("(float[2] x) => (float[2] y) { y = Softplus<beta = 2.0>(x) }")),
              HasSubstr("attribute 'beta' does not exist for Softplus in ONNX, whose attributes are: none"));
}

TEST(AttributesTest, OtherTypesAreRefused) {
  EXPECT_THAT(Refusal(OnnxModel("(float[2] x) => (float[2] y) { y = Softmax<axis = 0.0>(x) }")),
              HasSubstr("attribute 'axis' is of type FLOAT, not INT"));
  EXPECT_THAT(Refusal(OnnxModel("(float[2, 2] x) => (float[2, 2] y) { y = Transpose<perm = 1>(x) }")),
              HasSubstr("attribute 'perm' is of type INT, not INTS"));
  onnx::ModelProto old = OnnxModel("(float[2] x) => (float[2] y) { y = Softmax<axis = 0>(x) }");
  old.mutable_graph()->mutable_node(0)->mutable_attribute(0)->clear_type();
  EXPECT_TRUE(Load(old).ok()) << Load(old).status();
}

TEST(AttributesTest, OneThatIsThereTwiceIsRefused) {
  onnx::ModelProto twice = OnnxModel("(float[2] x) => (float[2] y) { y = Softmax<axis = 0>(x) }");
  onnx::NodeProto& node = *twice.mutable_graph()->mutable_node(0);
  *node.add_attribute() = node.attribute(0);
  EXPECT_THAT(Refusal(twice), HasSubstr("attribute 'axis' occurs twice"));
}

}  // namespace
}  // namespace diapason::compiler::importer
