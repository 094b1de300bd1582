// Which operators are computed together: a kernel is an anchor and the elementwise operators fused behind it,
// or elementwise operators alone. Views and Concat are no kernels: they are said by where values lie
// (layout.h).
#ifndef DIAPASON_COMPILER_GRAPH_KERNELS_H_
#define DIAPASON_COMPILER_GRAPH_KERNELS_H_

#include "compiler/graph/graph.h"

namespace diapason::compiler::graph {

struct Kernel {
  NodeId anchor = kNone;      // kNone: elementwise only
  std::vector<NodeId> chain;  // elementwise, each after those it reads; all of the output's shape
  ValueId output = kNone;     // the only value that anything else reads

  // The anchor, where there is one, and the chain.
  std::vector<NodeId> Nodes() const {
    std::vector<NodeId> nodes = chain;
    if (anchor != kNone) nodes.insert(nodes.begin(), anchor);
    return nodes;
  }

  // The value that the chain starts from: the anchor's result; kNone without an anchor.
  ValueId AnchorValue(const Graph& graph) const {
    return anchor == kNone ? kNone : graph.node(anchor).output;
  }
};

// In an order of execution. Every operator but views and Concat is in exactly one kernel.
std::vector<Kernel> FormKernels(const Graph& graph);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_KERNELS_H_
