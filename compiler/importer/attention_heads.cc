#include "compiler/importer/attention_heads.h"

#include <cmath>

namespace diapason::compiler::importer {

using graph::Op;
using graph::ValueId;

ValueId SplitHeads(Expression& e, ValueId x, int64_t heads) {
  if (!e.status().ok()) return x;
  const graph::Shape in = e.ShapeOf(x);
  return e.Transpose(e.Reshape(x, {in[0], in[1], heads, in[2] / heads}), {0, 2, 1, 3});
}

ValueId JoinHeads(Expression& e, ValueId x) {
  if (!e.status().ok()) return x;
  const graph::Shape in = e.ShapeOf(x);
  return e.Reshape(e.Transpose(x, {0, 2, 1, 3}), {in[0], in[2], in[1] * in[3]});
}

ValueId RepeatHeads(Expression& e, ValueId x, int64_t times) {
  if (times == 1 || !e.status().ok()) return x;
  const graph::Shape in = e.ShapeOf(x);
  x = e.Expand(e.Reshape(x, {in[0], in[1], 1, in[2], in[3]}), {in[0], in[1], times, in[2], in[3]});
  return e.Reshape(x, {in[0], in[1] * times, in[2], in[3]});
}

ValueId CausalMask(NodeConverter& node, Expression& e, int64_t queries, int64_t keys, int64_t first,
                   double masked) {
  const ValueId query = e.Positions(2, 0, queries), key = e.Positions(2, 1, keys);
  const ValueId last = e(Op::kAdd, {query, e.Number(query, static_cast<double>(first))});
  return e(Op::kWhere, {e(Op::kLessOrEqual, {key, last}), node.graph.AddScalar(v1::ELEMENT_TYPE_F32, 0),
                        node.graph.AddScalar(v1::ELEMENT_TYPE_F32, masked)});
}

ValueId JoinMasks(Expression& e, ValueId a, ValueId b) {
  if (a == graph::kNone || b == graph::kNone) return a == graph::kNone ? b : a;
  return e(Op::kAdd, {a, b});
}

ValueId Attend(Expression& e, ValueId q, ValueId k, ValueId v, const AttentionOptions& options) {
  if (!e.status().ok()) return q;
  const double size = static_cast<double>(e.ShapeOf(q).back());
  const double scale = options.scale != 0 ? options.scale : 1 / std::sqrt(size);
  ValueId scores = e(Op::kMatMul, {q, e.Transpose(k, {0, 1, 3, 2})});
  scores = e(Op::kMul, {scores, e.Number(scores, scale)});
  if (options.softcap != 0) {
    const ValueId cap = e.Number(scores, options.softcap);
    scores = e(Op::kMul, {e(Op::kTanh, {e(Op::kDiv, {scores, cap})}), cap});
  }
  if (options.mask != graph::kNone) scores = e(Op::kAdd, {scores, options.mask});
  return e(Op::kMatMul, {e(Op::kSoftmax, {scores}, {{"axis", int64_t{3}}}), v});
}

ValueId Rotated(Expression& e, ValueId x, ValueId cosines, ValueId sines, bool interleaved) {
  if (!e.status().ok()) return x;
  const graph::Shape in = e.ShapeOf(x), angles = e.ShapeOf(cosines);
  const int64_t pairs = angles[2], turned = 2 * pairs;
  const graph::Shape along = {angles[0], 1, angles[1], pairs};
  const ValueId c = e.Reshape(cosines, along), s = e.Reshape(sines, along);
  const ValueId head = e.Part(x, 3, 0, turned);
  ValueId first, second;
  if (interleaved) {
    const ValueId apart = e.Reshape(head, {in[0], in[1], in[2], pairs, 2});
    first = e.Reshape(e.Part(apart, 4, 0, 1), {in[0], in[1], in[2], pairs});
    second = e.Reshape(e.Part(apart, 4, 1, 1), {in[0], in[1], in[2], pairs});
  } else {
    first = e.Part(head, 3, 0, pairs);
    second = e.Part(head, 3, pairs, pairs);
  }
  const ValueId real = e(Op::kSub, {e(Op::kMul, {first, c}), e(Op::kMul, {second, s})});
  const ValueId imaginary = e(Op::kAdd, {e(Op::kMul, {first, s}), e(Op::kMul, {second, c})});
  ValueId result;
  if (interleaved) {
    const graph::Shape column = {in[0], in[1], in[2], pairs, 1};
    result = e.Reshape(e.Concat({e.Reshape(real, column), e.Reshape(imaginary, column)}, 4),
                       {in[0], in[1], in[2], turned});
  } else {
    result = e.Concat({real, imaginary}, 3);
  }
  if (turned == in[3]) return result;
  return e.Concat({result, e.Part(x, 3, turned, in[3] - turned)}, 3);
}

}  // namespace diapason::compiler::importer
