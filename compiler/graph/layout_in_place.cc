// Results in place. If the epilogue of a convolution or product reads a value of the output's shape, and
// nothing reads that value afterwards, the output is written over it.
#include <algorithm>
#include <set>

#include "compiler/graph/storage_plan.h"

namespace diapason::compiler::graph {
namespace {

// Returns for each value the index of the last kernel that reads it, also through views and Concats.
// That is the number of kernels if the caller reads the value, and kNone if nothing does.
std::vector<int> FindLastReads(const StoragePlan& plan) {
  const Graph& graph = plan.graph;
  const std::vector<Kernel>& kernels = plan.layout.kernels;
  std::vector<int> kernel_of(graph.num_nodes(), kNone), last(graph.num_values(), kNone);
  for (size_t k = 0; k < kernels.size(); ++k) {
    for (NodeId node : kernels[k].Nodes()) kernel_of[node] = static_cast<int>(k);
  }
  for (ValueId output : graph.outputs) last[output] = static_cast<int>(kernels.size());
  const std::vector<NodeId> order = graph.Order();
  for (auto id = order.rbegin(); id != order.rend(); ++id) {
    const Node& node = graph.node(*id);
    const int read = OnlyMovesElements(node.op) ? last[node.output] : kernel_of[*id];
    for (ValueId input : node.inputs) {
      if (input != kNone) last[input] = std::max(last[input], read);
    }
  }
  return last;
}

// Whether `value` is `source`, which a kernel writes, or is made from it by views and Concats only.
bool IsMadeOf(const Graph& graph, ValueId value, ValueId source) {
  std::vector<ValueId> pending = {value};
  std::set<ValueId> seen;
  while (!pending.empty()) {
    const ValueId next = pending.back();
    pending.pop_back();
    if (next == source) return true;
    const NodeId producer = graph.value(next).producer;
    // A value that was made before the source does not depend on it.
    if (producer <= graph.value(source).producer || !OnlyMovesElements(graph.node(producer).op)) continue;
    for (ValueId input : graph.node(producer).inputs) {
      if (seen.insert(input).second) pending.push_back(input);
    }
  }
  return false;
}

// Whether the kernel reads the value in another way than element by element: the anchor or a node before it
// reads it, or the chain reads it through a view.
bool IsReadElsewhere(const Graph& graph, const Kernel& kernel, ValueId value) {
  std::vector<NodeId> nodes = kernel.weights;
  nodes.push_back(kernel.anchor);
  for (NodeId id : nodes) {
    for (ValueId input : graph.node(id).inputs) {
      if (IsMadeOf(graph, input, value)) return true;
    }
  }
  for (NodeId id : kernel.chain) {
    for (ValueId input : graph.node(id).inputs) {
      const Node* producer = graph.Producer(input);
      if (input != value && producer != nullptr && IsView(producer->op) && IsMadeOf(graph, input, value))
        return true;
    }
  }
  return false;
}

}  // namespace

void PlaceInPlace(StoragePlan& plan) {
  const Graph& graph = plan.graph;
  std::map<ValueId, ValueId>& in_place = plan.layout.in_place;
  const std::vector<int> last_reads = FindLastReads(plan);
  std::set<ValueId> taken_over;
  for (size_t k = 0; k < plan.layout.kernels.size(); ++k) {
    const Kernel& kernel = plan.layout.kernels[k];
    Storage& result = plan.storage[kernel.output];
    if (kernel.anchor == kNone || result.parent != kNone || result.is_output) continue;
    if (!TraitsOf(graph.node(kernel.anchor).op).works_in_place) continue;
    for (NodeId id : kernel.chain) {
      for (ValueId operand : graph.node(id).inputs) {
        const Storage& storage = plan.storage[operand];
        // A part of a Concat has other neighbours in its storage, so its place cannot be taken. A value
        // that took over a place itself can hand it on.
        const bool in_join = storage.parent != kNone && in_place.count(operand) == 0;
        if (storage.kernel == kNone || storage.kernel == static_cast<int>(k) || in_join ||
            storage.is_output || taken_over.count(operand) > 0)
          continue;
        const Value &old = graph.value(operand), &now = graph.value(kernel.output);
        if (old.shape != now.shape || old.type != now.type || last_reads[operand] != static_cast<int>(k))
          continue;
        if (IsReadElsewhere(graph, kernel, operand) || in_place.count(kernel.output) > 0) continue;
        in_place[kernel.output] = operand;
        taken_over.insert(operand);
        result.parent = operand;
      }
    }
  }
}

}  // namespace diapason::compiler::graph
