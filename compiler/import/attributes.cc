#include "compiler/import/attributes.h"

#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler {
namespace {

// Operators, and the names and types of their attributes: i(nteger), f(loat), s(tring), t(ensor), and lists of such.
struct Row {
  absl::string_view operators;
  absl::string_view attributes;
};
constexpr Row kRows[] = {
    {"Abs Ceil Exp Floor Log Max Mean Min Neg PRelu Reciprocal Relu Sigmoid Sqrt Sum Tanh",
     "consumed_inputs:is"},
    {"Add Div Mul Sub", "axis:i broadcast:i consumed_inputs:is"},
    {"And Equal Greater Less Or Pow Xor", "axis:i broadcast:i"},
    {"AveragePool",
     "auto_pad:s ceil_mode:i count_include_pad:i dilations:is kernel_shape:is pads:is strides:is"},
    {"BatchNormalization", "consumed_inputs:is epsilon:f is_test:i momentum:f spatial:i training_mode:i"},
    {"Cast", "saturate:i to:i to:s"},
    {"CastLike", "saturate:i"},
    {"Celu ThresholdedRelu", "alpha:f"},
    {"Clip", "consumed_inputs:is max:f min:f"},
    {"Concat Flatten Gather LogSoftmax Softmax", "axis:i"},
    {"Constant",
     "value:t value_float:f value_floats:fs value_int:i value_ints:is value_string:s value_strings:ss"},
    {"ConstantOfShape", "value:t"},
    {"Conv", "auto_pad:s dilations:is group:i kernel_shape:is pads:is strides:is"},
    {"DepthToSpace", "blocksize:i mode:s"},
    {"Dropout", "consumed_inputs:is is_test:i ratio:f seed:i"},
    {"Elu LeakyRelu", "alpha:f consumed_inputs:is"},
    {"GatherND", "batch_dims:i"},
    {"Gelu", "approximate:s"},
    {"Gemm", "alpha:f beta:f broadcast:i transA:i transB:i"},
    {"HardSigmoid", "alpha:f beta:f consumed_inputs:is"},
    {"InstanceNormalization", "consumed_inputs:is epsilon:f"},
    {"IsInf", "detect_negative:i detect_positive:i"},
    {"LayerNormalization", "axis:i epsilon:f stash_type:i"},
    {"MaxPool", "auto_pad:s ceil_mode:i dilations:is kernel_shape:is pads:is storage_order:i strides:is"},
    {"Mod", "fmod:i"},
    {"Pad", "mode:s paddings:is pads:is value:f"},
    {"ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum "
     "ReduceSumSquare",
     "axes:is keepdims:i noop_with_empty_axes:i"},
    {"Reshape", "allowzero:i consumed_inputs:is shape:is"},
    {"Selu", "alpha:f consumed_inputs:is gamma:f"},
    {"Shape", "end:i start:i"},
    {"Slice", "axes:is ends:is starts:is"},
    {"SpaceToDepth", "blocksize:i"},
    {"Split", "axis:i num_outputs:i split:is"},
    {"Squeeze Unsqueeze", "axes:is"},
    {"Transpose", "perm:is"},
};

absl::string_view Letters(onnx::AttributeProto::AttributeType type) {
  switch (type) {
    case onnx::AttributeProto::INT:
      return "i";
    case onnx::AttributeProto::FLOAT:
      return "f";
    case onnx::AttributeProto::STRING:
      return "s";
    case onnx::AttributeProto::TENSOR:
      return "t";
    case onnx::AttributeProto::INTS:
      return "is";
    case onnx::AttributeProto::FLOATS:
      return "fs";
    case onnx::AttributeProto::STRINGS:
      return "ss";
    default:
      return "?";
  }
}

// "name:type" of each attribute that the operator has.
std::set<absl::string_view> AttributesOf(const std::string& op) {
  for (const Row& row : kRows) {
    for (absl::string_view name : absl::StrSplit(row.operators, ' ')) {
      if (name == op) return absl::StrSplit(row.attributes, ' ');
    }
  }
  return {};
}

}  // namespace

absl::Status CheckAttributes(const onnx::NodeProto& node) {
  const std::set<absl::string_view> known = AttributesOf(node.op_type());
  std::set<absl::string_view> names;
  for (absl::string_view attribute : known) names.insert(attribute.substr(0, attribute.find(':')));
  std::set<std::string> seen;
  for (const onnx::AttributeProto& attribute : node.attribute()) {
    if (!seen.insert(attribute.name()).second)
      return absl::InvalidArgumentError(absl::StrCat("attribute '", attribute.name(), "' is there twice"));
    if (names.count(attribute.name()) == 0)
      return absl::InvalidArgumentError(
          absl::StrCat("ONNX gives the operator no attribute '", attribute.name(), "'; ",
                       names.empty() ? "it has none" : absl::StrCat("it has ", absl::StrJoin(names, ", "))));
    if (!attribute.has_type() || attribute.type() == onnx::AttributeProto::UNDEFINED) continue;
    if (known.count(absl::StrCat(attribute.name(), ":", Letters(attribute.type()))) == 0)
      return absl::InvalidArgumentError(absl::StrCat(
          "attribute '", attribute.name(), "' is of type ",
          onnx::AttributeProto::AttributeType_Name(attribute.type()), ", which ONNX does not give it"));
  }
  return absl::OkStatus();
}

}  // namespace diapason::compiler
