#include "compiler/importer/node_order.h"

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

// What produces a tensor: its description for messages, and its node, or -1 if it is not a node.
struct Producer {
  std::string description;
  int node = -1;
};
using Producers = std::map<std::string, Producer>;  // by the tensor's name

absl::Status AddProducer(const std::string& tensor, Producer producer, Producers& producers) {
  const auto [known, is_new] = producers.emplace(tensor, producer);
  if (is_new) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("two tensors have the name '", tensor,
                                                 "': ", known->second.description, " and ",
                                                 producer.description, "; rename one of them"));
}

absl::StatusOr<Producers> FindProducers(const onnx::GraphProto& graph) {
  Producers inputs, producers;
  for (const onnx::ValueInfoProto& input : graph.input())
    DIAPASON_RETURN_IF_ERROR(AddProducer(input.name(), {"an input of the model"}, inputs));
  for (const onnx::TensorProto& tensor : graph.initializer())
    DIAPASON_RETURN_IF_ERROR(AddProducer(tensor.name(), {"an initializer"}, producers));
  producers.merge(inputs);  // an initializer may be the default of an input
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const std::string& output : graph.node(i).output()) {
      if (output.empty()) continue;
      DIAPASON_RETURN_IF_ERROR(AddProducer(
          output, {absl::StrCat("the output of node '", NodeName(graph.node(i)), "'"), i}, producers));
    }
  }
  return producers;
}

// Returns the names of some nodes that read each other's results in a cycle. `missing` says how many of
// a node's operands still wait for a node. Following these operands leads to a cycle from every such
// node.
std::string NamesInCycle(const onnx::GraphProto& graph, const Producers& producers,
                         const std::vector<int>& missing) {
  std::vector<int> path, place(missing.size(), -1);
  int at = static_cast<int>(std::find_if(missing.begin(), missing.end(), [](int m) { return m > 0; }) -
                            missing.begin());
  while (place[at] < 0) {
    place[at] = static_cast<int>(path.size());
    path.push_back(at);
    for (const std::string& input : NamesRead(graph.node(at))) {
      const auto producer = producers.find(input);
      if (producer == producers.end() || producer->second.node < 0 || missing[producer->second.node] == 0)
        continue;
      at = producer->second.node;
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

std::vector<std::string> NamesRead(const onnx::NodeProto& node) {
  std::vector<std::string> names(node.input().begin(), node.input().end());
  for (const onnx::AttributeProto& attribute : node.attribute()) {
    if (!attribute.has_g()) continue;
    const onnx::GraphProto& body = attribute.g();
    std::set<std::string> inside;
    for (const onnx::ValueInfoProto& input : body.input()) inside.insert(input.name());
    for (const onnx::TensorProto& tensor : body.initializer()) inside.insert(tensor.name());
    for (const onnx::NodeProto& inner : body.node())
      inside.insert(inner.output().begin(), inner.output().end());
    const auto read = [&](const std::string& name) {
      if (inside.count(name) == 0) names.push_back(name);
    };
    for (const onnx::NodeProto& inner : body.node()) {
      for (const std::string& name : NamesRead(inner)) read(name);
    }
    for (const onnx::ValueInfoProto& output : body.output()) read(output.name());
  }
  return names;
}

std::string NodeName(const onnx::NodeProto& node) {
  return node.name().empty() && node.output_size() > 0 ? node.output(0) : node.name();
}

absl::StatusOr<std::vector<const onnx::NodeProto*>> NodesInOrder(const onnx::GraphProto& graph) {
  DIAPASON_ASSIGN_OR_RETURN(const Producers producers, FindProducers(graph));
  std::vector<std::vector<int>> readers(static_cast<size_t>(graph.node_size()));
  std::vector<int> missing(static_cast<size_t>(graph.node_size()), 0);
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const std::string& input : NamesRead(graph.node(i))) {
      const auto producer = producers.find(input);
      if (producer == producers.end() || producer->second.node < 0) continue;
      readers[producer->second.node].push_back(i);
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
    return absl::InvalidArgumentError(absl::StrCat("nodes read each other's results in a cycle: ",
                                                   NamesInCycle(graph, producers, missing)));
  return ordered;
}

}  // namespace diapason::compiler::importer
