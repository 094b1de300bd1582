// Attention, as the operators of several domains define it: heads, masks, rotary positions and the two
// products. The graph makes one kernel of it (compiler/graph/attention.h).
#ifndef DIAPASON_COMPILER_IMPORTER_ATTENTION_HEADS_H_
#define DIAPASON_COMPILER_IMPORTER_ATTENTION_HEADS_H_

#include "compiler/importer/expression.h"

namespace diapason::compiler::importer {

// Returns [batch, length, heads * size] as [batch, heads, length, size], and the other way round. The caller
// has checked that `heads` divides the last dimension.
graph::ValueId SplitHeads(Expression& e, graph::ValueId x, int64_t heads);
graph::ValueId JoinHeads(Expression& e, graph::ValueId x);

// Returns [batch, heads, length, size] with each head `times` times, one behind the other.
graph::ValueId RepeatHeads(Expression& e, graph::ValueId x, int64_t times);

// Returns numbers of shape [queries, keys] that are added to the scores: 0 where key <= query + first, and
// `masked` elsewhere.
graph::ValueId CausalMask(NodeConverter& node, Expression& e, int64_t queries, int64_t keys, int64_t first,
                          double masked);

// Returns the sum of two masks that are added to the scores. Either may be none.
graph::ValueId JoinMasks(Expression& e, graph::ValueId a, graph::ValueId b);

struct AttentionOptions {
  double scale = 0;                    // of the scores; 0 means 1 / sqrt(size of a head)
  double softcap = 0;                  // if it is not 0, scores are softcap * tanh(score / softcap)
  graph::ValueId mask = graph::kNone;  // added to the scores
};

// Returns softmax(q k^T * scale + mask) v for q, k and v of the shape [batch, heads, length, size].
graph::ValueId Attend(Expression& e, graph::ValueId q, graph::ValueId k, graph::ValueId v,
                      const AttentionOptions& options);

// Turns pairs of elements of [batch, heads, length, size] by angles. `cosines` and `sines` have the shape
// [batch or 1, length, pairs], and the first 2 * pairs elements of a head are turned. A pair is
// (i, i + pairs) or, if `interleaved`, (2 i, 2 i + 1).
graph::ValueId Rotated(Expression& e, graph::ValueId x, graph::ValueId cosines, graph::ValueId sines,
                       bool interleaved);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_ATTENTION_HEADS_H_
