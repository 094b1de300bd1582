// Converts operators on sequences and on optionals. Their lengths and positions must be known when the model
// is imported, and so must be which optionals are empty (sequences.h). An optional that is not empty is its
// element, and an empty one is an operand that is left out.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/expression.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::ValueId;

// Returns the elements of operand `input`, or InvalidArgument if it is not a sequence.
absl::StatusOr<ValueIds> ElementsOf(const NodeConverter& node, size_t input) {
  if (!node.Has(input) || !Sequences::Has(node.In(input)))
    return absl::InvalidArgumentError(absl::StrCat("operand ", input, " is not a sequence"));
  return node.sequences.Elements(node.In(input));
}

// Returns InvalidArgument if an operand is a sequence, but must be a tensor.
absl::Status CheckTensor(const NodeConverter& node, size_t input) {
  if (node.Has(input) && !Sequences::Has(node.In(input))) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("operand ", input, " is not a tensor"));
}

// Returns the sequence as the node's output. Its elements have the narrow type of operand `like`.
ValueIds Output(NodeConverter& node, ValueIds elements, size_t like) {
  node.SetNarrow(0, node.Narrow(like));
  return {node.sequences.Add(std::move(elements))};
}

// Returns the position that operand `input` names among `count` places, the last one if it is absent.
absl::StatusOr<int64_t> Position(const NodeConverter& node, size_t input, int64_t count) {
  if (!node.Has(input)) return count - 1;
  DIAPASON_RETURN_IF_ERROR(CheckTensor(node, input));
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> given, node.ConstantInts(input));
  if (given.size() != 1) return absl::InvalidArgumentError("the position is not one number");
  const int64_t position = given[0] < 0 ? given[0] + count : given[0];
  if (position < 0 || position >= count)
    return absl::InvalidArgumentError(
        absl::StrCat("position ", given[0], " does not exist in a sequence with ", count, " places"));
  return position;
}

ValueIds Bool(NodeConverter& node, bool value) {
  const graph::Scalar scalar = {0, value ? 1 : 0};
  node.SetNarrow(0, nullptr);
  return {node.graph.AddOwnedConstant("", v1::ELEMENT_TYPE_BOOL, {},
                                      graph::ToBytes(v1::ELEMENT_TYPE_BOOL, {&scalar, 1}))};
}

}  // namespace

absl::StatusOr<ValueIds> ConvertSequenceEmpty(NodeConverter& node) {
  node.SetNarrow(0, FindNarrowType(static_cast<int>(node.Int("dtype", onnx::TensorProto::FLOAT))));
  return ValueIds{node.sequences.Add({})};
}

absl::StatusOr<ValueIds> ConvertSequenceConstruct(NodeConverter& node) {
  ValueIds elements;
  for (size_t i = 0; i < node.num_inputs(); ++i) {
    DIAPASON_RETURN_IF_ERROR(CheckTensor(node, i));
    elements.push_back(node.In(i));
  }
  return Output(node, std::move(elements), 0);
}

absl::StatusOr<ValueIds> ConvertSequenceInsert(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(ValueIds elements, ElementsOf(node, 0));
  DIAPASON_RETURN_IF_ERROR(CheckTensor(node, 1));
  const int64_t places = static_cast<int64_t>(elements.size()) + 1;
  DIAPASON_ASSIGN_OR_RETURN(int64_t position, Position(node, 2, places));
  // A negative position counts from the end of the sequence as it is before.
  if (node.Has(2) && (*node.ConstantInts(2))[0] < 0) --position;
  if (position < 0) return absl::InvalidArgumentError("the position is in front of the sequence");
  elements.insert(elements.begin() + position, node.In(1));
  return Output(node, std::move(elements), 1);
}

absl::StatusOr<ValueIds> ConvertSequenceErase(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(ValueIds elements, ElementsOf(node, 0));
  DIAPASON_ASSIGN_OR_RETURN(const int64_t position, Position(node, 1, static_cast<int64_t>(elements.size())));
  if (elements.empty()) return absl::InvalidArgumentError("the sequence is empty");
  elements.erase(elements.begin() + position);
  return Output(node, std::move(elements), 0);
}

absl::StatusOr<ValueIds> ConvertSequenceAt(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const ValueIds elements, ElementsOf(node, 0));
  DIAPASON_RETURN_IF_ERROR(CheckTensor(node, 1));
  DIAPASON_ASSIGN_OR_RETURN(const int64_t position, Position(node, 1, static_cast<int64_t>(elements.size())));
  node.SetNarrow(0, node.Narrow(0));
  return ValueIds{elements[static_cast<size_t>(position)]};
}

absl::StatusOr<ValueIds> ConvertSequenceLength(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const ValueIds elements, ElementsOf(node, 0));
  node.SetNarrow(0, nullptr);
  return ValueIds{node.Integers({static_cast<int64_t>(elements.size())}, {})};
}

