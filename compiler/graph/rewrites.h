// Rewrites of the graph, each in a file of its own; all keep what the model computes. True: something has changed, and the
// graph needs sorting. Each is one walk over the sorted graph, in which a rewrite sees the results of those before it:
// the time for all of them is that of a few walks, however long the chains are that they fold.
//
// What a rewrite makes is equal in IEEE arithmetic, for zeroes, infinities and NaN too, with one exception: FoldAffine
// moves constants into and behind convolutions, whose rounding is anybody's anyhow (every run-time does so). With
// Graph::fast_math, rewrites may do what is equal in real numbers only.
#ifndef DIAPASON_COMPILER_GRAPH_REWRITES_H_
#define DIAPASON_COMPILER_GRAPH_REWRITES_H_

#include "compiler/graph/graph.h"

namespace diapason::compiler {

// All of them, until nothing changes; dead nodes are gone afterwards.
void Simplify(Graph& graph);

// remove_identities.cc: operators that change nothing (x * 1, x - 0, views of the whole) go; a view of a view becomes
// one; subtracting a constant becomes adding, dividing by a power of two multiplying. Fast: x + 0 goes, and dividing by
// any constant becomes multiplying.
bool RemoveIdentities(Graph& graph);

// remove_duplicates.cc: operators that compute the same from the same become one.
bool RemoveDuplicates(Graph& graph);

// fold_affine.cc: constant scales and shifts per channel (batch norms) go into the convolution before them, unless that
// would overflow or underflow. Fast: constants added one after another become one, whatever is before them.
bool FoldAffine(Graph& graph);

// hoist_elementwise.cc: f(view(x)) with otherwise single numbers becomes view(f(x)), so that f can be fused into what
// makes x (attention scales queries behind a reshape and a transpose).
bool HoistElementwise(Graph& graph);

// recognise_layer_norm.cc: (x - mean) / sqrt(mean of squares + epsilon), in small pieces before opset 17.
bool RecogniseLayerNorm(Graph& graph);

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_GRAPH_REWRITES_H_
