#include <map>
#include <utility>
#include <vector>

#include "compiler/graph/rewrites.h"

namespace diapason::compiler::graph {
namespace {

// The operands of Concats as a tree: a path from the root spells an axis and the first operands of a Concat.
class Prefixes {
 public:
  struct Found {
    ValueId concat = kNone;  // the Concat of the first `operands` operands; kNone if there is none
    size_t operands = 0;
    int place = 0;  // where the path of all operands ends
  };

  // Returns the Concat whose operands are the most of the first ones of `concat`, but not all of them.
  Found Find(const Node& concat) {
    Found found;
    int at = Step(0, concat.Int("axis"));
    for (size_t i = 0; i < concat.inputs.size(); ++i) {
      at = Step(at, concat.inputs[i]);
      const auto known = concats_.find(at);
      if (known != concats_.end() && i > 0 && i + 1 < concat.inputs.size()) found = {known->second, i + 1, 0};
    }
    found.place = at;
    return found;
  }

  void Add(int place, ValueId concat) { concats_.emplace(place, concat); }

 private:
  int Step(int at, int64_t name) {
    return steps_.emplace(std::pair(at, name), static_cast<int>(steps_.size()) + 1).first->second;
  }

  std::map<std::pair<int, int64_t>, int> steps_;  // from a place in the tree to the next one
  std::map<int, ValueId> concats_;                // by the place where their operands end
};

}  // namespace

bool NestConcats(Graph& graph) {
  bool changed = false;
  Prefixes prefixes;
  for (NodeId id : graph.Order()) {
    const Node node = graph.node(id);
    if (node.is_removed || node.op != Op::kConcat) continue;
    const Prefixes::Found found = prefixes.Find(node);
    ValueId value = node.output;
    if (found.concat != kNone) {
      std::vector<ValueId> operands = {found.concat};
      operands.insert(operands.end(), node.inputs.begin() + static_cast<int64_t>(found.operands),
                      node.inputs.end());
      value = *graph.Add(Op::kConcat, std::move(operands), node.attributes, node.name);
      graph.Replace(id, value);
      changed = true;
    }
    prefixes.Add(found.place, value);
  }
  return changed;
}

}  // namespace diapason::compiler::graph
