#include "compiler/importer/node_order.h"

#include <algorithm>
#include <functional>
#include <map>
#include <queue>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

// By tensor: who makes it, in words; and which node, or -1.
struct Maker {
  std::string words;
  int node = -1;
};
using Makers = std::map<std::string, Maker>;

absl::Status AddMaker(const std::string& tensor, Maker maker, Makers& makers) {
  const auto [known, is_new] = makers.emplace(tensor, maker);
  if (is_new) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("two tensors have the name '", tensor,
                                                 "': ", known->second.words, " and ", maker.words,
                                                 "; rename one of them"));
}

absl::StatusOr<Makers> FindMakers(const onnx::GraphProto& graph) {
  Makers inputs, makers;
  for (const onnx::ValueInfoProto& input : graph.input())
    DIAPASON_RETURN_IF_ERROR(AddMaker(input.name(), {"an input of the model"}, inputs));
  for (const onnx::TensorProto& tensor : graph.initializer())
    DIAPASON_RETURN_IF_ERROR(AddMaker(tensor.name(), {"an initializer"}, makers));
  makers.merge(inputs);  // an initializer may be the default of an input
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const std::string& output : graph.node(i).output()) {
      if (output.empty()) continue;
      DIAPASON_RETURN_IF_ERROR(
          AddMaker(output, {absl::StrCat("the output of node '", NodeName(graph.node(i)), "'"), i}, makers));
    }
  }
  return makers;
}

// The names of some nodes that read each other's results in a circle; `missing`: how many of a node's
// operands still wait for a node, which leads to a circle wherever one starts.
std::string Circle(const onnx::GraphProto& graph, const Makers& makers, const std::vector<int>& missing) {
  std::vector<int> path, place(missing.size(), -1);
  int at = static_cast<int>(std::find_if(missing.begin(), missing.end(), [](int m) { return m > 0; }) -
                            missing.begin());
  while (place[at] < 0) {
    place[at] = static_cast<int>(path.size());
    path.push_back(at);
    for (const std::string& input : graph.node(at).input()) {
      const auto maker = makers.find(input);
      if (maker == makers.end() || maker->second.node < 0 || missing[maker->second.node] == 0) continue;
      at = maker->second.node;
      break;
    }
  }
  std::vector<std::string> names;
  for (size_t i = path.size(); i-- > static_cast<size_t>(place[at]);)
    names.push_back(absl::StrCat("'", NodeName(graph.node(path[i])), "'"));
  constexpr size_t kMostNames = 8;
  if (names.size() > kMostNames) {
    names.resize(kMostNames);
    names.push_back("...");
  }
  return absl::StrJoin(names, ", ");
}

}  // namespace

std::string NodeName(const onnx::NodeProto& node) {
  return node.name().empty() && node.output_size() > 0 ? node.output(0) : node.name();
}

absl::StatusOr<std::vector<const onnx::NodeProto*>> NodesInOrder(const onnx::GraphProto& graph) {
  DIAPASON_ASSIGN_OR_RETURN(const Makers makers, FindMakers(graph));
  std::vector<std::vector<int>> readers(static_cast<size_t>(graph.node_size()));
  std::vector<int> missing(static_cast<size_t>(graph.node_size()), 0);
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const std::string& input : graph.node(i).input()) {
      const auto maker = makers.find(input);
      if (maker == makers.end() || maker->second.node < 0) continue;
      readers[maker->second.node].push_back(i);
      ++missing[i];
    }
  }
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;  // the first in the file comes first
  for (int i = 0; i < graph.node_size(); ++i) {
    if (missing[i] == 0) ready.push(i);
  }
  std::vector<const onnx::NodeProto*> ordered;
  while (!ready.empty()) {
    const int node = ready.top();
    ready.pop();
    ordered.push_back(&graph.node(node));
    for (int reader : readers[node]) {
      if (--missing[reader] == 0) ready.push(reader);
    }
  }
  if (static_cast<int>(ordered.size()) < graph.node_size())
    return absl::InvalidArgumentError(
        absl::StrCat("nodes read each other's results in a cycle: ", Circle(graph, makers, missing)));
  return ordered;
}

}  // namespace diapason::compiler::importer
