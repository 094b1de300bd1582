// Writes elementwise chains, copies (which may also transpose), and gathers.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/kernel_text.h"

namespace diapason::compiler::graph {

void KernelWriter::WriteElementwise() {
  IterationSpace space = OutputSpace();
  if (anchor_ != nullptr) {  // Copy
    space.accesses.insert(space.accesses.begin() + 1, AccessOf(layout_, anchor_->inputs[0], space.extents));
  }
  space.SortLoops(0, space.num_loops(), space.accesses[0]);
  space.Simplify();
  std::vector<OperandText> inputs = EpilogueArguments(space, 1), copied;
  if (anchor_ != nullptr) copied = {inputs[0]}, inputs.erase(inputs.begin());
  const OperandText destination = Destination(space.accesses[0]);
  result_ =
      epilogue_.Write(text_, std::string(space.extents.size(), 'p'), copied, "", "%x0", inputs, destination);
  summary_ = absl::StrCat(anchor_ != nullptr ? "copy " : "elementwise ", ShapeText(output_.shape));
}

namespace {

// Returns the lines that compute `%index` from the number %x0. If the index is not known yet, a negative
// one counts from the end, and one outside of the table becomes the nearest one inside. So no index
// makes a kernel read other memory.
std::string IndexText(WorkloadText& text, v1::ElementType type, int64_t extent, bool is_known) {
  const absl::string_view element = MemoryType(type);
  std::string lines, number = "%x0";
  if (!is_known) {
    const std::string zero = text.Constant(type, {0, 0}), count = text.Constant(type, {0, extent}),
                      last = text.Constant(type, {0, extent - 1});
    lines = absl::StrCat("      %below = arith.cmpi slt, %x0, ", zero, " : ", element, "\n",
                         "      %from_end = arith.addi %x0, ", count, " : ", element, "\n",
                         "      %counted = arith.select %below, %from_end, %x0 : ", element, "\n",
                         "      %at_least = arith.maxsi %counted, ", zero, " : ", element, "\n",
                         "      %inside = arith.minsi %at_least, ", last, " : ", element, "\n");
    number = "%inside";
  }
  return absl::StrCat(lines, "      %index = arith.index_cast ", number, " : ", element, " to index\n");
}

// Whether all indices are known and none counts from the end. InferType has refused indices outside of
// the table.
bool AreFromStart(const Value& indices) {
  if (!indices.is_constant) return false;
  const std::vector<Scalar> numbers = ReadConstant(indices);
  return std::all_of(numbers.begin(), numbers.end(), [](const Scalar& number) { return number.i >= 0; });
}

}  // namespace

void KernelWriter::WriteGather() {
  const Value &data = graph_.value(anchor_->inputs[0]), &indices = graph_.value(anchor_->inputs[1]);
  const size_t axis = static_cast<size_t>(anchor_->Int("axis")), index_rank = indices.shape.size(),
               rank = output_.shape.size();
  // The output has the table's dimensions before the axis, then the dimensions of the indices, then the
  // table's dimensions behind the axis.
  IterationSpace space = OutputSpace();
  const View &table_view = layout_.views[anchor_->inputs[0]], &index_view = layout_.views[anchor_->inputs[1]];
  Access table{anchor_->inputs[0], {table_view.buffer, table_view.offset, {}, {}}, {}};
  Access index{anchor_->inputs[1], {index_view.buffer, index_view.offset, {}, {}}, {}};
  for (size_t d = 0; d < rank; ++d) {
    const bool is_index = d >= axis && d < axis + index_rank;
    const size_t own = is_index ? d - axis : d < axis ? d : d - index_rank + 1;
    const int64_t stride = (is_index ? index_view : table_view).strides[own];
    if (output_.shape[d] > 1 && stride != 0)
      (is_index ? index : table).AddDimension(static_cast<int>(d), output_.shape[d], stride);
  }
  space.accesses.insert(space.accesses.begin() + 1, {index, table});
  space.SortLoops(0, space.num_loops(), space.accesses[0]);
  space.Simplify();

  const OperandText index_text = Argument(InMemoryOrder(space.accesses[1]),
                                          absl::StrCat("diapason.bound = ", data.shape[axis], " : i64"));
  // The table as it lies in memory: the dimensions that follow loops, with the axis at its place among
  // them.
  const Access moved = InMemoryOrder(space.accesses[2]);
  const std::vector<int>& loops = moved.loops;
  const int64_t axis_stride = table_view.strides[axis];
  size_t at = 0;
  while (at < loops.size() && moved.view.strides[at] >= axis_stride) ++at;
  View view = moved.view;
  view.shape.insert(view.shape.begin() + at, data.shape[axis]);
  view.strides.insert(view.strides.begin() + at, axis_stride);
  const TensorText table_text = text_.AddArgument(view, data.type, Attributes(anchor_->inputs[0], ""));

  std::string body = IndexText(text_, indices.type, data.shape[axis], AreFromStart(indices)), places;
  for (size_t d = 0; d < view.shape.size(); ++d) {
    std::string place = "%index";
    if (d != at) {
      place = absl::StrCat("%at", d);
      absl::StrAppend(&body, "      ", place, " = linalg.index ", loops[d - (d > at)], " : index\n");
    }
    absl::StrAppend(&places, d == 0 ? "" : ", ", place);
  }
  absl::StrAppend(&body, "      %row = tensor.extract ", table_text.name, "[", places,
                  "] : ", table_text.Type(), "\n");
  const std::vector<OperandText> operands = EpilogueArguments(space, 3);
  const OperandText destination = Destination(space.accesses[0]);
  result_ = epilogue_.Write(text_, std::string(space.extents.size(), 'p'), {index_text}, body, "%row",
                            operands, destination);
  summary_ = absl::StrCat("gather ", ShapeText(output_.shape), " of ", ShapeText(data.shape));
}

}  // namespace diapason::compiler::graph
