#include "compiler/importer/refusal.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/importer/load_model.h"
#include "compiler/importer/node_order.h"
#include "proto/base/one_line.h"

namespace diapason::compiler::importer {
namespace {

constexpr char kPayload[] = "diapason/refusal";

// Appends the elements of a list attribute.
template <typename List>
std::string ListText(const List& list) {
  constexpr int kMostElements = 16;
  std::string text = "[";
  for (int i = 0; i < static_cast<int>(list.size()) && i < kMostElements; ++i)
    absl::StrAppend(&text, i == 0 ? "" : ", ", list[i]);
  absl::StrAppend(&text, static_cast<int>(list.size()) > kMostElements ? ", ...]" : "]");
  return text;
}

std::string StringText(const std::string& string) {
  constexpr size_t kMostBytes = 64;
  return absl::StrCat("'", absl::CHexEscape(string.substr(0, kMostBytes)),
                      string.size() > kMostBytes ? "..." : "", "'");
}

std::string ValueText(const onnx::AttributeProto& attribute) {
  switch (attribute.type()) {
    case onnx::AttributeProto::INT:
      return absl::StrCat(attribute.i());
    case onnx::AttributeProto::FLOAT:
      return absl::StrCat(attribute.f());
    case onnx::AttributeProto::STRING:
      return StringText(attribute.s());
    case onnx::AttributeProto::INTS:
      return ListText(attribute.ints());
    case onnx::AttributeProto::FLOATS:
      return ListText(attribute.floats());
    case onnx::AttributeProto::STRINGS: {
      std::vector<std::string> strings;
      for (const std::string& string : attribute.strings()) strings.push_back(StringText(string));
      return ListText(strings);
    }
    case onnx::AttributeProto::TENSOR:
      return absl::StrCat("tensor ", ListText(attribute.t().dims()));
    case onnx::AttributeProto::GRAPH:
      return absl::StrCat("graph ", StringText(attribute.g().name()));
    default:
      return onnx::AttributeProto::AttributeType_Name(attribute.type());
  }
}

// Everything about a node except its name: "TopK[axis=-1] (" and ", opset 11) with ...". Nodes for which
// both are equal are told together.
std::pair<std::string, std::string> AroundNames(const v1::RefusedPart& part) {
  std::string attributes =
      absl::StrJoin(part.attributes(), ", ", [](std::string* text, const auto& attribute) {
        absl::StrAppend(text, attribute.name(), "=", attribute.value());
      });
  if (!attributes.empty()) attributes = absl::StrCat("[", attributes, "]");
  return {absl::StrCat(part.domain(), part.domain().empty() ? "" : ".", part.op_type(), attributes),
          absl::StrCat(", opset ", part.opset(), ")", part.reason().empty() ? "" : " with ", part.reason())};
}

std::string MessageText(const v1::Refusal& refusal) {
  std::vector<std::pair<std::pair<std::string, std::string>, std::vector<std::string>>> groups;
  std::map<std::pair<std::string, std::string>, size_t> known;
  for (const v1::RefusedPart& part : refusal.parts()) {
    const std::string name = absl::StrCat("'", part.name(), "'");
    std::pair<std::string, std::string> around;
    if (part.kind() == v1::REFUSED_KIND_NODE) {
      around = AroundNames(part);
    } else {
      const char* kind = part.kind() == v1::REFUSED_KIND_INPUT    ? "input"
                         : part.kind() == v1::REFUSED_KIND_OUTPUT ? "output"
                                                                  : "tensor";
      around = {kind, absl::StrCat(" with ", part.reason())};
    }
    const auto [group, is_new] = known.emplace(around, groups.size());
    if (is_new) groups.push_back({around, {}});
    groups[group->second].second.push_back(name);
  }
  return absl::StrJoin(groups, "; ", [](std::string* text, const auto& group) {
    const auto& [around, names] = group;
    const bool are_nodes = around.second[0] == ',';
    const char* plural = names.size() > 1 ? "s " : " ";
    absl::StrAppend(text, around.first, are_nodes ? " (node" : "", plural, absl::StrJoin(names, ", "),
                    around.second);
  });
}

}  // namespace

std::optional<v1::Refusal> RefusalOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayload);
  v1::Refusal refusal;
  if (!payload.has_value() || !refusal.ParseFromString(std::string(*payload))) return std::nullopt;
  refusal.set_error(std::string(status.message()));
  return refusal;
}

RefusedParts::RefusedParts(const onnx::GraphProto& graph) {
  for (int i = 0; i < graph.node_size(); ++i) indices_[&graph.node(i)] = i;
}

void RefusedParts::AddTensor(v1::RefusedKind kind, const std::string& name, absl::string_view reason) {
  v1::RefusedPart& part = *refusal_.add_parts();
  part.set_kind(kind);
  part.set_name(name);
  part.set_reason(std::string(reason));
}

void RefusedParts::AddNode(const onnx::NodeProto& main, const onnx::NodeProto& node, absl::string_view domain,
                           int64_t opset, absl::string_view reason) {
  if (!noted_.insert(&node).second) return;
  v1::RefusedPart& part = *refusal_.add_parts();
  part.set_kind(v1::REFUSED_KIND_NODE);
  part.set_name(NodeName(node));
  part.set_reason(std::string(reason));
  part.set_node(indices_.at(&main));
  part.set_in_body(&main != &node);
  part.set_domain(std::string(domain));
  part.set_op_type(node.op_type());
  part.set_opset(opset);
  for (const onnx::AttributeProto& attribute : node.attribute()) {
    v1::RefusedAttribute& told = *part.add_attributes();
    told.set_name(attribute.name());
    told.set_value(ValueText(attribute));
  }
  *part.mutable_inputs() = node.input();
  *part.mutable_outputs() = node.output();
}

void RefusedParts::AddUnchecked(const onnx::NodeProto& main) {
  if (noted_.insert(&main).second) refusal_.add_unchecked_nodes(indices_.at(&main));
}

absl::Status RefusedParts::Error() const {
  absl::Status status = absl::UnimplementedError(
      absl::StrCat("these parts of the model are not supported: ", MessageText(refusal_)));
  const std::string list = refusal_.SerializeAsString();
  status.SetPayload(kPayload, absl::Cord(absl::string_view(list)));
  return OnOneLine(status);
}

v1::Refusal RefusedParts::List(absl::string_view path) const {
  v1::Refusal list = refusal_;
  list.set_error(absl::StrCat(path, ": ", Error().message()));
  return list;
}

}  // namespace diapason::compiler::importer
