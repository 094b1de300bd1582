// Converts attention and rotary embeddings of ONNX's own domain and of ONNX Runtime's.
#include <limits>

#include "absl/strings/str_cat.h"
#include "compiler/importer/attention_heads.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/quantization.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

constexpr double kMasked = -std::numeric_limits<double>::infinity();
constexpr double kMicrosoftMasked = -10000;  // ONNX Runtime's default for mask_filter_value

template <typename... Args>
absl::Status Misfit(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat(args...));
}

// Returns the operand as [batch, heads, length, size]. With three dimensions, it is split into `heads`.
absl::StatusOr<ValueId> Heads(NodeConverter& node, Expression& e, ValueId value, int64_t heads) {
  DIAPASON_RETURN_IF_ERROR(e.status());
  const graph::Shape in = e.ShapeOf(value);
  if (in.size() == 4) return value;
  if (in.size() != 3 || heads < 1 || in[2] % heads != 0)
    return Misfit("a tensor of shape ", graph::ShapeText(in), " does not divide into ", heads, " heads");
  return SplitHeads(e, value, heads);
}

// Checks that q, k and v, which are [batch, heads, length, size], fit together.
absl::Status CheckHeads(Expression& e, ValueId q, ValueId k, ValueId v) {
  DIAPASON_RETURN_IF_ERROR(e.status());
  const graph::Shape a = e.ShapeOf(q), b = e.ShapeOf(k), c = e.ShapeOf(v);
  if (a.size() != 4 || b.size() != 4 || c.size() != 4 || a[0] != b[0] || a[3] != b[3] || b[0] != c[0] ||
      b[1] != c[1] || b[2] != c[2] || b[1] == 0 || a[1] % b[1] != 0)
    return Misfit("queries, keys and values of shapes ", graph::ShapeText(a), ", ", graph::ShapeText(b),
                  " and ", graph::ShapeText(c), " do not fit together");
  return absl::OkStatus();
}

// Returns the length of the cache in operand `past`, [batch, heads, length, size], or 0 if there is none.
int64_t LengthOfPast(const NodeConverter& node, size_t past) {
  return node.Has(past) && node.InShape(past).size() == 4 ? node.InShape(past)[2] : 0;
}

// Returns the keys or values, [batch, heads, length, size], behind those of operand `past`, which is a cache
// of the same form. A cache without elements is not joined.
absl::StatusOr<ValueId> BehindPast(NodeConverter& node, Expression& e, size_t past, ValueId now) {
  if (!node.Has(past) || graph::NumElements(node.InShape(past)) == 0) return now;
  const graph::Shape had = node.InShape(past), has = e.ShapeOf(now);
  if (had.size() != 4 || had[0] != has[0] || had[1] != has[1] || had[3] != has[3])
    return Misfit("a cache of shape ", graph::ShapeText(had), " does not fit ", graph::ShapeText(has));
  return e.Concat({node.In(past), now}, 2);
}

// Returns a mask whose zeros, or false, mean elements that take no part, as numbers that are added to the
// scores.
ValueId AddedMask(NodeConverter& node, Expression& e, ValueId taken, double masked) {
  if (node.graph.value(taken).type != v1::ELEMENT_TYPE_BOOL)
    taken = e(Op::kCast, {taken}, {{"to", v1::ELEMENT_TYPE_BOOL}});
  return e(Op::kWhere, {taken, node.graph.AddScalar(v1::ELEMENT_TYPE_F32, 0),
                        node.graph.AddScalar(v1::ELEMENT_TYPE_F32, masked)});
}

// Returns the mask of ONNX Runtime's operators, [batch or 1, 1, queries or 1, keys], from one that has a
// length for each sequence, or that says which keys (for each query) take part.
absl::StatusOr<ValueId> MicrosoftMask(NodeConverter& node, Expression& e, size_t input, int64_t batch,
                                      int64_t queries, int64_t keys) {
  const double masked = node.Float("mask_filter_value", kMicrosoftMasked);
  const graph::Shape in = node.InShape(input);
  ValueId mask = node.In(input);
  if (in == graph::Shape{batch, keys})
    return AddedMask(node, e, e.Reshape(mask, {batch, 1, 1, keys}), masked);
  if (in == graph::Shape{batch, queries, keys})
    return AddedMask(node, e, e.Reshape(mask, {batch, 1, queries, keys}), masked);
  if (in != graph::Shape{batch})
    return absl::UnimplementedError(absl::StrCat("a mask of shape ", graph::ShapeText(in)));
  mask = e.ToInt64(e.Reshape(mask, {batch, 1, 1, 1}));
  return AddedMask(node, e, e(Op::kLess, {e.Positions(4, 3, keys), mask}), masked);
}

