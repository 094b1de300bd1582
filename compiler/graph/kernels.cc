#include "compiler/graph/kernels.h"

#include <algorithm>
#include <queue>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "compiler/graph/attention.h"

namespace diapason::compiler::graph {
namespace {

// A set of operators that may become a kernel. The set only grows. It keeps counts, so that adding a
// member takes time in proportion to what that member reads and what reads it, not to the size of the
// set.
class Growth {
 public:
  // `assigned` says by node whether it is in another kernel already. All members have the shape of
  // `root`.
  Growth(const Graph& graph, const std::vector<bool>& assigned, NodeId root)
      : graph_(graph), assigned_(assigned), shape_(graph.value(graph.node(root).output).shape) {
    Add(root);
  }

  // Returns the members in the order in which they were added.
  const std::vector<NodeId>& members() const { return sequence_; }
  // Returns how many members are outputs of the set: their values are read outside of it, or by nobody.
  int open() const { return open_; }

  // Adds the next operator and returns true, or returns false if there is none. Candidates are
  // elementwise operators of the members' shape that read a member, or that only elementwise members
  // read. The first one in the graph's order is added.
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

  // The anchor comes before all elementwise members, so a value that it reads cannot come from one of
  // them.
  bool AnchorReads(ValueId value) const {
    const Node& root = graph_.node(sequence_.front());
    return !IsElementwise(root.op) && std::count(root.inputs.begin(), root.inputs.end(), value) > 0;
  }

  // Whether everything that the node reads belongs to a kernel already. If not, the node may still become
  // part of the kernel of an anchor whose turn comes later.
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
  absl::flat_hash_map<ValueId, size_t> inside_reads_;  // how often members read the value
  std::set<NodeId> candidates_;
  int open_ = 0;
};

// Forms kernels around roots, one after another.
class Fusion {
 public:
  explicit Fusion(const Graph& graph) : graph_(graph), assigned_(graph.num_nodes(), false) {}

  std::vector<Kernel> Run() {
    // Anchors choose first, and of these the ones with the most work. So a sum of two convolutions
    // belongs to the larger one, wherever rewrites have left the nodes.
    std::vector<Kernel> kernels;
    for (NodeId id : graph_.Order()) {
      std::vector<NodeId> weights = FindAttention(graph_, id);
      for (NodeId node : weights) assigned_[node] = true;
      if (!weights.empty()) weights_[id] = std::move(weights);
    }
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
  // Returns the multiplications of a convolution or a matrix product. Returns 0 for all others, which
  // keep their order.
  double Work(NodeId id) const {
    const Node& node = graph_.node(id);
    if (node.op != Op::kConv && node.op != Op::kMatMul) return 0;
    const Shape &in = graph_.value(node.inputs[0]).shape, &weights = graph_.value(node.inputs[1]).shape;
    const int64_t reduced = node.op == Op::kMatMul ? in.back() : NumElements(weights) / weights[0];
    return static_cast<double>(NumElements(graph_.value(node.output).shape)) * static_cast<double>(reduced);
  }

  // Adds elementwise operators as long as the set may still come to have a single output. The kernel is
  // the largest set on the way that had one.
  Kernel Grow(NodeId root) {
    // How many operators are tried beyond the best set. The longest known chain is GELU by tanh, which has 9.
    constexpr size_t kLookahead = 24;
    Growth growth(graph_, assigned_, root);
    size_t best = 1;
    const OpKind kind = KindOf(graph_.node(root).op);
    const bool may_grow = kind != OpKind::kCopy && kind != OpKind::kPortable;
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
    if (const auto weights = weights_.find(root); weights != weights_.end()) kernel.weights = weights->second;
    kernel.output = OpenValue(members);
    return kernel;
  }

  // Returns the member whose value is read outside, or is an output of the model.
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

  // The time that compilers need grows faster than the length of a kernel's body. No known model comes
  // near this limit.
  static constexpr size_t kMostOperators = 256;

  const Graph& graph_;
  std::vector<bool> assigned_;
  // By the last product of an attention: the nodes that compute its weights.
  absl::flat_hash_map<NodeId, std::vector<NodeId>> weights_;
};

// Sorts the kernels topologically. Among those that are ready, the kernel that contains the first node
// comes first.
std::vector<Kernel> InOrder(const Graph& graph, const std::vector<Kernel>& kernels) {
  // A unit is a kernel, a view or a Concat. Unit k is kernel k; the units of views and Concats follow.
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
  std::vector<int> missing(units, 0), first(units, kNone);  // `first` orders the units that are ready
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
  const auto later = [&](int a, int b) { return first[a] > first[b]; };  // views come first
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
