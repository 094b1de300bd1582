// Reductions, and what reduces each row and then uses the result on it: softmax and its logarithm, layer norm.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "compiler/graph/kernel_text.h"
#include "compiler/graph/reduction.h"

namespace diapason::compiler {
namespace {

constexpr absl::string_view kContract = " fastmath<contract> : f32\n";

// Puts the loops into the order in which memory lies: the first `parallel` ones by the output (access 0), the reduced
// ones behind them by the input (access 1). Gives the number of parallel loops that stay, at least one: where there is
// none, one of a single iteration and of stride `stride` is made.
size_t ArrangeLoops(Nest& nest, size_t parallel, int64_t stride) {
  if (parallel == 0) {
    nest.extents.insert(nest.extents.begin(), 1);
    nest.is_reduction.insert(nest.is_reduction.begin(), false);
    for (size_t i = 0; i < nest.accesses.size(); ++i) {
      nest.accesses[i].strides.insert(nest.accesses[i].strides.begin(), stride);
      nest.accesses[i].indexed.insert(nest.accesses[i].indexed.begin(), i == 0);
    }
    parallel = 1;
  }
  nest.SortLoops(0, parallel, nest.accesses[0]);
  nest.SortLoops(parallel, nest.extents.size(), nest.accesses[1]);
  nest.Simplify();
  return static_cast<size_t>(std::count(nest.is_reduction.begin(), nest.is_reduction.end(), false));
}

// The extents of the first `count` loops.
std::vector<int64_t> First(const std::vector<int64_t>& extents, size_t count) {
  return std::vector<int64_t>(extents.begin(), extents.begin() + static_cast<int64_t>(count));
}

}  // namespace

void KernelWriter::WriteReduce() {
  const Value& input = graph_.value(anchor_->inputs[0]);
  const std::vector<int64_t>& axes = anchor_->Ints("axes");
  const std::string& kind = anchor_->String("kind");
  // Parallel loops first, then the reduced ones.
  std::vector<size_t> dims;
  for (bool reduced : {false, true}) {
    for (size_t d = 0; d < input.shape.size(); ++d) {
      if ((std::count(axes.begin(), axes.end(), d) > 0) == reduced) dims.push_back(d);
    }
  }
  const size_t rank = dims.size();
  size_t parallel = rank - axes.size();
  Nest nest;
  const auto reorder = [&](Access access, bool is_output) {
    Access result = access;
    for (size_t i = 0; i < rank; ++i) {
      result.strides[i] = access.strides[dims[i]];
      result.indexed[i] = is_output ? i < parallel : access.indexed[dims[i]];
      if (is_output && i >= parallel) result.strides[i] = 0;
    }
    return result;
  };
  for (size_t d : dims) nest.extents.push_back(input.shape[d]);
  for (size_t i = 0; i < rank; ++i) nest.is_reduction.push_back(i >= parallel);
  nest.accesses.push_back(reorder(AccessOf(graph_, layout_, kernel_.output, output_.shape), true));
  nest.accesses.push_back(reorder(AccessOf(graph_, layout_, anchor_->inputs[0], input.shape), false));
  for (ValueId operand : epilogue_.operands())
    nest.accesses.push_back(reorder(AccessOf(graph_, layout_, operand, output_.shape), false));
  parallel = ArrangeLoops(nest, parallel, 1);

  const OperandText in = Argument(nest, nest.accesses[1]);
  const std::vector<OperandText> operands = EpilogueArguments(nest, 2);
  const OperandText destination = Destination(nest, nest.accesses[0]);
  const TensorText start = text_.Fill(input.type, First(nest.extents, parallel),
                                      text_.Constant(input.type, ReductionStart(kind, input.type)));
  const std::string iterators = std::string(parallel, 'p') + std::string(nest.extents.size() - parallel, 'r');
  const TensorText sum = text_.Generic(iterators, {in}, {start, destination.indices},
                                       ReductionStepText(kind, input.type), "%sum");
  const int64_t count = NumElements(input.shape) / NumElements(output_.shape);
  const std::string divisor =
      kind == "Mean" ? text_.Constant(input.type, {static_cast<double>(count), count}) : "";
  const std::string finish = ReductionEndText(kind, input.type, divisor);
  const std::string name = finish.empty() ? "%x0" : "%end";
  result_ = epilogue_.Write(text_, std::string(parallel, 'p'), {{sum, destination.indices}}, finish, name,
                            operands, destination);
  summary_ = absl::StrCat("reduce_",
                          kind == "Mean"  ? "mean"
                          : kind == "Max" ? "max"
                          : kind == "Sum" ? "sum"
                                          : kind,
                          " ", ShapeText(input.shape), " -> ", ShapeText(output_.shape));
}

void KernelWriter::WriteRows() {
  const bool is_log = anchor_->op == "LogSoftmax", is_softmax = is_log || anchor_->op == "Softmax";
  const size_t axis = static_cast<size_t>(anchor_->Int("axis")), rank = output_.shape.size();
  // Loops over rows first, then over the dimensions that a row has.
  Nest nest = OutputNest();
  nest.accesses.insert(nest.accesses.begin() + 1,
                       AccessOf(graph_, layout_, anchor_->inputs[0], nest.extents));
  const size_t column_end = is_softmax ? axis + 1 : rank;
  for (Access& access : nest.accesses) {
    std::rotate(access.strides.begin() + axis, access.strides.begin() + column_end, access.strides.end());
    std::rotate(access.indexed.begin() + axis, access.indexed.begin() + column_end, access.indexed.end());
  }
  std::rotate(nest.extents.begin() + axis, nest.extents.begin() + column_end, nest.extents.end());
  size_t rows = rank - (column_end - axis);
  for (size_t i = 0; i < rank; ++i) nest.is_reduction[i] = i >= rows;
  const int64_t columns = NumElements(absl::MakeSpan(nest.extents).subspan(rows));
  rows = ArrangeLoops(nest, rows, columns);

  const OperandText in = Argument(nest, nest.accesses[1]);
  const std::vector<OperandText> operands = EpilogueArguments(nest, 2);
  const OperandText destination = Destination(nest, nest.accesses[0]);
  std::vector<int> all, by_row;
  for (size_t i = 0; i < nest.extents.size(); ++i) {
    all.push_back(static_cast<int>(i));
    if (i < rows) by_row.push_back(static_cast<int>(i));
  }
  const std::string every(all.size(), 'p'),
      reducing = std::string(rows, 'p') + std::string(all.size() - rows, 'r');
  const auto reduce = [&](const OperandText& operand, const std::string& kind) {
    const TensorText start =
        Start(nest, std::nullopt, ReductionStart(kind, DataType::kF32).f, First(nest.extents, rows));
    return OperandText{text_.Generic(reducing, {operand}, {start, LoopIndices(by_row)},
                                     ReductionStepText(kind, DataType::kF32), "%sum"),
                       LoopIndices(by_row)};
  };
  const auto map = [&](const OperandText& a, const OperandText& b, const std::string& body) {
    const TensorText empty = text_.Empty(DataType::kF32, nest.extents);
    return OperandText{text_.Generic(every, {a, b}, {empty, LoopIndices(all)}, body, "%y"), LoopIndices(all)};
  };
  if (is_softmax) {
    const OperandText most = reduce(in, "Max");
    const OperandText power =
        map(in, most,
            absl::StrCat("      %d = arith.subf %x0, %x1", kContract, "      %y = math.exp %d", kContract));
    const OperandText sum = reduce(power, "Sum");
    if (is_log) {  // x - most - log(sum): the softmax itself may be too small for a logarithm
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
    const std::string share =
        text_.Constant(DataType::kF32, ScalarOf(DataType::kF32, 1 / static_cast<double>(columns)));
    const std::string epsilon =
        text_.Constant(DataType::kF32, ScalarOf(DataType::kF32, anchor_->Float("epsilon")));
    const OperandText sum = reduce(in, "Sum");
    const OperandText centred = map(in, sum,
                                    absl::StrCat("      %mean = arith.mulf %x1, ", share, kContract,
                                                 "      %y = arith.subf %x0, %mean", kContract));
    const OperandText squares = reduce(centred, "SumSquare");
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

}  // namespace diapason::compiler
