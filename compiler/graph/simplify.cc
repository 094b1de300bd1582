#include "compiler/graph/rewrites.h"

namespace diapason::compiler::graph {

void Simplify(Graph& graph) {
  graph.RemoveDead();
  bool changed = true;
  while (changed) {
    changed = false;
    for (bool (*rewrite)(Graph&) : {RemoveIdentities, RemoveDuplicates, NestConcats, RecogniseLayerNorm,
                                    FoldAffine, HoistElementwise}) {
      if (!rewrite(graph)) continue;
      changed = true;
      graph.Sort();
    }
  }
}

}  // namespace diapason::compiler::graph