// Returns what ONNX Runtime's operators add to the scores: mask operand `mask`, causality if the attribute
// `unidirectional` asks for it, where a past of `had` keys lies before the first query, and operand `bias`.
absl::StatusOr<ValueId> MicrosoftMasks(NodeConverter& node, Expression& e, size_t mask, size_t bias,
                                       int64_t batch, int64_t queries, int64_t keys, int64_t had) {
  ValueId sum = graph::kNone;
  if (node.Has(mask)) {
    DIAPASON_ASSIGN_OR_RETURN(sum, MicrosoftMask(node, e, mask, batch, queries, keys));
  }
  if (node.Int("unidirectional", 0) != 0)
    sum = JoinMasks(
        e, sum, CausalMask(node, e, queries, keys, had, node.Float("mask_filter_value", kMicrosoftMasked)));
  return JoinMasks(e, sum, node.In(bias));
}

// Adds a bias of shape [..., hidden] to one of the three projections, whose biases follow one another.
ValueId WithBias(NodeConverter& node, Expression& e, size_t bias, int64_t start, ValueId value) {
  if (!node.Has(bias) || !e.status().ok()) return value;
  return e(Op::kAdd, {value, e.Part(node.In(bias), 0, start, e.ShapeOf(value).back())});
}

// Masks the keys behind those of each sequence, whose numbers are `lengths`. With causality, the last query
// has the position of the last key. Returns whether a query has any key, [batch, 1, queries or 1, 1].
absl::StatusOr<ValueId> LimitKeys(NodeConverter& node, Expression& e, ValueId lengths, bool is_causal,
                                  int64_t queries, int64_t keys, AttentionOptions& options) {
  const graph::Shape shape = e.ShapeOf(lengths);
  if (shape != graph::Shape{node.InShape(0)[0]})
    return Misfit("lengths of shape ", graph::ShapeText(shape), " do not fit the batch");
  ValueId last = e.Reshape(e.ToInt64(lengths), {shape[0], 1, 1, 1});
  last = e(Op::kSub, {last, e.Number(last, 1)});
  if (is_causal) {
    const ValueId before_last =
        e(Op::kSub, {e.Positions(4, 2, queries), e.Number(last, static_cast<double>(queries - 1))});
    last = e(Op::kAdd, {last, before_last});
  }
  const ValueId exists = e(Op::kLessOrEqual, {e.Positions(4, 3, keys), last});
  options.mask = JoinMasks(e, options.mask, AddedMask(node, e, exists, kMasked));
  return e(Op::kLessOrEqual, {e.Number(last, 0), last});
}

// Returns operand 0 times operand 1. Quantised ones have scales (3 and 4) and zero points (6 and 7).
absl::StatusOr<ValueId> Projected(NodeConverter& node, Expression& e, bool is_quantized) {
  if (!is_quantized) return e(Op::kMatMul, {node.In(0), node.In(1)});
  DIAPASON_ASSIGN_OR_RETURN(const ValueId x, Centred(node, e, 0, 6, -2));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId weights, Centred(node, e, 1, 7, -1));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId x_scale, AlongAxis(node, e, 3, 3, -2));
  DIAPASON_ASSIGN_OR_RETURN(const ValueId scale, AlongAxis(node, e, 4, 2, -1));
  return e(Op::kMul, {e(Op::kMatMul, {x, weights}), e(Op::kMul, {x_scale, scale})});
}

}  // namespace

