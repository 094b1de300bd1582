// Writes matrix products. Their loops are (batch..., m, n, k).
#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/graph/kernel_text.h"

namespace diapason::compiler::graph {
namespace {

// Returns the access with the batch dimensions in the order of the loops, and then the two dimensions of
// the matrix in memory order.
Access InMatrixOrder(const Access& access, int batch) {
  const Access ordered = InLoopOrder(access);
  const auto matrix =
      std::find_if(ordered.loops.begin(), ordered.loops.end(), [&](int loop) { return loop >= batch; });
  const size_t first = static_cast<size_t>(matrix - ordered.loops.begin());
  if (ordered.loops.size() - first != 2 ||
      std::abs(ordered.view.strides[first]) >= std::abs(ordered.view.strides[first + 1]))
    return ordered;
  std::vector<int64_t> order(ordered.loops.size());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[first], order[first + 1]);
  Access turned{ordered.value, TransposeView(ordered.view, order), ordered.loops};
  std::swap(turned.loops[first], turned.loops[first + 1]);
  return turned;
}

// (batch 64, m 1) x (k, n) = (batch 1, m 64) x (k, n)
// If products of one row each share the right matrix, they become one product of all the rows: the
// innermost batch loop that does not move `right` becomes the loop `m`.
void TakeRowsFromBatch(IterationSpace& space, const Access& right, int m) {
  if (space.extents[m] != 1) return;
  for (int loop = m; loop-- > 0;) {
    if (space.extents[loop] == 1 || right.DimensionOf(loop) != kNone) continue;
    std::vector<int> order(space.extents.size());
    std::iota(order.begin(), order.end(), 0);
    std::swap(order[loop], order[m]);
    space.PermuteLoops(order);
    return;
  }
}

// C = A B  ->  transposed(C) = transposed(B) transposed(A)
// The loop `n` runs along memory where the result is stored, and there is no product of a single column.
// accesses[0] is the result, and the next two are the operands.
void SwapSides(IterationSpace& space, int m, int n) {
  const Access& result = space.accesses[0];
  const int row = result.DimensionOf(m), column = result.DimensionOf(n);
  const bool by_columns = space.extents[m] > 1 && space.extents[n] > 1 && row != kNone && column != kNone &&
                          std::abs(result.view.strides[row]) < std::abs(result.view.strides[column]);
  const bool one_column = space.extents[m] > 1 && space.extents[n] == 1;
  if (!by_columns && !one_column) return;
  std::vector<int> order(space.extents.size());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[m], order[n]);
  space.PermuteLoops(order);
  std::swap(space.accesses[1], space.accesses[2]);
}

}  // namespace

void KernelWriter::WriteMatMul() {
  const Shape& a_shape = graph_.value(anchor_->inputs[0]).shape;
  const int rank = static_cast<int>(output_.shape.size());  // the loops are the output's, then k
  const std::optional<ValueId> bias = epilogue_.TakeBias(output_.shape.size() - 1);
  IterationSpace space = OutputSpace();
  if (bias) space.accesses.push_back(AccessOf(layout_, *bias, space.extents, /*always=*/rank - 1));
  // Returns the access to an operand whose last two dimensions follow the two loops.
  const auto operand = [&](ValueId value, int first_loop, int second_loop) {
    const View& view = layout_.views[value];
    const int own_rank = static_cast<int>(view.shape.size());
    Access access{value, {view.buffer, view.offset, {}, {}}, {}};
    for (int d = 0; d + 2 < own_rank; ++d) {
      if (view.shape[d] > 1 && view.strides[d] != 0)
        access.AddDimension(d + rank - own_rank, view.shape[d], view.strides[d]);
    }
    access.AddDimension(first_loop, view.shape[own_rank - 2], view.strides[own_rank - 2]);
    access.AddDimension(second_loop, view.shape[own_rank - 1], view.strides[own_rank - 1]);
    return access;
  };
  space.AddLoop(rank, a_shape.back(), /*reduces=*/true);
  space.accesses.insert(space.accesses.begin() + 1, {operand(anchor_->inputs[0], rank - 2, rank),
                                                     operand(anchor_->inputs[1], rank, rank - 1)});
  // Every loop must move in some operand. If an Expand made a batch dimension of both operands, the left
  // one is read with a stride of 0 along it.
  Access& left = space.accesses[1];
  for (int loop = 0; loop + 2 < rank; ++loop) {
    const bool moves = left.DimensionOf(loop) != kNone || space.accesses[2].DimensionOf(loop) != kNone;
    if (space.extents[loop] > 1 && !moves) left.AddDimension(loop, space.extents[loop], 0);
  }
  SwapSides(space, rank - 2, rank - 1);
  TakeRowsFromBatch(space, space.accesses[2], rank - 2);
  space.Simplify(/*kept=*/3, /*pinned=*/2);

  const int loops = space.num_loops(), batch = loops - 3;
  std::optional<Access> start;
  if (bias) {
    start = space.accesses.back();
    space.accesses.pop_back();
  }
  std::vector<OperandText> factors;
  for (size_t i = 1; i <= 2; ++i) factors.push_back(Argument(InMatrixOrder(space.accesses[i], batch)));
  const TensorText accumulator = Start(start, 0, absl::MakeSpan(space.extents).subspan(0, loops - 1));
  const std::vector<OperandText> operands = EpilogueArguments(space, 3);
  const OperandText destination = Destination(space.accesses[0]);
  const TensorText product =
      text_.Generic(std::string(loops - 1, 'p') + "r", factors, {accumulator, destination.indices},
                    "      %m = arith.mulf %x0, %x1 fastmath<contract> : f32\n      %s = arith.addf %old, %m "
                    "fastmath<contract> : f32\n",
                    "%s");
  result_ = epilogue_.Write(text_, std::string(loops - 1, 'p'), {{product, destination.indices}}, "", "%x0",
                            operands, destination);
  const int64_t count = NumElements(absl::MakeSpan(space.extents).subspan(0, batch));
  summary_ =
      absl::StrCat(batch > 0 ? absl::StrCat("batch_gemm ", count, "x") : "gemm ", space.extents[loops - 3],
                   "x", space.extents[loops - 2], "x", space.extents[loops - 1]);
}

}  // namespace diapason::compiler::graph
