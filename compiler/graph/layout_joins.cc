// Joins that copy nothing: the parts of a Concat are written into its storage.
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
      // A part that lies elsewhere, too, is copied for this join alone, which may have it twice.
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
