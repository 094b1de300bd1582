// Matrix products: (batch..., m, n, k).
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/graph/kernel_text.h"

namespace diapason::compiler {
namespace {

// The batch loops in order, then the two of the matrix as they lie in memory.
std::vector<int> MatrixOrder(const Access& access, size_t batch) {
  std::vector<int> loops = MemoryOrderOfLoops(access, /*keep_order=*/true);
  const auto matrix =
      std::find_if(loops.begin(), loops.end(), [&](int loop) { return loop >= static_cast<int>(batch); });
  if (loops.end() - matrix == 2 && std::abs(access.strides[matrix[0]]) < std::abs(access.strides[matrix[1]]))
    std::swap(matrix[0], matrix[1]);
  return loops;
}

// Products of one row each with a matrix that they share are one product of all the rows: the innermost batch loop that
// does not move `right` becomes the loop `m`.
//   (batch 64, m 1) x (k, n)  ->  (batch 1, m 64) x (k, n)
void TakeRowsFromBatch(Nest& nest, const Access& right, size_t m) {
  if (nest.extents[m] != 1) return;
  for (size_t loop = m; loop-- > 0;) {
    if (nest.extents[loop] == 1 || right.indexed[loop]) continue;
    std::swap(nest.extents[loop], nest.extents[m]);
    for (Access& access : nest.accesses) {
      std::swap(access.strides[loop], access.strides[m]);
      std::vector<bool>::swap(access.indexed[loop], access.indexed[m]);
    }
    return;
  }
}

}  // namespace

void KernelWriter::WriteMatMul() {
  const Shape& a_shape = graph_.value(anchor_->inputs[0]).shape;
  const size_t rank = output_.shape.size();  // loops: the output's dimensions, then k
  const std::optional<ValueId> bias = epilogue_.TakeBias(rank - 1);
  Nest nest = OutputNest();
  if (bias) nest.accesses.push_back(AccessOf(graph_, layout_, *bias, nest.extents));
  // An operand's matrix dimensions, laid on the loops m, n, k.
  const auto operand = [&](ValueId value, size_t first_loop, size_t second_loop) {
    const Shape& shape = graph_.value(value).shape;
    const Place& place = layout_.places[value];
    Access access{value, place.buffer, place.at.offset, std::vector<int64_t>(rank + 1, 0),
                  std::vector<bool>(rank + 1, false)};
    const size_t missing = rank - shape.size();
    for (size_t d = 0; d + 2 < shape.size(); ++d) {
      if (shape[d] == 1 || place.at.strides[d] == 0) continue;
      access.strides[d + missing] = place.at.strides[d];
      access.indexed[d + missing] = true;
    }
    const size_t loops[] = {first_loop, second_loop};
    for (size_t i = 0; i < 2; ++i) {
      access.strides[loops[i]] = place.at.strides[shape.size() - 2 + i];
      access.indexed[loops[i]] = true;
    }
    return access;
  };
  nest.extents.push_back(a_shape.back());
  nest.is_reduction.push_back(true);
  for (Access& access : nest.accesses) {
    access.strides.push_back(0);
    access.indexed.push_back(false);
  }
  nest.accesses.insert(nest.accesses.begin() + 1, {operand(anchor_->inputs[0], rank - 2, rank),
                                                   operand(anchor_->inputs[1], rank, rank - 1)});
  // Every loop moves in some operand: where an Expand made a batch of both, the left one is read with a stride of 0.
  for (size_t loop = 0; loop + 2 < rank; ++loop) {
    if (nest.extents[loop] > 1 && !nest.accesses[2].indexed[loop]) nest.accesses[1].indexed[loop] = true;
  }
  TakeRowsFromBatch(nest, nest.accesses[2], rank - 2);
  nest.Simplify(/*kept=*/3, /*pinned=*/2);

  const size_t loops = nest.extents.size(), batch = loops - 3;
  std::optional<Access> start;
  if (bias) {
    start = nest.accesses.back();
    nest.accesses.pop_back();
    start->indexed[loops - 2] = true;  // also where n is 1
  }
  std::vector<OperandText> factors;
  for (size_t i = 1; i <= 2; ++i) {
    const Access& access = nest.accesses[i];
    const std::vector<int> order = MatrixOrder(access, batch);
    factors.push_back(
        {text_.AddArgument(ViewOf(nest, access, order), DataType::kF32, Attributes(access.value, "")),
         LoopIndices(order)});
  }
  const TensorText accumulator = Start(nest, start, 0, absl::MakeSpan(nest.extents).subspan(0, loops - 1));
  const std::vector<OperandText> operands = EpilogueArguments(nest, 3);
  const OperandText destination = Destination(nest, nest.accesses[0]);
  const TensorText product =
      text_.Generic(std::string(loops - 1, 'p') + "r", factors, {accumulator, destination.indices},
                    "      %m = arith.mulf %x0, %x1 fastmath<contract> : f32\n      %s = arith.addf %old, %m "
                    "fastmath<contract> : f32\n",
                    "%s");
  result_ = epilogue_.Write(text_, std::string(loops - 1, 'p'), {{product, destination.indices}}, "", "%x0",
                            operands, destination);
  const int64_t count = NumElements(absl::MakeSpan(nest.extents).subspan(0, batch));
  summary_ =
      absl::StrCat(batch > 0 ? absl::StrCat("batch_gemm ", count, "x") : "gemm ", nest.extents[loops - 3],
                   "x", nest.extents[loops - 2], "x", nest.extents[loops - 1]);
}

}  // namespace diapason::compiler
