// Rewrites of the graph, each in a file of its own. All keep what the model computes. A rewrite returns
// whether it has changed something; the graph then needs sorting. Each is one walk over the sorted graph and
// sees its own results as it goes, so the time for all of them is that of a few walks, however long the
// chains are that they fold.
//
// What a rewrite makes is equal in IEEE arithmetic, for zeroes, infinities and NaN too, with one exception:
// FoldAffine moves constants into and behind convolutions, for which ONNX prescribes no order of rounding.
// With Graph::fast_math, rewrites may do what is equal in real numbers only.
#ifndef DIAPASON_COMPILER_GRAPH_REWRITES_H_
#define DIAPASON_COMPILER_GRAPH_REWRITES_H_

#include "compiler/graph/graph.h"

namespace diapason::compiler::graph {

// Applies all of them until nothing changes. Dead nodes are gone afterwards.
void Simplify(Graph& graph);

// x + -0 = x, x - 0 = x, x * 1 = x, x / 1 = x; view(view(x)) = view(x); x - c = x + -c; x / c = x * (1 / c)
// remove_identities.cc. The last only for powers of two. With fast math also x + 0 = x, and the last for
// every c.
bool RemoveIdentities(Graph& graph);

// f(x) and f(x) = one f(x)
// remove_duplicates.cc.
bool RemoveDuplicates(Graph& graph);

// conv(x, w) * s = conv(x, w * s); (conv(x, w) + b) * s = conv(x, w * s) + b * s; (y + b) + c = y + (b + c)
// fold_affine.cc: constant scales and shifts for each channel (batch norms) go into the convolution before
// them, unless that would overflow or underflow. With fast math the last holds for every y.
bool FoldAffine(Graph& graph);

// f(view(x), c) = view(f(x, c)), for single numbers c
// hoist_elementwise.cc: so f can be fused into what makes x. Attention scales queries behind a reshape and a
// transpose.
bool HoistElementwise(Graph& graph);

// (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon) = layer_norm(x)
// recognise_layer_norm.cc: before opset 17, files spell a layer norm in such pieces.
bool RecogniseLayerNorm(Graph& graph);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_REWRITES_H_