// The heads may be a dimension of their own, or a part of the last one.
absl::StatusOr<ValueIds> ConvertAttention(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  if (node.Wants(3)) return absl::UnimplementedError("the output qk_matmul_output");
  Expression e(node);
  const int64_t q_heads = node.Int("q_num_heads", 0), kv_heads = node.Int("kv_num_heads", 0);
  DIAPASON_ASSIGN_OR_RETURN(const ValueId q, Heads(node, e, node.In(0), q_heads));
  DIAPASON_ASSIGN_OR_RETURN(ValueId k, Heads(node, e, node.In(1), kv_heads));
  DIAPASON_ASSIGN_OR_RETURN(ValueId v, Heads(node, e, node.In(2), kv_heads));
  const int64_t had = LengthOfPast(node, 4);
  DIAPASON_ASSIGN_OR_RETURN(k, BehindPast(node, e, 4, k));
  DIAPASON_ASSIGN_OR_RETURN(v, BehindPast(node, e, 5, v));
  DIAPASON_RETURN_IF_ERROR(CheckHeads(e, q, k, v));
  const int64_t queries = e.ShapeOf(q)[2], keys = e.ShapeOf(k)[2], times = e.ShapeOf(q)[1] / e.ShapeOf(k)[1];
  AttentionOptions options;
  options.scale = node.Float("scale", 0);
  options.softcap = node.Float("softcap", 0);
  if (node.Has(3)) {
    options.mask =
        node.InValue(3).type == v1::ELEMENT_TYPE_F32 ? node.In(3) : AddedMask(node, e, node.In(3), kMasked);
    if (node.InShape(3).empty() || (node.InShape(3).back() != keys && node.InShape(3).back() != 1))
      return absl::UnimplementedError("a mask that is shorter than the keys");
  }
  const bool is_causal = node.Int("is_causal", 0) != 0;
  ValueId sees_keys = graph::kNone;  // whether a query has any key; if not, its result is 0
  if (node.Has(6)) {
    DIAPASON_ASSIGN_OR_RETURN(sees_keys, LimitKeys(node, e, node.In(6), is_causal, queries, keys, options));
  } else if (is_causal) {
    options.mask = JoinMasks(e, options.mask, CausalMask(node, e, queries, keys, had, kMasked));
  }
  ValueId result = Attend(e, q, RepeatHeads(e, k, times), RepeatHeads(e, v, times), options);
  if (sees_keys != graph::kNone) result = e(Op::kWhere, {sees_keys, result, e.Number(result, 0)});
  if (node.InShape(0).size() == 3) result = JoinHeads(e, result);
  DIAPASON_RETURN_IF_ERROR(e.status());
  return ValueIds{result, k, v};
}

