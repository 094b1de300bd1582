#include "compiler/graph/kernel_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace diapason::compiler {

KernelWriter::KernelWriter(Graph& graph, Layout& layout, const Kernel& kernel)
    : graph_(graph),
      layout_(layout),
      kernel_(kernel),
      anchor_(kernel.anchor == kNone ? nullptr : &graph.node(kernel.anchor)),
      output_(graph.value(kernel.output)),
      epilogue_(graph, layout, kernel) {}

KernelText KernelWriter::Write() {
  const std::string op = anchor_ == nullptr ? "" : anchor_->op;
  if (op == "Conv") {
    WriteConv();
  } else if (op == "MaxPool" || op == "AveragePool") {
    WritePool();
  } else if (op == "MatMul") {
    WriteMatMul();
  } else if (op == "Reduce") {
    WriteReduce();
  } else if (op == "Softmax" || op == "LogSoftmax" || op == "LayerNormalization") {
    WriteRows();
  } else if (op == "Gather") {
    WriteGather();
  } else {
    WriteElementwise();
  }
  return {text_.Finish(result_), absl::StrCat(summary_, epilogue_.Words()), text_.views()};
}

Nest KernelWriter::OutputNest() const {
  Nest nest{output_.shape, std::vector<bool>(output_.shape.size(), false), {}};
  if (nest.extents.empty()) nest = {{1}, {false}, {}};
  nest.accesses.push_back(AccessOf(graph_, layout_, kernel_.output, nest.extents));
  nest.accesses[0].indexed.assign(nest.extents.size(), true);  // also along extents of 1
  for (ValueId operand : epilogue_.operands())
    nest.accesses.push_back(AccessOf(graph_, layout_, operand, nest.extents));
  return nest;
}

View KernelWriter::ViewOf(const Nest& nest, const Access& access, const std::vector<int>& loops) const {
  View view{access.buffer, access.offset, {}, {}};
  for (int loop : loops) {
    view.shape.push_back(nest.extents[loop]);
    view.strides.push_back(access.strides[loop]);
  }
  return view;
}

std::string KernelWriter::Attributes(ValueId value, absl::string_view others) const {
  const auto is_constant = [&](ValueId id) { return id == kNone || graph_.value(id).is_constant; };
  if (value == kNone || !is_constant(value)) return std::string(others);
  // What depends on constants only leaves a kernel before it is tiled; of an anchor that does, nothing would be left.
  if (anchor_ != nullptr && std::all_of(anchor_->inputs.begin(), anchor_->inputs.end(), is_constant) &&
      std::count(anchor_->inputs.begin(), anchor_->inputs.end(), value) > 0)
    return std::string(others);
  return absl::StrCat("diapason.constant", others.empty() ? "" : ", ", others);
}

OperandText KernelWriter::Argument(const Nest& nest, const Access& access, bool keep_order,
                                   absl::string_view attributes) {
  const std::vector<int> loops = MemoryOrderOfLoops(access, keep_order);
  return {text_.AddArgument(ViewOf(nest, access, loops), graph_.value(access.value).type,
                            Attributes(access.value, attributes)),
          LoopIndices(loops)};
}

std::vector<OperandText> KernelWriter::EpilogueArguments(const Nest& nest, size_t first) {
  std::vector<OperandText> operands;
  for (size_t i = first; i < nest.accesses.size(); ++i) operands.push_back(Argument(nest, nest.accesses[i]));
  return operands;
}

OperandText KernelWriter::Destination(const Nest& nest, const Access& access) {
  const std::vector<int> loops = MemoryOrderOfLoops(access, /*keep_order=*/true);
  return {text_.AddDestination(ViewOf(nest, access, loops), output_.type), LoopIndices(loops)};
}

TensorText KernelWriter::Start(const Nest& nest, const std::optional<Access>& bias, double number,
                               absl::Span<const int64_t> extents) {
  const Shape shape(extents.begin(), extents.end());
  if (!bias)
    return text_.Fill(DataType::kF32, shape,
                      text_.Constant(DataType::kF32, ScalarOf(DataType::kF32, number)));
  const OperandText start = Argument(nest, *bias);
  std::vector<int> loops;
  for (size_t d = 0; d < shape.size(); ++d) loops.push_back(static_cast<int>(d));
  const TensorText empty = text_.Empty(DataType::kF32, shape);
  return text_.Generic(std::string(shape.size(), 'p'), {start}, {empty, LoopIndices(loops)}, "", "%x0");
}

}  // namespace diapason::compiler
