#include "compiler/graph/kernel_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace diapason::compiler::graph {

KernelWriter::KernelWriter(Graph& graph, Layout& layout, const Kernel& kernel)
    : graph_(graph),
      layout_(layout),
      kernel_(kernel),
      anchor_(kernel.anchor == kNone ? nullptr : &graph.node(kernel.anchor)),
      output_(graph.value(kernel.output)),
      epilogue_(graph, layout, kernel) {}

KernelText KernelWriter::Write() {
  switch (anchor_ == nullptr ? OpKind::kElementwise : KindOf(anchor_->op)) {
    case OpKind::kConvolution:
      WriteConv();
      break;
    case OpKind::kPooling:
      WritePool();
      break;
    case OpKind::kMatrixProduct:
      kernel_.weights.empty() ? WriteMatMul() : WriteAttention();
      break;
    case OpKind::kReduction:
      WriteReduce();
      break;
    case OpKind::kRowwise:
      WriteRows();
      break;
    case OpKind::kGather:
      WriteGather();
      break;
    default:
      WriteElementwise();
      break;
  }
  return {text_.Finish(result_), absl::StrCat(summary_, epilogue_.Summary()), text_.views()};
}

IterationSpace KernelWriter::OutputSpace() const {
  IterationSpace space;
  space.extents = output_.shape;
  if (space.extents.empty()) space.extents = {1};
  space.is_reduction.assign(space.extents.size(), false);
  space.accesses.push_back(AccessAlongAll(layout_, kernel_.output, space.extents));
  for (ValueId operand : epilogue_.operands())
    space.accesses.push_back(AccessOf(layout_, operand, space.extents));
  return space;
}

std::string KernelWriter::Attributes(ValueId value, absl::string_view others) const {
  const auto is_constant = [&](ValueId id) { return id == kNone || graph_.value(id).is_constant; };
  if (value == kNone || !is_constant(value)) return std::string(others);
  // Computations on constant operands leave a kernel before it is tiled. If all operands of the anchor
  // are constant, nothing would be left of it, so these operands are not marked.
  if (anchor_ != nullptr && std::all_of(anchor_->inputs.begin(), anchor_->inputs.end(), is_constant) &&
      std::count(anchor_->inputs.begin(), anchor_->inputs.end(), value) > 0)
    return std::string(others);
  return absl::StrCat("diapason.constant", others.empty() ? "" : ", ", others);
}

OperandText KernelWriter::Argument(const Access& access, absl::string_view attributes) {
  return {
      text_.AddArgument(access.view, graph_.value(access.value).type, Attributes(access.value, attributes)),
      LoopIndices(access.loops)};
}

std::vector<OperandText> KernelWriter::EpilogueArguments(const IterationSpace& space, size_t first) {
  std::vector<OperandText> operands;
  for (size_t i = first; i < space.accesses.size(); ++i)
    operands.push_back(Argument(InMemoryOrder(space.accesses[i])));
  return operands;
}

OperandText KernelWriter::Destination(const Access& access) {
  const Access ordered = InLoopOrder(access);
  return {text_.AddDestination(ordered.view, output_.type), LoopIndices(ordered.loops)};
}

TensorText KernelWriter::Start(const std::optional<Access>& bias, double number,
                               absl::Span<const int64_t> extents) {
  const Shape shape(extents.begin(), extents.end());
  if (!bias)
    return text_.Fill(v1::ELEMENT_TYPE_F32, shape,
                      text_.Constant(v1::ELEMENT_TYPE_F32, ScalarOf(v1::ELEMENT_TYPE_F32, number)));
  const OperandText start = Argument(InMemoryOrder(*bias));
  std::vector<int> loops;
  for (size_t d = 0; d < shape.size(); ++d) loops.push_back(static_cast<int>(d));
  const TensorText empty = text_.Empty(v1::ELEMENT_TYPE_F32, shape);
  return text_.Generic(std::string(shape.size(), 'p'), {start}, {empty, LoopIndices(loops)}, "", "%x0");
}

}  // namespace diapason::compiler::graph
