// Decides which operators are computed together. A kernel is an anchor with the elementwise operators
// fused behind it, attention with the elementwise operators behind it, or elementwise operators alone.
// Views and Concat belong to no kernel, because layout planning (layout.h) expresses them by where values
// lie.
#ifndef DIAPASON_COMPILER_GRAPH_KERNELS_H_
#define DIAPASON_COMPILER_GRAPH_KERNELS_H_

#include "compiler/graph/graph.h"

namespace diapason::compiler::graph {

// Operators that are computed together.
struct Kernel {
  NodeId anchor = kNone;  // kNone if all operators are elementwise
  // For attention, whose anchor is the last product: the nodes that compute the weights, in order. They are
  // those of FindAttention (attention.h). Empty for all other kernels.
  std::vector<NodeId> weights;
  std::vector<NodeId> chain;  // elementwise operators of the output's shape, in order
  ValueId output = kNone;     // the only value that other kernels or the caller read

  // Returns all nodes of the kernel: what comes before the anchor, the anchor, if there is one, and the
  // chain.
  std::vector<NodeId> Nodes() const {
    std::vector<NodeId> nodes = weights;
    if (anchor != kNone) nodes.push_back(anchor);
    nodes.insert(nodes.end(), chain.begin(), chain.end());
    return nodes;
  }

  // Returns the value that the chain starts from: the anchor's result, or kNone without an anchor.
  ValueId AnchorValue(const Graph& graph) const {
    return anchor == kNone ? kNone : graph.node(anchor).output;
  }
};

// Returns the kernels of the graph in an order of execution. Every operator except views and Concat is
// in exactly one kernel.
std::vector<Kernel> FormKernels(const Graph& graph);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_KERNELS_H_
