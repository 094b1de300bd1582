#include "compiler/graph/kernels.h"

#include <algorithm>
#include <queue>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace diapason::compiler::graph {
namespace {

// A set of operators that may become a kernel. It only grows, and keeps count of what the next step asks, so
// that a step takes time for what the new member reads and is read by, not for all members.
class Growth {
 public:
  // `assigned`, by node: it is in another kernel already. Members have the shape of `root`.
  Growth(const Graph& graph, const std::vector<bool>& assigned, NodeId root)
      : graph_(graph), assigned_(assigned), shape_(graph.value(graph.node(root).output).shape) {
    Add(root);
  }

  // In the order in which they were added.
  const std::vector<NodeId>& members() const { return sequence_; }
  // Members whose values are read by others, or by nobody: the model's outputs among them.
  int open() const { return open_; }

  // Adds the first in order of the elementwise operators of that shape that read a member, or that only
  // elementwise members read. False: there is none.
  bool AddNext() {
    while (!candidates_.empty()) {
      const NodeId next = *candidates_.begin();
      candidates_.erase(candidates_.begin());
      if (members_.count(next) > 0) continue;
      Add(next);
      return true;
    }
    return false;
  }

 private:
  void Add(NodeId id) {
    const Node& node = graph_.node(id);
    members_.insert(id);
    sequence_.push_back(id);
    const bool is_elementwise = IsElementwise(node.op);
    for (ValueId input : node.inputs) {
      if (input == kNone) continue;
      const NodeId producer = graph_.value(input).producer;
      ++inside_reads_[input];
      if (!OnlyMembersRead(input)) continue;
      if (members_.count(producer) > 0) --open_;
      if (is_elementwise && producer != kNone && !AnchorReads(input) && IsReady(graph_.node(producer)))
        Consider(producer);
    }
    for (NodeId reader : graph_.Readers(node.output)) Consider(reader);
    open_ += OnlyMembersRead(node.output) ? 0 : 1;
  }

  void Consider(NodeId id) {
    const Node& node = graph_.node(id);
    if (!assigned_[id] && IsElementwise(node.op) && graph_.value(node.output).shape == shape_)
      candidates_.insert(id);
  }

  bool OnlyMembersRead(ValueId value) const {
    const auto reads = inside_reads_.find(value);
    return reads != inside_reads_.end() && reads->second == graph_.Readers(value).size() &&
           !graph_.IsOutput(value);
  }

  // The anchor comes before all elementwise members, so what it reads cannot be one of them.
  bool AnchorReads(ValueId value) const {
    const Node& root = graph_.node(sequence_.front());
    return !IsElementwise(root.op) && std::count(root.inputs.begin(), root.inputs.end(), value) > 0;
  }

  // Whether all that the node reads belongs to kernels already: it is not the tail of an anchor still to
  // come.
  bool IsReady(const Node& node) const {
    return std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
      const NodeId producer = graph_.value(input).producer;
      return producer == kNone || assigned_[producer];
    });
  }

  const Graph& graph_;
  const std::vector<bool>& assigned_;
  const Shape& shape_;
  std::vector<NodeId> sequence_;
  absl::flat_hash_set<NodeId> members_;
  absl::flat_hash_map<ValueId, size_t> inside_reads_;  // how many operands of members are the value
  std::set<NodeId> candidates_;
  int open_ = 0;
};

class Fusion {
 public:
  explicit Fusion(const Graph& graph) : graph_(graph), assigned_(graph.num_nodes(), false) {}

