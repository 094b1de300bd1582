#include "compiler/graph/kernels.h"

#include <algorithm>
#include <queue>
#include <set>
#include <utility>

#include "compiler/graph/element_ops.h"

namespace diapason::compiler {
namespace {

bool IsElementwise(const Node& node) { return FindElementOp(node.op) != nullptr; }

class Fusion {
 public:
  explicit Fusion(const Graph& graph)
      : graph_(graph), consumers_(graph.Consumers()), assigned_(graph.num_nodes(), false) {}

  std::vector<Kernel> Run() {
    // Anchors choose first, those with the most work before the others: a sum of two convolutions belongs to the larger
    // one, wherever rewrites have left their nodes.
    std::vector<Kernel> kernels;
    for (bool anchors : {true, false}) {
      std::vector<NodeId> roots;
      for (NodeId id : graph_.Order()) {
        const Node& node = graph_.node(id);
        if (!IsView(node.op) && node.op != "Concat" && IsElementwise(node) != anchors) roots.push_back(id);
      }
      std::sort(roots.begin(), roots.end(), [&](NodeId a, NodeId b) {
        return std::make_pair(-Work(a), a) < std::make_pair(-Work(b), b);
      });
      for (NodeId id : roots) {
        if (!assigned_[id]) kernels.push_back(Grow(id));
      }
    }
    return kernels;
  }

 private:
  // Multiplications of a convolution or a product; 0 for all others, which keep their order.
  double Work(NodeId id) const {
    const Node& node = graph_.node(id);
    if (node.op != "Conv" && node.op != "MatMul") return 0;
    const Shape &in = graph_.value(node.inputs[0]).shape, &weights = graph_.value(node.inputs[1]).shape;
    const int64_t reduced = node.op == "MatMul" ? in.back() : NumElements(weights) / weights[0];
    return static_cast<double>(NumElements(graph_.value(node.output).shape)) * static_cast<double>(reduced);
  }

  // Takes in elementwise operators while they may still come together in a single result; keeps the largest set that did.
  Kernel Grow(NodeId root) {
    std::set<NodeId> members = {root}, best = members;
    const Shape& shape = graph_.value(graph_.node(root).output).shape;
    constexpr size_t kLookahead =
        24;  // operators beyond the best; the longest known chain (GELU by tanh) has 9
    while (graph_.node(root).op != "Copy" && members.size() < best.size() + kLookahead) {
      const NodeId next = Next(members, shape);
      if (next == kNone) break;
      members.insert(next);
      if (OpenValues(members).size() == 1) best = members;
    }
    Kernel kernel;
    const std::vector<ValueId> open = OpenValues(best);
    kernel.output = open.empty() ? graph_.node(root).output : open[0];
    for (NodeId id : best) {
      assigned_[id] = true;
      if (IsElementwise(graph_.node(id)))
        kernel.chain.push_back(id);
      else
        kernel.anchor = id;
    }
    return kernel;
  }

  // An elementwise operator of `shape` that reads a member, or that only members read; the first in order.
  NodeId Next(const std::set<NodeId>& members, const Shape& shape) const {
    NodeId found = kNone;
    const auto consider = [&](NodeId id) {
      const Node& node = graph_.node(id);
      if (members.count(id) > 0 || assigned_[id] || !IsElementwise(node) ||
          graph_.value(node.output).shape != shape)
        return;
      if (found == kNone || id < found) found = id;
    };
    for (NodeId member : members) {
      for (NodeId reader : consumers_[graph_.node(member).output]) consider(reader);
      if (!IsElementwise(graph_.node(member))) continue;
      for (ValueId input : graph_.node(member).inputs) {
        const Node* producer = graph_.Producer(input);
        if (producer != nullptr && IsReady(*producer) && OnlyReadBy(members, input))
          consider(graph_.value(input).producer);
      }
    }
    return found;
  }

  bool OnlyReadBy(const std::set<NodeId>& members, ValueId value) const {
    if (graph_.IsOutput(value)) return false;
    return std::all_of(consumers_[value].begin(), consumers_[value].end(),
                       [&](NodeId reader) { return members.count(reader) > 0; });
  }

  // Whether all that the node reads belongs to kernels already: it is not the tail of an anchor still to come.
  bool IsReady(const Node& node) const {
    return std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
      const NodeId producer = graph_.value(input).producer;
      return producer == kNone || assigned_[producer];
    });
  }

  // Members' values that are read outside, or are outputs of the model.
  std::vector<ValueId> OpenValues(const std::set<NodeId>& members) const {
    std::vector<ValueId> open;
    for (NodeId id : members) {
      const ValueId value = graph_.node(id).output;
      if (!OnlyReadBy(members, value) || consumers_[value].empty()) open.push_back(value);
    }
    return open;
  }

  const Graph& graph_;
  const std::vector<std::vector<NodeId>> consumers_;
  std::vector<bool> assigned_;
};

// Values of kernels, or of the model's inputs, that `value` is made of by views and joining.
void CollectSources(const Graph& graph, ValueId value, const std::vector<int>& kernel_of,
                    std::set<int>* kernels) {
  const Node* node = graph.Producer(value);
  if (node == nullptr) return;
  if (kernel_of[value] != kNone) {
    kernels->insert(kernel_of[value]);
    return;
  }
  for (ValueId input : node->inputs) CollectSources(graph, input, kernel_of, kernels);
}

// Topological; among the ready ones the kernel whose anchor came first in the model.
std::vector<Kernel> InOrder(const Graph& graph, const std::vector<Kernel>& kernels) {
  std::vector<int> kernel_of(graph.num_values(), kNone);
  const int count = static_cast<int>(kernels.size());
  for (int k = 0; k < count; ++k) kernel_of[kernels[k].output] = k;
  std::vector<std::vector<int>> readers(count);
  std::vector<int> missing(count, 0);
  for (int k = 0; k < count; ++k) {
    std::set<int> sources;
    const std::vector<NodeId> members = kernels[k].Nodes();
    std::set<ValueId> own;
    for (NodeId id : members) own.insert(graph.node(id).output);
    for (NodeId id : members) {
      for (ValueId input : graph.node(id).inputs) {
        if (own.count(input) == 0) CollectSources(graph, input, kernel_of, &sources);
      }
    }
    missing[k] = static_cast<int>(sources.size());
    for (int source : sources) readers[source].push_back(k);
  }
  const auto later = [&](int a, int b) { return kernels[a].Nodes().front() > kernels[b].Nodes().front(); };
  std::priority_queue<int, std::vector<int>, decltype(later)> ready(later);
  for (int k = 0; k < count; ++k) {
    if (missing[k] == 0) ready.push(k);
  }
  std::vector<Kernel> ordered;
  while (!ready.empty()) {
    const int k = ready.top();
    ready.pop();
    ordered.push_back(kernels[k]);
    for (int reader : readers[k]) {
      if (--missing[reader] == 0) ready.push(reader);
    }
  }
  return ordered;
}

}  // namespace

std::vector<Kernel> FormKernels(const Graph& graph) { return InOrder(graph, Fusion(graph).Run()); }

}  // namespace diapason::compiler
