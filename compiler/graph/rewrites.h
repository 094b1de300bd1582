// Rewrites of the graph, each in a file of its own. All of them keep what the model computes. A rewrite
// returns whether it has changed the graph, which then needs sorting. Each rewrite is one walk over the
// sorted graph and sees its own results as it goes. So a few walks are enough, even for long chains of
// foldable operators.
//
// The result of a rewrite is equal in IEEE arithmetic, also for zeroes, infinities and NaN. There is one
// exception: FoldAffine moves constants into and behind convolutions, for which ONNX prescribes no order
// of rounding. With Graph::fast_math, a rewrite may also do what is equal for real numbers only.
#ifndef DIAPASON_COMPILER_GRAPH_REWRITES_H_
#define DIAPASON_COMPILER_GRAPH_REWRITES_H_

#include "compiler/graph/graph.h"

namespace diapason::compiler::graph {

// Applies all rewrites until nothing changes. Removes nodes that no output needs.
void Simplify(Graph& graph);

// x + -0 = x, x - 0 = x, x * 1 = x, x / 1 = x; view(view(x)) = view(x); x - c = x + -c; x / c = x * (1 / c)
// remove_identities.cc. The last rule holds for powers of two only. With fast math, it holds for every
// c, and there is also x + 0 = x.
bool RemoveIdentities(Graph& graph);

// f(x) and f(x) = one f(x) remove_duplicates.cc.
bool RemoveDuplicates(Graph& graph);

// conv(x, w) * s = conv(x, w * s); (conv(x, w) + b) * s = conv(x, w * s) + b * s; (y + b) + c = y + (b + c)
// fold_affine.cc. Constant scales and shifts for each channel (batch norms) move into the convolution
// before them, unless that would overflow or underflow. In the last rule, y must be a convolution; with
// fast math it can be any value.
bool FoldAffine(Graph& graph);

// f(view(x), c) = view(f(x, c)), for single numbers c
// f(interleave(x, y), c) = interleave(f(x, c), f(y, c)), for constants c that do not change along the axis
// hoist_elementwise.cc. Afterwards f can be fused into the kernel that makes x. For example, attention
// scales its queries behind a reshape and a transpose.
bool HoistElementwise(Graph& graph);

// concat(x, y) and concat(x, y, z) = concat(x, y) and concat(concat(x, y), z) nest_concats.cc. Parts are
// written into their concatenation (layout_joins.cc), and a concatenation can be a part of another one.
// So lists that grow, as in DenseNet, need no copies.
bool NestConcats(Graph& graph);

// (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon) = layer_norm(x)
// recognise_layer_norm.cc. Before opset 17, files spell a layer norm with these operators.
bool RecogniseLayerNorm(Graph& graph);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_REWRITES_H_
