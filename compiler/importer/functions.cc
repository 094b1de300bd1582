#include "compiler/importer/functions.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/unknown_field_set.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

// Fields that are newer than the ONNX library of Debian 12. Its messages keep them as unknown fields.
constexpr int kDefaultAttribute = 11;  // FunctionProto.attribute_proto
constexpr int kFunctionOverload = 13;  // FunctionProto.overload
constexpr int kNodeOverload = 8;       // NodeProto.overload

// Calls `use` with the bytes of each value of a field that the message's type does not have.
template <typename Use>
void ForEachUnknown(const google::protobuf::Message& message, int number, const Use& use) {
  const google::protobuf::UnknownFieldSet& fields = message.GetReflection()->GetUnknownFields(message);
  for (int i = 0; i < fields.field_count(); ++i) {
    const google::protobuf::UnknownField& field = fields.field(i);
    if (field.number() == number && field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      use(field.length_delimited());
  }
}

std::string Overload(const google::protobuf::Message& message, int number) {
  std::string overload;
  ForEachUnknown(message, number, [&](const std::string& bytes) { overload = bytes; });
  return overload;
}

using Values = std::map<std::string, onnx::AttributeProto>;  // of a function's attributes, by name

void Resolve(const Values& values, google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes);

// Replaces references to the function's attributes by their values. An attribute without a value is left
// out.
void Resolve(const Values& values, onnx::NodeProto& node) {
  google::protobuf::RepeatedPtrField<onnx::AttributeProto> resolved;
  for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
    if (attribute.ref_attr_name().empty()) {
      if (attribute.has_g()) Resolve(values, *attribute.mutable_g()->mutable_node());
      for (onnx::GraphProto& graph : *attribute.mutable_graphs()) Resolve(values, *graph.mutable_node());
      *resolved.Add() = std::move(attribute);
      continue;
    }
    const auto value = values.find(attribute.ref_attr_name());
    if (value == values.end()) continue;
    onnx::AttributeProto& copy = *resolved.Add();
    copy = value->second;
    copy.set_name(attribute.name());
  }
  node.mutable_attribute()->Swap(&resolved);
}

void Resolve(const Values& values, google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes) {
  for (onnx::NodeProto& node : nodes) Resolve(values, node);
}

}  // namespace

std::string DomainOf(const std::string& domain) { return domain == "ai.onnx" ? "" : domain; }

absl::StatusOr<Opsets> OpsetsOf(
    const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>& imported) {
  constexpr int64_t kNewestOpset = 26;
  Opsets opsets;
  for (const onnx::OperatorSetIdProto& set : imported) opsets[DomainOf(set.domain())] = set.version();
  if (const auto standard = opsets.find(""); standard != opsets.end() && standard->second > kNewestOpset)
    return absl::UnimplementedError(absl::StrCat("the model uses opset ", standard->second,
                                                 ", which is not supported; export it with opset ",
                                                 kNewestOpset, " or lower"));
  return opsets;
}

absl::Status Functions::Add(const onnx::ModelProto& model) {
  for (const onnx::FunctionProto& function : model.functions()) {
    const std::string overload = Overload(function, kFunctionOverload);
    if (!known_.emplace(std::tuple(DomainOf(function.domain()), function.name(), overload), &function).second)
      return absl::InvalidArgumentError(absl::StrCat("the model defines the function '", function.name(),
                                                     "' of the domain '", function.domain(),
                                                     "' twice; remove one of them"));
  }
  return absl::OkStatus();
}

const onnx::FunctionProto* Functions::Find(const onnx::NodeProto& node) const {
  if (known_.empty()) return nullptr;
  const auto known =
      known_.find(std::tuple(DomainOf(node.domain()), node.op_type(), Overload(node, kNodeOverload)));
  return known == known_.end() ? nullptr : known->second;
}

absl::StatusOr<onnx::GraphProto> Functions::BodyOf(const onnx::FunctionProto& function,
                                                   const onnx::NodeProto& call) {
  constexpr int64_t kMostNodes = 200'000;
  nodes_ += function.node_size();
  if (nodes_ > kMostNodes)
    return absl::InvalidArgumentError(absl::StrCat("the functions of the model have more than ", kMostNodes,
                                                   " nodes in all of their calls"));
  if (call.input_size() > function.input_size() || call.output_size() > function.output_size())
    return absl::InvalidArgumentError(
        absl::StrCat("the function has ", function.input_size(), " operands and ", function.output_size(),
                     " results, but the node has ", call.input_size(), " and ", call.output_size()));
  Values values;
  ForEachUnknown(function, kDefaultAttribute, [&](const std::string& bytes) {
    onnx::AttributeProto attribute;
    if (attribute.ParseFromString(bytes)) values[attribute.name()] = attribute;
  });
  for (const onnx::AttributeProto& attribute : call.attribute()) values[attribute.name()] = attribute;
  onnx::GraphProto body;
  body.set_name(function.name());
  for (const std::string& input : function.input()) body.add_input()->set_name(input);
  for (const std::string& output : function.output()) body.add_output()->set_name(output);
  *body.mutable_node() = function.node();
  Resolve(values, *body.mutable_node());
  return body;
}

}  // namespace diapason::compiler::importer
