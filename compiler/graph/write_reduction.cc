// Writes reductions, and operators that reduce each row and then apply the result to the row: softmax,
// its logarithm, and layer norm.
#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "compiler/graph/kernel_text.h"
#include "compiler/graph/reduction.h"

namespace diapason::compiler::graph {
namespace {

constexpr double kLog2OfE = 1.4426950408889634;
constexpr absl::string_view kContract = " fastmath<contract> : f32\n";
// The maximum of a row for a softmax. A comparison is one instruction for vectors, where arith.maximumf takes
// three. A NaN is skipped here, but exp(x - maximum) and so the sum of the row are NaN all the same.
constexpr absl::string_view kLarger =
    "      %above = arith.cmpf ogt, %x0, %old : f32\n"
    "      %sum = arith.select %above, %x0, %old : f32\n";

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

  // Elementwise ops have their loops in the order in which the output lies in memory. For a softmax over
  // another axis than the last, rows do not come first in it. So all ops can run along contiguous memory.
  const std::vector<int> order_of_output = InMemoryOrder(space.accesses[0]).loops;
  IterationSpace every_space = space;
  every_space.PermuteLoops(order_of_output);
  const OperandText in = Argument(InMemoryOrder(space.accesses[1]));
  const OperandText in_every{in.tensor, LoopIndices(InMemoryOrder(every_space.accesses[1]).loops)};
  const std::vector<OperandText> operands = EpilogueArguments(every_space, 2);
  const OperandText destination = Destination(every_space.accesses[0]);
  std::vector<int> all(order_of_output.size()), by_row(rows), row_of_every(rows);
  std::iota(all.begin(), all.end(), 0);
  std::iota(by_row.begin(), by_row.end(), 0);
  for (int row = 0; row < rows; ++row) {
    const auto at = std::find(order_of_output.begin(), order_of_output.end(), row);
    row_of_every[row] = static_cast<int>(at - order_of_output.begin());
  }
  const std::string every(all.size(), 'p'),
      reducing = std::string(rows, 'p') + std::string(all.size() - rows, 'r');
  // Reduces each row. The result is an operand of elementwise ops.
  const auto reduce = [&](const OperandText& operand, Reduction kind) {
    const TensorText start =
        Start(std::nullopt, ReductionStart(kind, v1::ELEMENT_TYPE_F32).f, First(space.extents, rows));
    return OperandText{text_.Generic(reducing, {operand}, {start, LoopIndices(by_row)},
                                     kind == Reduction::kMax ? std::string(kLarger)
                                                             : ReductionStepText(kind, v1::ELEMENT_TYPE_F32),
                                     "%sum"),
                       LoopIndices(row_of_every)};
  };
  const auto map = [&](const OperandText& a, const OperandText& b, const std::string& body) {
    const TensorText empty = text_.Empty(v1::ELEMENT_TYPE_F32, every_space.extents);
    return OperandText{text_.Generic(every, {a, b}, {empty, LoopIndices(all)}, body, "%y"), LoopIndices(all)};
  };
  // Returns the result of `map` as an operand of a reduction.
  const auto to_reduce = [&](const OperandText& mapped) {
    return OperandText{mapped.tensor, LoopIndices(order_of_output)};
  };
  const std::string one = text_.Constant(v1::ELEMENT_TYPE_F32, ScalarOf(v1::ELEMENT_TYPE_F32, 1));
  if (is_softmax) {
    const OperandText most = reduce(in, Reduction::kMax);
    // The quotients of a softmax need no powers below 2^-126, and no last places of small ones. The logarithm
    // needs both.
    const std::string log2_of_e =
        text_.Constant(v1::ELEMENT_TYPE_F32, ScalarOf(v1::ELEMENT_TYPE_F32, kLog2OfE));
    const std::string power_text =
        is_log ? absl::StrCat("      %y = math.exp %d", kContract)
               : absl::StrCat("      %t = arith.mulf %d, ", log2_of_e, kContract,
                              "      %y = math.exp2 %t fastmath<contract,afn> : f32\n");
    const OperandText power =
        map(in_every, most, absl::StrCat("      %d = arith.subf %x0, %x1", kContract, power_text));
    const OperandText sum = reduce(to_reduce(power), Reduction::kSum);
    if (is_log) {  // x - most - log(sum), as the softmax itself may underflow to 0
      const std::string finish =
          absl::StrCat("      %d = arith.subf %x0, %x1", kContract, "      %log = math.log %x2", kContract,
                       "      %y = arith.subf %d, %log", kContract);
      result_ = epilogue_.Write(text_, every, {in_every, most, sum}, finish, "%y", operands, destination);
    } else {
      result_ = epilogue_.Write(text_, every, {power, sum},
                                absl::StrCat("      %inverse = arith.divf ", one, ", %x1", kContract,
                                             "      %share = arith.mulf %x0, %inverse", kContract),
                                "%share", operands, destination);
    }
  } else {
    const std::string share = text_.Constant(
        v1::ELEMENT_TYPE_F32, ScalarOf(v1::ELEMENT_TYPE_F32, 1 / static_cast<double>(columns)));
    const std::string epsilon =
        text_.Constant(v1::ELEMENT_TYPE_F32, ScalarOf(v1::ELEMENT_TYPE_F32, anchor_->Float("epsilon")));
    const OperandText sum = reduce(in, Reduction::kSum);
    const OperandText centred = map(in_every, sum,
                                    absl::StrCat("      %mean = arith.mulf %x1, ", share, kContract,
                                                 "      %y = arith.subf %x0, %mean", kContract));
    const OperandText squares = reduce(to_reduce(centred), Reduction::kSumSquare);
    const std::string finish = absl::StrCat(
        "      %variance = arith.mulf %x1, ", share, kContract, "      %above = arith.addf %variance, ",
        epsilon, kContract, "      %deviation = math.sqrt %above", kContract, "      %inverse = arith.divf ",
        one, ", %deviation", kContract, "      %normal = arith.mulf %x0, %inverse", kContract);
    result_ = epilogue_.Write(text_, every, {centred, squares}, finish, "%normal", operands, destination);
  }
  summary_ = absl::StrCat(is_log       ? "log_softmax "
                          : is_softmax ? "softmax "
                                       : "layer_norm ",
                          NumElements(output_.shape) / columns, "x", columns);
}

}  // namespace diapason::compiler::graph
