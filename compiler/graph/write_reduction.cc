// Writes reductions, and operators that reduce each row and then apply the result to the row: softmax,
// its logarithm, and layer norm.
#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "compiler/graph/kernel_text.h"
#include "compiler/graph/reduction.h"

namespace diapason::compiler::graph {
namespace {

constexpr absl::string_view kContract = " fastmath<contract> : f32\n";

// Puts the loops into memory order: the parallel ones in the order of the output (access 0), then the
// reduced ones in the order of the input (access 1). Returns the number of parallel loops, which is at
// least one. If there is none, a loop of one iteration is added, along which the output has the stride
// `stride`.
int ArrangeLoops(IterationSpace& space, int64_t stride) {
  if (space.num_parallel_loops() == 0) {
    space.AddLoop(0, 1, /*reduces=*/false);
    space.accesses[0].AddDimension(0, 1, stride);
  }
  const int parallel = space.num_parallel_loops();
  space.SortLoops(0, parallel, space.accesses[0]);
  space.SortLoops(parallel, space.num_loops(), space.accesses[1]);
  space.Simplify();
  return space.num_parallel_loops();
}

// Returns the extents of the first `count` loops.
std::vector<int64_t> First(const std::vector<int64_t>& extents, int count) {
  return std::vector<int64_t>(extents.begin(), extents.begin() + count);
}

}  // namespace

void KernelWriter::WriteReduce() {
  const Value& input = graph_.value(anchor_->inputs[0]);
  const std::vector<int64_t>& axes = anchor_->Ints("axes");
  const Reduction kind = anchor_->ReductionKind();
  const auto is_reduced = [&](size_t d) { return std::count(axes.begin(), axes.end(), d) > 0; };
  IterationSpace space;
  space.extents = input.shape;
  Access output{kernel_.output, layout_.views[kernel_.output], {}};
  output.view.shape.clear();
  output.view.strides.clear();
  std::vector<int> order;  // parallel loops first, then the reduced ones
  for (size_t d = 0; d < input.shape.size(); ++d) {
    space.is_reduction.push_back(is_reduced(d));
    if (is_reduced(d)) continue;
    output.AddDimension(static_cast<int>(d), output_.shape[d], layout_.views[kernel_.output].strides[d]);
    order.push_back(static_cast<int>(d));
  }
  for (size_t d = 0; d < input.shape.size(); ++d) {
    if (is_reduced(d)) order.push_back(static_cast<int>(d));
  }
  space.accesses = {output, AccessOf(layout_, anchor_->inputs[0], input.shape)};
  for (ValueId operand : epilogue_.operands())
    space.accesses.push_back(AccessOf(layout_, operand, output_.shape));
  space.PermuteLoops(order);
  const int parallel = ArrangeLoops(space, 1);

  const OperandText in = Argument(InMemoryOrder(space.accesses[1]));
  const std::vector<OperandText> operands = EpilogueArguments(space, 2);
  const OperandText destination = Destination(space.accesses[0]);
  const TensorText start = text_.Fill(input.type, First(space.extents, parallel),
                                      text_.Constant(input.type, ReductionStart(kind, input.type)));
  const std::string iterators = std::string(parallel, 'p') + std::string(space.num_loops() - parallel, 'r');
  const TensorText sum = text_.Generic(iterators, {in}, {start, destination.indices},
                                       ReductionStepText(kind, input.type), "%sum");
  const int64_t count = NumElements(input.shape) / NumElements(output_.shape);
  const std::string divisor =
      kind == Reduction::kMean ? text_.Constant(input.type, {static_cast<double>(count), count}) : "";
  const std::string finish = ReductionEndText(kind, input.type, divisor);
  const std::string name = finish.empty() ? "%x0" : "%end";
  result_ = epilogue_.Write(text_, std::string(parallel, 'p'), {{sum, destination.indices}}, finish, name,
                            operands, destination);
  summary_ = absl::StrCat("reduce_", ReductionName(kind), " ", ShapeText(input.shape), " -> ",
                          ShapeText(output_.shape));
}

void KernelWriter::WriteRows() {
  const bool is_log = anchor_->op == Op::kLogSoftmax, is_softmax = is_log || anchor_->op == Op::kSoftmax;
  const size_t axis = static_cast<size_t>(anchor_->Int("axis")), rank = output_.shape.size();
  IterationSpace space = OutputSpace();
  space.accesses.insert(space.accesses.begin() + 1, AccessOf(layout_, anchor_->inputs[0], space.extents));
  // The loops over rows come first, then the loops over the dimensions of a row.
  const size_t column_end = is_softmax ? axis + 1 : rank;
  std::vector<int> order(rank);
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin() + axis, order.begin() + column_end, order.end());
  space.PermuteLoops(order);
  const size_t first_column = rank - (column_end - axis);
  for (size_t i = first_column; i < rank; ++i) space.is_reduction[i] = true;
  const int64_t columns = NumElements(absl::MakeSpan(space.extents).subspan(first_column));
  const int rows = ArrangeLoops(space, columns);