// Without sizes, each part has one slice along the axis, and keepdims may remove the axis.
absl::StatusOr<ValueIds> ConvertSplitToSequence(NodeConverter& node) {
  const graph::Shape in = node.InShape(0);
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, NodeConverter::Axis(node.Int("axis", 0), in.size()));
  std::vector<int64_t> sizes(static_cast<size_t>(in[axis]), 1);
  if (node.Has(1)) {
    DIAPASON_ASSIGN_OR_RETURN(sizes, node.ConstantInts(1));
    if (node.InShape(1).empty()) {
      const int64_t each = sizes[0];
      if (each < 1) return absl::InvalidArgumentError(absl::StrCat("parts cannot have ", each, " slices"));
      sizes.clear();
      for (int64_t left = in[axis]; left > 0; left -= each) sizes.push_back(std::min(each, left));
    }
  }
  ValueIds parts;
  std::vector<int64_t> starts(in.size(), 0);
  for (const int64_t size : sizes) {
    if (size < 0 || size > in[axis] - starts[axis])
      return absl::InvalidArgumentError("the sizes of the parts do not fit the axis");
    graph::Shape shape = in;
    shape[axis] = size;
    DIAPASON_ASSIGN_OR_RETURN(ValueId part,
                              node.Slice(node.In(0), starts, std::vector<int64_t>(in.size(), 1), shape));
    starts[axis] += size;
    if (!node.Has(1) && node.Int("keepdims", 1) == 0) {
      shape.erase(shape.begin() + axis);
      DIAPASON_ASSIGN_OR_RETURN(part, node.Reshape(part, shape));
    }
    parts.push_back(part);
  }
  if (starts[axis] != in[axis])
    return absl::InvalidArgumentError("the sizes of the parts do not fit the axis");
  return Output(node, std::move(parts), 0);
}

absl::StatusOr<ValueIds> ConvertConcatFromSequence(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(ValueIds parts, ElementsOf(node, 0));
  if (parts.empty()) return absl::InvalidArgumentError("the sequence is empty");
  const bool is_new = node.Int("new_axis", 0) != 0;
  const size_t rank = node.graph.value(parts[0]).shape.size() + (is_new ? 1 : 0);
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, NodeConverter::Axis(node.Int("axis", 0), rank));
  for (ValueId& part : parts) {
    if (!is_new) break;
    if (node.SizeOfValue(part) != nullptr)
      return absl::UnimplementedError("stacked parts whose size is known only when the model runs");
    graph::Shape shape = node.graph.value(part).shape;
    if (shape.size() + 1 != rank) return absl::InvalidArgumentError("the parts have different ranks");
    shape.insert(shape.begin() + axis, 1);
    DIAPASON_ASSIGN_OR_RETURN(part, node.Reshape(part, std::move(shape)));
  }
  node.SetNarrow(0, node.Narrow(0));
  return One(JoinParts(node, parts, axis));
}

// The body is applied to the elements at each position. Operands that are tensors are the same each time.
absl::StatusOr<ValueIds> ConvertSequenceMap(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const ValueIds first, ElementsOf(node, 0));
  std::vector<ValueIds> mapped(static_cast<size_t>(node.proto().output_size()));
  for (size_t at = 0; at < first.size(); ++at) {
    ValueIds operands;
    for (size_t i = 0; i < node.num_inputs(); ++i) {
      operands.push_back(node.In(i));
      if (!node.Has(i) || !Sequences::Has(node.In(i))) continue;
      const ValueIds& elements = node.sequences.Elements(node.In(i));
      if (elements.size() != first.size())
        return absl::InvalidArgumentError("the sequences have different lengths");
      operands.back() = elements[at];
    }
    DIAPASON_ASSIGN_OR_RETURN(const ValueIds results, node.ImportBody("body", operands));
    if (results.size() != mapped.size())
      return absl::InvalidArgumentError("the body does not have the results that the node needs");
    for (size_t r = 0; r < results.size(); ++r) mapped[r].push_back(results[r]);
  }
  ValueIds outputs;
  for (ValueIds& elements : mapped) outputs.push_back(node.sequences.Add(std::move(elements)));
  return outputs;
}

// Optional and OptionalGetElement return their operand.
absl::StatusOr<ValueIds> ConvertOptional(NodeConverter& node) {
  const bool gets = node.proto().op_type() == "OptionalGetElement";
  if (gets && !node.Has(0)) return absl::InvalidArgumentError("the optional is empty");
  node.SetNarrow(0, node.Narrow(0));
  return ValueIds{node.In(0)};
}

absl::StatusOr<ValueIds> ConvertOptionalHasElement(NodeConverter& node) { return Bool(node, node.Has(0)); }

}  // namespace diapason::compiler::importer
