// Concatenation without copies: the parts of a Concat are written into its storage.
#include "compiler/graph/storage_plan.h"

namespace diapason::compiler::graph {

void PlaceJoins(StoragePlan& plan) {
  for (NodeId id : plan.graph.Order()) {
    if (plan.graph.node(id).op != Op::kConcat) continue;
    const Node& join = plan.graph.node(id);
    const int64_t axis = join.Int("axis");
    int64_t offset = 0;
    for (size_t i = 0; i < join.inputs.size(); ++i) {
      ValueId part = join.inputs[i];
      // A part that already lies somewhere else is copied for this Concat alone. One Concat may also
      // have the same part twice.
      const Storage& storage = plan.storage[part];
      if (!plan.IsWritten(part) || storage.parent != kNone || storage.is_output) {
        const ValueId copy = plan.AddCopy(part, /*dense=*/false);
        plan.graph.SetOperand(id, i, copy);
        part = copy;
      }
      plan.storage[part].parent = join.output;
      plan.storage[part].axis = axis;
      plan.storage[part].offset = offset;
      offset += plan.graph.value(part).shape[axis];
    }
  }
}

}  // namespace diapason::compiler::graph