  const OperandText in = Argument(InMemoryOrder(space.accesses[1]));
  const std::vector<OperandText> operands = EpilogueArguments(space, 2);
  const OperandText destination = Destination(space.accesses[0]);
  std::vector<int> all, by_row;
  for (int loop = 0; loop < space.num_loops(); ++loop) {
    all.push_back(loop);
    if (loop < rows) by_row.push_back(loop);
  }
  const std::string every(all.size(), 'p'),
      reducing = std::string(rows, 'p') + std::string(all.size() - rows, 'r');
  const auto reduce = [&](const OperandText& operand, Reduction kind) {
    const TensorText start =
        Start(std::nullopt, ReductionStart(kind, v1::ELEMENT_TYPE_F32).f, First(space.extents, rows));
    return OperandText{text_.Generic(reducing, {operand}, {start, LoopIndices(by_row)},
                                     ReductionStepText(kind, v1::ELEMENT_TYPE_F32), "%sum"),
                       LoopIndices(by_row)};
  };
  const auto map = [&](const OperandText& a, const OperandText& b, const std::string& body) {
    const TensorText empty = text_.Empty(v1::ELEMENT_TYPE_F32, space.extents);
    return OperandText{text_.Generic(every, {a, b}, {empty, LoopIndices(all)}, body, "%y"), LoopIndices(all)};
  };
  if (is_softmax) {
    const OperandText most = reduce(in, Reduction::kMax);
    const OperandText power =
        map(in, most,
            absl::StrCat("      %d = arith.subf %x0, %x1", kContract, "      %y = math.exp %d", kContract));
    const OperandText sum = reduce(power, Reduction::kSum);
    if (is_log) {  // x - most - log(sum), as the softmax itself may underflow to 0
      const std::string finish =
          absl::StrCat("      %d = arith.subf %x0, %x1", kContract, "      %log = math.log %x2", kContract,
                       "      %y = arith.subf %d, %log", kContract);
      result_ = epilogue_.Write(text_, every, {in, most, sum}, finish, "%y", operands, destination);
    } else {
      result_ = epilogue_.Write(text_, every, {power, sum},
                                absl::StrCat("      %share = arith.divf %x0, %x1", kContract), "%share",
                                operands, destination);
    }
  } else {
    const std::string share = text_.Constant(
        v1::ELEMENT_TYPE_F32, ScalarOf(v1::ELEMENT_TYPE_F32, 1 / static_cast<double>(columns)));
    const std::string epsilon =
        text_.Constant(v1::ELEMENT_TYPE_F32, ScalarOf(v1::ELEMENT_TYPE_F32, anchor_->Float("epsilon")));
    const OperandText sum = reduce(in, Reduction::kSum);
    const OperandText centred = map(in, sum,
                                    absl::StrCat("      %mean = arith.mulf %x1, ", share, kContract,
                                                 "      %y = arith.subf %x0, %mean", kContract));
    const OperandText squares = reduce(centred, Reduction::kSumSquare);
    const std::string finish = absl::StrCat("      %variance = arith.mulf %x1, ", share, kContract,
                                            "      %above = arith.addf %variance, ", epsilon, kContract,
                                            "      %deviation = math.sqrt %above", kContract,
                                            "      %normal = arith.divf %x0, %deviation", kContract);
    result_ = epilogue_.Write(text_, every, {centred, squares}, finish, "%normal", operands, destination);
  }
  summary_ = absl::StrCat(is_log       ? "log_softmax "
                          : is_softmax ? "softmax "
                                       : "layer_norm ",
                          NumElements(output_.shape) / columns, "x", columns);
}

}  // namespace diapason::compiler::graph