// com.microsoft: projects the input to queries, keys and values, which may have past ones.
absl::StatusOr<ValueIds> ConvertMicrosoftAttention(NodeConverter& node) {
  const bool is_quantized = node.proto().op_type() == "QAttention";
  if (!is_quantized) DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  const size_t mask = is_quantized ? 5 : 3, past_pair = is_quantized ? 8 : 4, added = is_quantized ? 9 : 5;
  const graph::Shape in = node.InShape(0), weights = node.InShape(1);
  if (in.size() != 3 || weights.size() != 2 || in[2] != weights[0])
    return Misfit("weights of shape ", graph::ShapeText(weights), " do not fit an input of shape ",
                  graph::ShapeText(in));
  if ((node.Has(6) && !is_quantized) || node.Int("do_rotary", 0) != 0 ||
      node.Int("past_present_share_buffer", 0) != 0)
    return absl::UnimplementedError("rotary positions or a cache that is shared with the output");
  const int64_t each = weights[1] / 3;
  const std::vector<int64_t> sizes =
      node.Ints("qkv_hidden_sizes").value_or(std::vector<int64_t>{each, each, each});
  const int64_t heads = node.Int("num_heads", 0);
  if (sizes.size() != 3 || sizes[0] + sizes[1] + sizes[2] != weights[1] || sizes[0] != sizes[1] ||
      (node.Has(2) && node.InShape(2) != graph::Shape{weights[1]}))
    return Misfit("the sizes of queries, keys and values do not fit the weights or the bias");
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(ValueId all, Projected(node, e, is_quantized));
  if (node.Has(2)) all = e(Op::kAdd, {all, node.In(2)});
  DIAPASON_ASSIGN_OR_RETURN(const ValueId q, Heads(node, e, e.Part(all, 2, 0, sizes[0]), heads));
  DIAPASON_ASSIGN_OR_RETURN(ValueId k, Heads(node, e, e.Part(all, 2, sizes[0], sizes[1]), heads));
  DIAPASON_ASSIGN_OR_RETURN(ValueId v, Heads(node, e, e.Part(all, 2, sizes[0] + sizes[1], sizes[2]), heads));
  DIAPASON_RETURN_IF_ERROR(e.status());
  int64_t had = 0;
  if (node.Has(past_pair) &&
      graph::NumElements(node.InShape(past_pair)) > 0) {  // [2, batch, heads, length, size]
    graph::Shape past = node.InShape(past_pair);
    if (past.size() != 5 || past[0] != 2)
      return Misfit("a cache of shape ", graph::ShapeText(past), " does not fit");
    past.erase(past.begin());
    had = past[2];
    k = e.Concat({e.Reshape(e.Part(node.In(past_pair), 0, 0, 1), past), k}, 2);
    v = e.Concat({e.Reshape(e.Part(node.In(past_pair), 0, 1, 1), past), v}, 2);
  }
  DIAPASON_RETURN_IF_ERROR(CheckHeads(e, q, k, v));
  const int64_t queries = in[1], keys = had + in[1];
  AttentionOptions options;
  options.scale = node.Float("scale", 0);
  DIAPASON_ASSIGN_OR_RETURN(options.mask, MicrosoftMasks(node, e, mask, added, in[0], queries, keys, had));
  ValueIds results = {JoinHeads(e, Attend(e, q, k, v, options))};
  if (node.Wants(1)) {
    graph::Shape one = e.ShapeOf(k);
    one.insert(one.begin(), 1);
    results.push_back(e.Concat({e.Reshape(k, one), e.Reshape(v, one)}, 0));
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
  for (const int output : {0, 1}) node.SetNarrow(output, is_quantized ? nullptr : node.Narrow(0));
  return results;
}

// com.microsoft: the operands are query, key, value, bias, a mask of keys, what is added to the scores, and
// past keys and values. Keys and values may be packed behind the queries, or with each other.
absl::StatusOr<ValueIds> ConvertMultiHeadAttention(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  for (size_t input : {8, 9}) {
    if (node.Has(input)) return absl::UnimplementedError("a cache that is shared with the output");
  }
  if (node.Wants(3)) return absl::UnimplementedError("the output qk");
  const int64_t heads = node.Int("num_heads", 0);
  const graph::Shape in = node.InShape(0);
  Expression e(node);
  ValueId q = node.In(0), k = node.In(1), v = node.In(2);
  // Returns part `i` of [batch, length, heads, parts, size] as [batch, length, heads * size].
  const auto packed = [&](ValueId all, int64_t i) {
    const graph::Shape shape = e.ShapeOf(all);
    return e.Reshape(e.Part(all, 3, i, 1), {shape[0], shape[1], shape[2] * shape[4]});
  };
  if (in.size() == 5 && in[3] == 3 && k == graph::kNone) {
    v = packed(q, 2);
    k = packed(q, 1);
    q = packed(q, 0);
  } else if (k != graph::kNone && node.InShape(1).size() == 5 && node.InShape(1)[3] == 2 &&
             v == graph::kNone) {
    v = packed(k, 1);
    k = packed(k, 0);
  }
  if (k == graph::kNone || v == graph::kNone) return Misfit("the keys or the values are missing");
  DIAPASON_RETURN_IF_ERROR(e.status());
  if (node.Has(3)) {
    const int64_t hidden = e.ShapeOf(q).back();
    if (e.ShapeOf(k).size() != 3 || e.ShapeOf(v).size() != 3 || e.ShapeOf(k).back() != hidden ||
        node.InShape(3) != graph::Shape{2 * hidden + e.ShapeOf(v).back()})
      return Misfit("a bias of shape ", graph::ShapeText(node.InShape(3)), " does not fit");
    q = WithBias(node, e, 3, 0, q);
    k = WithBias(node, e, 3, hidden, k);
    v = WithBias(node, e, 3, 2 * hidden, v);
  }
  DIAPASON_ASSIGN_OR_RETURN(q, Heads(node, e, q, heads));
  DIAPASON_ASSIGN_OR_RETURN(k, Heads(node, e, k, heads));
  DIAPASON_ASSIGN_OR_RETURN(v, Heads(node, e, v, heads));
  DIAPASON_RETURN_IF_ERROR(e.status());
  const int64_t had = LengthOfPast(node, 6);
  DIAPASON_ASSIGN_OR_RETURN(k, BehindPast(node, e, 6, k));
  DIAPASON_ASSIGN_OR_RETURN(v, BehindPast(node, e, 7, v));
  DIAPASON_RETURN_IF_ERROR(CheckHeads(e, q, k, v));
  const int64_t queries = e.ShapeOf(q)[2], keys = e.ShapeOf(k)[2];
  AttentionOptions options;
  options.scale = node.Float("scale", 0);
  DIAPASON_ASSIGN_OR_RETURN(options.mask, MicrosoftMasks(node, e, 4, 5, in[0], queries, keys, had));
  const ValueId result = JoinHeads(e, Attend(e, q, k, v, options));
  DIAPASON_RETURN_IF_ERROR(e.status());
  return ValueIds{result, k, v};
}

namespace {

// Returns rows of a table of cosines or sines, [positions, pairs], for the positions, [batch or 1, length].
ValueId RowsAt(Expression& e, ValueId table, ValueId positions) {
  return e(Op::kGather, {table, positions}, {{"axis", int64_t{0}}});
}

// Rotates the operand, [batch, length, hidden] or [batch, heads, length, size].
absl::StatusOr<ValueIds> Rotate(NodeConverter& node, Expression& e, ValueId cosines, ValueId sines) {
  DIAPASON_RETURN_IF_ERROR(e.status());
  const graph::Shape in = node.InShape(0), angles = e.ShapeOf(cosines);
  if ((in.size() != 3 && in.size() != 4) || angles.size() != 3 || e.ShapeOf(sines) != angles)
    return Misfit("angles of shape ", graph::ShapeText(angles), " do not fit an input of shape ",
                  graph::ShapeText(in));
  int64_t heads = node.Int("num_heads", 0);
  const int64_t turned = node.Int("rotary_embedding_dim", 0);
  if (in.size() == 3 && heads == 0)
    heads = in[2] / (2 * angles[2]);  // ONNX Runtime derives it from the table
  DIAPASON_ASSIGN_OR_RETURN(const ValueId x, Heads(node, e, node.In(0), heads));
  DIAPASON_RETURN_IF_ERROR(e.status());
  const graph::Shape split = e.ShapeOf(x);
  if (angles[1] != split[2] || (angles[0] != 1 && angles[0] != split[0]) || 2 * angles[2] > split[3] ||
      (turned != 0 && turned != 2 * angles[2]) || (turned == 0 && 2 * angles[2] != split[3]))
    return Misfit("angles of shape ", graph::ShapeText(angles), " do not fit heads of shape ",
                  graph::ShapeText(split));
  const ValueId result = Rotated(e, x, cosines, sines, node.Int("interleaved", 0) != 0);
  return e.Result(in.size() == 3 ? JoinHeads(e, result) : result);
}

}  // namespace

// Opset 23: X, cosines, sines and perhaps positions. Without positions, the angles are those of each element.
absl::StatusOr<ValueIds> ConvertRotaryEmbedding(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  Expression e(node);
  if (!node.Has(3)) return Rotate(node, e, node.In(1), node.In(2));
  return Rotate(node, e, RowsAt(e, node.In(1), node.In(3)), RowsAt(e, node.In(2), node.In(3)));
}

// com.microsoft: X, positions, cosines and sines. One position is that of the first element.
absl::StatusOr<ValueIds> ConvertMicrosoftRotaryEmbedding(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  if (node.Int("is_packed_batching", 0) != 0) return absl::UnimplementedError("is_packed_batching");
  if (node.Float("scale", 1) != 1) return absl::UnimplementedError("a scale");
  Expression e(node);
  ValueId positions = node.In(1);
  if (graph::NumElements(node.InShape(1)) == 1 && node.InShape(1).size() < 2) {
    const graph::Shape in = node.InShape(0);
    const ValueId first = e.ToInt64(e.Reshape(positions, {1, 1}));
    positions = e(Op::kAdd, {e.Positions(2, 1, in.size() == 4 ? in[2] : in[1]), first});
  }
  return Rotate(node, e, RowsAt(e, node.In(2), positions), RowsAt(e, node.In(3), positions));
}

// com.microsoft: causal attention whose keys and values have fewer heads than the queries. The operands are
// query, key, value, past keys and values, the number of keys of each sequence minus 1, the number of all
// keys, and the tables of rotary angles. Without a past, sequences may have different lengths.
absl::StatusOr<ValueIds> ConvertGroupQueryAttention(NodeConverter& node) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  if (!node.Has(5) || node.InShape(0).size() != 3) return Misfit("the query or the lengths do not fit");
  if (node.Int("smooth_softmax", 0) > 0 || node.Has(11)) return absl::UnimplementedError("smooth_softmax");
  if (node.Int("local_window_size", -1) > 0) return absl::UnimplementedError("local_window_size");
  const int64_t heads = node.Int("num_heads", 0), kv_heads = node.Int("kv_num_heads", 0);
  Expression e(node);
  ValueId q = node.In(0), k = node.In(1), v = node.In(2);
  if (k == graph::kNone) {
    const int64_t width = node.InShape(0)[2], parts = heads + 2 * kv_heads;
    if (heads < 1 || kv_heads < 1 || width % parts != 0)
      return Misfit("the packed query does not divide into heads");
    const int64_t size = width / parts;
    v = e.Part(q, 2, (heads + kv_heads) * size, kv_heads * size);
    k = e.Part(q, 2, heads * size, kv_heads * size);
    q = e.Part(q, 2, 0, heads * size);
  }
  if (v == graph::kNone) return Misfit("the values are missing");
  DIAPASON_ASSIGN_OR_RETURN(q, Heads(node, e, q, heads));
  DIAPASON_ASSIGN_OR_RETURN(k, Heads(node, e, k, kv_heads));
  DIAPASON_ASSIGN_OR_RETURN(v, Heads(node, e, v, kv_heads));
  DIAPASON_RETURN_IF_ERROR(e.status());
  const int64_t queries = e.ShapeOf(q)[2];
  const int64_t had = LengthOfPast(node, 3);
  const int64_t keys = had + queries;
  if (had > 0) {  // the length must be known, because it says where the new keys are put
    DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> last, node.ConstantInts(5));
    for (int64_t number : last) {
      if (number != keys - 1) return absl::UnimplementedError("a past that is longer than its valid part");
    }
  }
  if (node.Int("do_rotary", 0) != 0) {
    if (!node.Has(7) || !node.Has(8)) return Misfit("the tables of rotary angles are missing");
    ValueId positions = node.In(9);
    if (positions == graph::kNone) {
      positions = e.Positions(2, 1, queries);
      positions = e(Op::kAdd, {positions, e.Number(positions, static_cast<double>(had))});
    }
    const ValueId cosines = RowsAt(e, node.In(7), positions), sines = RowsAt(e, node.In(8), positions);
    const bool interleaved = node.Int("rotary_interleaved", 0) != 0;
    DIAPASON_RETURN_IF_ERROR(e.status());
    if (e.ShapeOf(cosines).size() != 3 || 2 * e.ShapeOf(cosines)[2] > e.ShapeOf(q)[3])
      return Misfit("the tables of rotary angles do not fit the heads");
    q = Rotated(e, q, cosines, sines, interleaved);
    k = Rotated(e, k, cosines, sines, interleaved);
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
  DIAPASON_ASSIGN_OR_RETURN(k, BehindPast(node, e, 3, k));
  DIAPASON_ASSIGN_OR_RETURN(v, BehindPast(node, e, 4, v));
  DIAPASON_RETURN_IF_ERROR(CheckHeads(e, q, k, v));
  AttentionOptions options;
  options.scale = node.Float("scale", 0);
  options.softcap = node.Float("softcap", 0);
  // Queries behind the end of a sequence have no meaning, but must not be NaN: they see all keys before them.
  options.mask = JoinMasks(e, CausalMask(node, e, queries, keys, had, kMasked), node.In(10));
  const int64_t times = heads / kv_heads;
  const ValueId result =
      JoinHeads(e, Attend(e, q, RepeatHeads(e, k, times), RepeatHeads(e, v, times), options));
  DIAPASON_RETURN_IF_ERROR(e.status());
  return ValueIds{result, k, v};
}

}  // namespace diapason::compiler::importer
