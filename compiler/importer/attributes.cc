#include "compiler/importer/attributes.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler::importer {
namespace {

// Operators, and the names and types of their attributes. The types are i(nteger), f(loat), s(tring) and
// t(ensor); "is", "fs" and "ss" are lists.
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

constexpr std::pair<absl::string_view, onnx::AttributeProto::AttributeType> kKinds[] = {
    {"i", onnx::AttributeProto::INT},     {"f", onnx::AttributeProto::FLOAT},
    {"s", onnx::AttributeProto::STRING},  {"t", onnx::AttributeProto::TENSOR},
    {"is", onnx::AttributeProto::INTS},   {"fs", onnx::AttributeProto::FLOATS},
    {"ss", onnx::AttributeProto::STRINGS}};

// Returns the names of the operator's attributes, and the types that each may have.
std::map<absl::string_view, std::set<onnx::AttributeProto::AttributeType>> AttributesOf(
    const std::string& op) {
  std::map<absl::string_view, std::set<onnx::AttributeProto::AttributeType>> attributes;
  for (const Row& row : kRows) {
    const std::vector<absl::string_view> operators = absl::StrSplit(row.operators, ' ');
    if (std::find(operators.begin(), operators.end(), op) == operators.end()) continue;
    for (absl::string_view attribute : absl::StrSplit(row.attributes, ' ')) {
      const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(attribute, ':');
      for (const auto& [letters, kind] : kKinds) {
        if (letters == parts.second) attributes[parts.first].insert(kind);
      }
    }
  }
  return attributes;
}

std::string KindName(onnx::AttributeProto::AttributeType kind) {
  return onnx::AttributeProto::AttributeType_Name(kind);
}

template <typename... Args>
absl::Status Wrong(const onnx::AttributeProto& attribute, const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat("attribute '", attribute.name(), "' ", args...));
}

}  // namespace

absl::Status CheckAttributes(const onnx::NodeProto& node) {
  const auto known = AttributesOf(node.op_type());
  std::set<std::string> seen;
  for (const onnx::AttributeProto& attribute : node.attribute()) {
    if (!seen.insert(attribute.name()).second) return Wrong(attribute, "occurs twice");
    const auto found = known.find(attribute.name());
    if (found == known.end()) {
      const std::string names = absl::StrJoin(
          known, ", ", [](std::string* text, const auto& one) { absl::StrAppend(text, one.first); });
      return Wrong(attribute, "does not exist for ", node.op_type(),
                   " in ONNX, whose attributes are: ", names.empty() ? "none" : names);
    }
    if (!attribute.has_type() || attribute.type() == onnx::AttributeProto::UNDEFINED) continue;
    if (found->second.count(attribute.type()) == 0)
      return Wrong(attribute, "is of type ", KindName(attribute.type()), ", not ",
                   absl::StrJoin(found->second, " or ", [](std::string* text, auto kind) {
                     absl::StrAppend(text, KindName(kind));
                   }));
  }
  return absl::OkStatus();
}

}  // namespace diapason::compiler::importer
