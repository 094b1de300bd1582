// Finds attention in a graph: softmax(f(q k)) v, where f is any chain of elementwise operators, such as a
// scale and a mask. One kernel computes it, so that the scores q k are never stored as a whole.
#ifndef DIAPASON_COMPILER_GRAPH_ATTENTION_H_
#define DIAPASON_COMPILER_GRAPH_ATTENTION_H_

#include <vector>

#include "compiler/graph/graph.h"

namespace diapason::compiler::graph {

// If the node is the product of attention weights and values, returns the nodes that compute the weights, in
// order: the product of queries and keys, elementwise operators, the softmax, and perhaps an IsNaN and a
// Where that replace NaN by 0. Nothing else reads their results. Returns no nodes if `product` is another
// node, or if its shapes do not suit a kernel of this kind.
std::vector<NodeId> FindAttention(const Graph& graph, NodeId product);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_ATTENTION_H_
