// Writes attention: a product of queries and keys, elementwise operators, a softmax, and a product with
// values. The scores have the queries as their last dimension, so that the softmax over the keys works on
// whole vectors of queries. The sum of the weights divides the last product and not the weights, which are
// many more. So a row is computed as (e v) * (1 / sum(e)), where e = exp(x - max(x)).
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "compiler/graph/kernel_text.h"
#include "compiler/graph/reduction.h"

namespace diapason::compiler::graph {
namespace {

// The loops of all ops of the kernel. Each op has some of them, in an order of its own.
enum Loop : int { kBatch, kHead, kQuery, kColumn, kKey, kDepth, kLoops };

constexpr absl::string_view kContract = " fastmath<contract> : f32\n";
constexpr absl::string_view kMultiplyAdd =
    "      %m = arith.mulf %x0, %x1 fastmath<contract> : f32\n      %s = arith.addf %old, %m "
    "fastmath<contract> : f32\n";

// Returns the loops as the numbers that they have in an op with the loops `order`.
std::vector<int> Within(const std::vector<int>& order, const std::vector<int>& loops) {
  std::vector<int> numbers;
  for (int loop : loops)
    numbers.push_back(static_cast<int>(std::find(order.begin(), order.end(), loop) - order.begin()));
  return numbers;
}

OperandText Indexed(const TensorText& tensor, const std::vector<int>& order, const std::vector<int>& loops) {
  return {tensor, LoopIndices(Within(order, loops))};
}

// Returns the access to a matrix whose rows follow one loop and whose columns follow another. Its other
// dimensions are batches and heads; the last one is that of the heads.
Access MatrixOf(const Layout& layout, ValueId value, Loop rows, Loop columns) {
  const View& view = layout.views[value];
  const int rank = static_cast<int>(view.shape.size());
  Access access{value, {view.buffer, view.offset, {}, {}}, {}};
  for (int d = 0; d < rank; ++d) {
    const int loop = d == rank - 1 ? columns : d == rank - 2 ? rows : kHead - (rank - 3 - d);
    if (loop == rows || loop == columns || (view.shape[d] > 1 && view.strides[d] != 0))
      access.AddDimension(loop, view.shape[d], view.strides[d]);
  }
  return access;
}

// Returns the access to an operand that is broadcast over batches, heads, and the rows and columns of a
// matrix. If `always`, it follows all of these loops.
Access BroadcastOf(const Layout& layout, ValueId value, const std::vector<int64_t>& extents, Loop rows,
                   Loop columns, bool always) {
  const std::vector<int> loops = {kBatch, kHead, rows, columns};
  std::vector<int64_t> own;
  for (int loop : loops) own.push_back(extents[loop]);
  Access access = always ? AccessAlongAll(layout, value, own) : AccessOf(layout, value, own);
  for (int& loop : access.loops) loop = loops[loop];
  return access;
}

}  // namespace

void KernelWriter::WriteAttention() {
  const Node& first = graph_.node(kernel_.weights.front());
  const auto softmax_at = std::find_if(kernel_.weights.begin(), kernel_.weights.end(),
                                       [&](NodeId id) { return graph_.node(id).op == Op::kSoftmax; });
  const Node& softmax = graph_.node(*softmax_at);
  const bool replaces_nan = softmax_at + 1 != kernel_.weights.end();
  const Kernel scores_kernel{
      kernel_.weights.front(), {}, {kernel_.weights.begin() + 1, softmax_at}, softmax.inputs[0]};
  const Epilogue scores_chain(graph_, layout_, scores_kernel);
  const ValueId q = first.inputs[0], k = first.inputs[1], v = anchor_->inputs[1];
  const Shape &scores_shape = graph_.value(softmax.output).shape, &out_shape = output_.shape;
  const size_t rank = out_shape.size();

  IterationSpace space;
  space.extents = {rank > 3 ? out_shape[rank - 4] : 1,
                   rank > 2 ? out_shape[rank - 3] : 1,
                   out_shape[rank - 2],
                   out_shape[rank - 1],
                   scores_shape[rank - 1],
                   graph_.value(q).shape.back()};
  space.is_reduction.assign(kLoops, false);
  space.accesses = {BroadcastOf(layout_, kernel_.output, space.extents, kQuery, kColumn, /*always=*/true),
                    MatrixOf(layout_, q, kQuery, kDepth), MatrixOf(layout_, k, kDepth, kKey),
                    MatrixOf(layout_, v, kKey, kColumn)};
  for (ValueId mask : scores_chain.operands())
    space.accesses.push_back(BroadcastOf(layout_, mask, space.extents, kQuery, kKey, /*always=*/false));
  const size_t first_operand = space.accesses.size();
  for (ValueId operand : epilogue_.operands())
    space.accesses.push_back(BroadcastOf(layout_, operand, space.extents, kQuery, kColumn, /*always=*/false));
  if (space.WalksAsOne(kBatch)) space.MoveIterationsInwards(kBatch);

  const auto extents_of = [&](const std::vector<int>& loops) {
    Shape extents;
    for (int loop : loops) extents.push_back(space.extents[loop]);
    return extents;
  };
  // Computations on constants would leave the kernel before it is tiled, so q, k and v are not marked.
  const auto argument = [&](size_t number, const std::vector<int>& order) {
    const Access& access = space.accesses[number];
    return Indexed(text_.AddArgument(access.view, graph_.value(access.value).type, ""), order, access.loops);
  };
  const std::vector<int> by_query = {kBatch, kHead, kQuery}, scores = {kBatch, kHead, kKey, kQuery},
                         result = {kBatch, kHead, kQuery, kColumn},
                         first_order = {kBatch, kHead, kKey, kQuery, kDepth},
                         last_order = {kBatch, kHead, kQuery, kColumn, kKey};
  const std::string every = "pppp", reducing = "pprp", contraction = "ppppr";
  const auto start = [&](const std::vector<int>& loops, double number) {
    return Start(std::nullopt, number, extents_of(loops));
  };
  const auto empty = [&](const std::vector<int>& loops) {
    return text_.Empty(v1::ELEMENT_TYPE_F32, extents_of(loops));
  };

  for (size_t i = 1; i < space.accesses.size(); ++i) space.accesses[i] = InMemoryOrder(space.accesses[i]);
  // The queries have a dimension for every loop, so that a schedule can reorder all of them.
  for (Loop loop : {kHead, kBatch}) {
    Access& access = space.accesses[1];
    if (access.DimensionOf(loop) != kNone) continue;
    access.loops.insert(access.loops.begin(), loop);
    access.view.shape.insert(access.view.shape.begin(), space.extents[loop]);
    access.view.strides.insert(access.view.strides.begin(), 0);
  }
  const OperandText queries = argument(1, first_order), keys = argument(2, first_order);
  const OperandText values = argument(3, last_order);
  std::vector<OperandText> masks, operands;
  for (size_t i = 4; i < space.accesses.size(); ++i) {
    const Access& access = space.accesses[i];
    const std::vector<int>& order = i < first_operand ? scores : result;
    OperandText operand{
        text_.AddArgument(access.view, graph_.value(access.value).type, Attributes(access.value, "")),
        LoopIndices(Within(order, access.loops))};
    (i < first_operand ? masks : operands).push_back(std::move(operand));
  }
  const Access out = InLoopOrder(space.accesses[0]);
  const OperandText destination = Indexed(text_.AddDestination(out.view, output_.type), result, out.loops);

  const std::string one = text_.Constant(v1::ELEMENT_TYPE_F32, ScalarOf(v1::ELEMENT_TYPE_F32, 1)),
                    zero = text_.Constant(v1::ELEMENT_TYPE_F32, ScalarOf(v1::ELEMENT_TYPE_F32, 0));
  TensorText x = text_.Generic(contraction, {keys, queries}, Indexed(start(scores, 0), first_order, scores),
                               kMultiplyAdd, "%s");
  // If nothing is to be done with the scores, they are multiplied by 1 and 0 is added. MLIR does not fold
  // that, so that all attentions have the same ops.
  std::string prelude;
  if (scores_kernel.chain.empty())
    prelude = absl::StrCat("      %same = math.fma %x0, ", one, ", ", zero, kContract);
  const std::string score = prelude.empty() ? "%x0" : "%same";
  x = scores_chain.Write(text_, every, {Indexed(x, scores, scores)}, prelude, score, masks,
                         Indexed(empty(scores), scores, scores));
  // A score that is NaN is never the largest, but makes its weight and so the whole row NaN.
  const TensorText most = text_.Generic(
      reducing, {Indexed(x, scores, scores)},
      Indexed(start(by_query, ReductionStart(Reduction::kMax, v1::ELEMENT_TYPE_F32).f), scores, by_query),
      "      %more = arith.cmpf ogt, %x0, %old : f32\n      %most = arith.select %more, %x0, %old : f32\n",
      "%most");
  const TensorText weights = text_.Generic(
      every, {Indexed(most, scores, by_query)}, Indexed(x, scores, scores),
      absl::StrCat("      %d = arith.subf %old, %x0", kContract, "      %y = math.exp %d", kContract), "%y");
  const TensorText sum = text_.Generic(reducing, {Indexed(weights, scores, scores)},
                                       Indexed(start(by_query, 0), scores, by_query),
                                       absl::StrCat("      %s = arith.addf %old, %x0", kContract), "%s");
  const TensorText inverse =
      text_.Generic("ppp", {Indexed(sum, by_query, by_query)}, Indexed(empty(by_query), by_query, by_query),
                    absl::StrCat("      %y = arith.divf ", one, ", %x0", kContract), "%y");
  const TensorText product = text_.Generic(contraction, {Indexed(weights, last_order, scores), values},
                                           Indexed(start(result, 0), last_order, result), kMultiplyAdd, "%s");
  // If one weight is NaN, all weights of its row are.
  std::string share = absl::StrCat("      %share = arith.mulf %x0, %x1", kContract);
  if (replaces_nan)
    absl::StrAppend(&share, "      %nan = arith.cmpf uno, %x1, %x1 : f32\n      %kept = arith.select %nan, ",
                    zero, ", %share : f32\n");
  result_ =
      epilogue_.Write(text_, every, {Indexed(product, result, result), Indexed(inverse, result, by_query)},
                      share, replaces_nan ? "%kept" : "%share", operands, destination);
  summary_ =
      absl::StrCat("attention ", space.extents[kBatch] * space.extents[kHead], "x", space.extents[kQuery],
                   "x", space.extents[kKey], "x", space.extents[kDepth], scores_chain.Summary());
}

}  // namespace diapason::compiler::graph
