// Concatenation without copies: the parts of a Concat or an Interleave are written into its storage.
#include "compiler/graph/storage_plan.h"

namespace diapason::compiler::graph {

void PlaceJoins(StoragePlan& plan) {
  for (NodeId id : plan.graph.Order()) {
    const Node& join = plan.graph.node(id);
    if (!plan.IsConcat(join.output)) continue;
    const int64_t axis = join.Int("axis");
    const bool interleaves = join.op == Op::kInterleave;
    int64_t offset = 0;
    for (size_t i = 0; i < join.inputs.size(); ++i) {
      ValueId part = join.inputs[i];
      // A part that already lies somewhere else is copied for this Concat alone. One Concat may also
      // have the same part twice. Neighbours would make gaps in a part that must be dense.
      const Storage& storage = plan.storage[part];
      if (!plan.IsWritten(part) || storage.parent != kNone || storage.is_output ||
          plan.IsWrittenDense(part)) {
        const ValueId copy = plan.AddCopy(part, /*dense=*/false);
        plan.graph.SetOperand(id, i, copy);
        part = copy;
      }
      plan.storage[part].parent = join.output;
      plan.storage[part].axis = axis;
      plan.storage[part].offset = offset;
      plan.storage[part].step = interleaves ? static_cast<int64_t>(join.inputs.size()) : 1;
      offset += interleaves ? 1 : plan.graph.value(part).shape[axis];
    }
  }
}

}  // namespace diapason::compiler::graph