  std::vector<Kernel> Run() {
    // Anchors choose first, those with the most work before the others: a sum of two convolutions belongs to
    // the larger one, wherever rewrites have left their nodes.
    std::vector<Kernel> kernels;
    for (bool anchors : {true, false}) {
      std::vector<NodeId> roots;
      for (NodeId id : graph_.Order()) {
        const Node& node = graph_.node(id);
        if (!OnlyMovesElements(node.op) && IsElementwise(node.op) != anchors) roots.push_back(id);
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
    if (node.op != Op::kConv && node.op != Op::kMatMul) return 0;
    const Shape &in = graph_.value(node.inputs[0]).shape, &weights = graph_.value(node.inputs[1]).shape;
    const int64_t reduced = node.op == Op::kMatMul ? in.back() : NumElements(weights) / weights[0];
    return static_cast<double>(NumElements(graph_.value(node.output).shape)) * static_cast<double>(reduced);
  }

  // Takes in elementwise operators while they may still come together in a single result; keeps the largest
  // set that did.
  Kernel Grow(NodeId root) {
    constexpr size_t kLookahead =
        24;  // operators beyond the best; the longest known chain (GELU by tanh) has 9
    Growth growth(graph_, assigned_, root);
    size_t best = 1;
    const bool may_grow = graph_.node(root).op != Op::kCopy;
    while (may_grow && growth.members().size() < std::min(best + kLookahead, kMostOperators) &&
           growth.AddNext()) {
      if (growth.open() == 1) best = growth.members().size();
    }
    std::vector<NodeId> members(growth.members().begin(),
                                growth.members().begin() + static_cast<int64_t>(best));
    std::sort(members.begin(), members.end());
    Kernel kernel;
    for (NodeId id : members) {
      assigned_[id] = true;
      if (IsElementwise(graph_.node(id).op))
        kernel.chain.push_back(id);
      else
        kernel.anchor = id;
    }
    kernel.output = OpenValue(members);
    return kernel;
  }

  // The member's value that is read outside, or is an output of the model.
  ValueId OpenValue(const std::vector<NodeId>& members) const {
    for (NodeId id : members) {
      const ValueId value = graph_.node(id).output;
      const std::vector<NodeId>& readers = graph_.Readers(value);
      const bool is_closed = !readers.empty() && !graph_.IsOutput(value) &&
                             std::all_of(readers.begin(), readers.end(), [&](NodeId reader) {
                               return std::binary_search(members.begin(), members.end(), reader);
                             });
      if (!is_closed) return value;
    }
    return graph_.node(members.front()).output;
  }

  // Compilers take time that grows faster than the length of a kernel's body; no known model comes near.
  static constexpr size_t kMostOperators = 256;

  const Graph& graph_;
  std::vector<bool> assigned_;
};

// Topological; among the ready ones the kernel whose anchor came first in the model.
std::vector<Kernel> InOrder(const Graph& graph, const std::vector<Kernel>& kernels) {
  // A unit is a kernel, or a view or join: unit k is kernel k, and those of views follow.
  std::vector<int> unit_of(graph.num_nodes(), kNone);
  const int count = static_cast<int>(kernels.size());
  for (int k = 0; k < count; ++k) {
    for (NodeId id : kernels[k].Nodes()) unit_of[id] = k;
  }
  int units = count;
  for (NodeId id : graph.Order()) {
    if (OnlyMovesElements(graph.node(id).op)) unit_of[id] = units++;
  }
  std::vector<std::vector<int>> readers(units);
  std::vector<int> missing(units, 0), first(units, kNone);  // `first`: what decides among the ready ones
  for (int k = 0; k < count; ++k) first[k] = kernels[k].Nodes().front();
  for (NodeId id : graph.Order()) {
    const int unit = unit_of[id];
    for (ValueId input : graph.node(id).inputs) {
      const NodeId producer = input == kNone ? kNone : graph.value(input).producer;
      if (producer == kNone || unit_of[producer] == unit) continue;
      readers[unit_of[producer]].push_back(unit);
      ++missing[unit];
    }
  }
  const auto later = [&](int a, int b) { return first[a] > first[b]; };  // views at once
  std::priority_queue<int, std::vector<int>, decltype(later)> ready(later);
  for (int unit = 0; unit < units; ++unit) {
    if (missing[unit] == 0) ready.push(unit);
  }
  std::vector<Kernel> ordered;
  while (!ready.empty()) {
    const int unit = ready.top();
    ready.pop();
    if (unit < count) ordered.push_back(kernels[unit]);
    for (int reader : readers[unit]) {
      if (--missing[reader] == 0) ready.push(reader);
    }
  }
  return ordered;
}

}  // namespace

std::vector<Kernel> FormKernels(const Graph& graph) { return InOrder(graph, Fusion(graph).Run()); }

}  // namespace diapason::compiler::graph
