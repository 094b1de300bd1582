#include "compiler/importer/node_converter.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/infer_shape.h"
#include "compiler/importer/expression.h"
#include "compiler/importer/node_order.h"
#include "compiler/importer/size_numbers.h"
#include "proto/base/status_macros.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::importer {

NodeConverter::NodeConverter(OnnxFile& file, graph::Graph& node_graph, const onnx::NodeProto& node,
                             std::optional<graph::Op> node_op, ValueIds inputs, int64_t node_opset,
                             const std::set<std::string>& used, const std::map<std::string, int>& narrow,
                             RunTimeSizes& sizes, Sequences& node_sequences, const BodyImporter& import_body)
    : opset(node_opset),
      graph(node_graph),
      sequences(node_sequences),
      file_(file),
      node_(node),
      op_(node_op),
      inputs_(std::move(inputs)),
      used_(used),
      narrow_(narrow),
      sizes_(sizes),
      import_body_(import_body),
      name_(NodeName(node)) {}

const NarrowType* NodeConverter::Narrow(size_t input) const {
  if (!Has(input)) return nullptr;
  const auto known = narrow_.find(node_.input(static_cast<int>(input)));
  return known == narrow_.end() ? nullptr : FindNarrowType(known->second);
}

const NarrowType* NodeConverter::NarrowOutput(int output, graph::ValueId value) const {
  const auto said = narrow_outputs_.find(output);
  if (said != narrow_outputs_.end()) return said->second;
  const NarrowType* type = value < 0 ? nullptr : Narrow(0);
  return type != nullptr && graph.value(value).type == type->computed ? type : nullptr;
}

const RunTimeSize* NodeConverter::SizeOfValue(graph::ValueId value) const {
  const auto known = sizes_.find(value);
  return known == sizes_.end() ? nullptr : &known->second;
}

void NodeConverter::SetSize(graph::ValueId value, RunTimeSize size) {
  std::set<graph::ValueId> others;
  for (const auto& [sized, known] : sizes_) others.insert(known.size);
  if (others.count(size.size) == 0) {
    const auto same = std::find_if(others.begin(), others.end(), [&](graph::ValueId other) {
      return ComputedAlike(graph, other, size.size);
    });
    if (same != others.end()) size.size = *same;
  }
  sizes_[value] = size;
}

absl::StatusOr<graph::ValueId> NodeConverter::WithSize(graph::ValueId value, int64_t dim,
                                                       graph::ValueId count) {
  if (!graph.value(count).is_constant) {
    SetSize(value, {dim, count});
    return value;
  }
  graph::Shape shape = graph.value(value).shape;
  const std::vector<int64_t> starts(shape.size(), 0), steps(shape.size(), 1);
  shape[static_cast<size_t>(dim)] = graph::ReadConstant(graph.value(count))[0].i;
  return Slice(value, starts, steps, std::move(shape));
}

graph::ValueId NodeConverter::Masked(Expression& e, size_t input, double number) const {
  const graph::ValueId value = In(input);
  const RunTimeSize* size = SizeOf(input);
  if (size == nullptr) return value;
  const graph::ValueId exists =
      e(graph::Op::kLess,
        {e.Positions(e.ShapeOf(value).size(), size->dim, e.ShapeOf(value)[size->dim]), size->size});
  return e(graph::Op::kWhere, {exists, value, e.Number(value, number)});
}

bool NodeConverter::Wants(int output) const {
  return output < node_.output_size() && used_.count(node_.output(output)) > 0;
}

const onnx::AttributeProto* NodeConverter::Find(absl::string_view name) const {
  for (const onnx::AttributeProto& attribute : node_.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

int64_t NodeConverter::Int(absl::string_view name, int64_t absent) const {
  const onnx::AttributeProto* attribute = Find(name);
  return attribute == nullptr ? absent : attribute->i();
}

double NodeConverter::Float(absl::string_view name, double absent) const {
  const onnx::AttributeProto* attribute = Find(name);
  return attribute == nullptr ? absent : attribute->f();
}

std::string NodeConverter::String(absl::string_view name, absl::string_view absent) const {
  const onnx::AttributeProto* attribute = Find(name);
  return attribute == nullptr ? std::string(absent) : attribute->s();
}

std::optional<std::vector<int64_t>> NodeConverter::Ints(absl::string_view name) const {
  const onnx::AttributeProto* attribute = Find(name);
  if (attribute == nullptr) return std::nullopt;
  return std::vector<int64_t>(attribute->ints().begin(), attribute->ints().end());
}

std::vector<double> NodeConverter::Floats(absl::string_view name) const {
  const onnx::AttributeProto* attribute = Find(name);
  if (attribute == nullptr) return {};
  return std::vector<double>(attribute->floats().begin(), attribute->floats().end());
}

std::vector<std::string> NodeConverter::Strings(absl::string_view name) const {
  const onnx::AttributeProto* attribute = Find(name);
  if (attribute == nullptr) return {};
  return std::vector<std::string>(attribute->strings().begin(), attribute->strings().end());
}

absl::StatusOr<ValueIds> NodeConverter::ImportBody(absl::string_view name, const ValueIds& inputs,
                                                   int first) {
  const onnx::AttributeProto* attribute = Find(name);
  if (attribute == nullptr || !attribute->has_g())
    return absl::InvalidArgumentError(absl::StrCat("the attribute '", name, "' does not hold a graph"));
  const onnx::GraphProto& body = attribute->g();
  for (int i = first; i < body.output_size(); ++i)
    SetNarrow(i - first, FindNarrowType(ElementTypeOf(body.output(i).type())));
  return import_body_(body, inputs);
}

absl::StatusOr<graph::ValueId> NodeConverter::Tensor(absl::string_view name) {
  const onnx::AttributeProto* attribute = Find(name);
  if (attribute == nullptr || !attribute->has_t())
    return absl::InvalidArgumentError(absl::StrCat("the attribute '", name, "' does not hold a tensor"));
  SetNarrow(0, FindNarrowType(attribute->t().data_type()));
  return AddTensor(file_, attribute->t(), graph);
}

absl::StatusOr<graph::ValueId> NodeConverter::ScalarOperand(size_t input) {
  if (graph::NumElements(InShape(input)) != 1)
    return absl::InvalidArgumentError(absl::StrCat("operand ", input, " of shape ",
                                                   graph::ShapeText(InShape(input)), " is not one number"));
  return Reshape(In(input), {});
}

absl::Status NodeConverter::CheckBroadcastsTo(size_t input, const graph::Shape& shape) const {
  const absl::StatusOr<graph::Shape> together = graph::BroadcastShapes(InShape(input), shape);
  if (together.ok() && *together == shape) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("operand ", input, " of shape ",
                                                 graph::ShapeText(InShape(input)), " does not broadcast to ",
                                                 graph::ShapeText(shape)));
}

absl::StatusOr<const graph::Value*> NodeConverter::KnownOperand(size_t input) const {
  if (!Has(input)) return absl::InvalidArgumentError(absl::StrCat("operand ", input, " is missing"));
  if (InValue(input).is_constant) return &InValue(input);
  return absl::UnimplementedError(absl::StrCat("operand ", input, " ('", node_.input(static_cast<int>(input)),
                                               "') computed when the model runs"));
}

absl::StatusOr<std::vector<double>> NodeConverter::ConstantFloats(size_t input) const {
  DIAPASON_ASSIGN_OR_RETURN(const graph::Value* value, KnownOperand(input));
  std::vector<double> numbers;
  for (const graph::Scalar& number : graph::ReadConstant(*value)) numbers.push_back(number.f);
  return numbers;
}

absl::StatusOr<std::vector<int64_t>> NodeConverter::ConstantInts(size_t input) const {
  DIAPASON_ASSIGN_OR_RETURN(const graph::Value* known, KnownOperand(input));
  const graph::Value& value = *known;
  if (value.type != v1::ELEMENT_TYPE_I32 && value.type != v1::ELEMENT_TYPE_I64)
    return absl::InvalidArgumentError(absl::StrCat("operand ", input, " is of type ",
                                                   ElementTypeName(value.type), ", but must hold integers"));
  std::vector<int64_t> numbers;
  for (const graph::Scalar& number : graph::ReadConstant(value)) numbers.push_back(number.i);
  return numbers;
}

absl::StatusOr<int64_t> NodeConverter::Axis(int64_t axis, size_t rank) {
  const int64_t dims = static_cast<int64_t>(rank);
  if (axis < -dims || axis >= dims)
    return absl::InvalidArgumentError(
        absl::StrCat("axis ", axis, " does not exist in a tensor of ", rank, " dimensions"));
  return axis < 0 ? axis + dims : axis;
}

absl::StatusOr<std::vector<int64_t>> NodeConverter::Axes(std::vector<int64_t> axes, size_t rank) {
  for (int64_t& axis : axes) {
    DIAPASON_ASSIGN_OR_RETURN(axis, Axis(axis, rank));
  }
  return axes;
}

absl::StatusOr<std::optional<std::vector<int64_t>>> NodeConverter::AttributeOrOperand(absl::string_view name,
                                                                                      size_t input) const {
  if (!Has(input)) return Ints(name);
  DIAPASON_ASSIGN_OR_RETURN(std::vector<int64_t> numbers, ConstantInts(input));
  return numbers;
}

absl::StatusOr<graph::ValueId> NodeConverter::Add(graph::Op op, ValueIds operands,
                                                  graph::Attributes attributes) {
  return graph.Add(op, std::move(operands), std::move(attributes), name_);
}

absl::StatusOr<graph::ValueId> NodeConverter::Reshape(graph::ValueId value, graph::Shape shape) {
  if (graph.value(value).shape == shape) return value;
  return Add(graph::Op::kReshape, {value}, {{"shape", std::move(shape)}});
}

absl::StatusOr<graph::ValueId> NodeConverter::Slice(graph::ValueId value, std::vector<int64_t> starts,
                                                    std::vector<int64_t> steps, graph::Shape shape) {
  if (shape == graph.value(value).shape &&
      std::all_of(steps.begin(), steps.end(), [](int64_t s) { return s == 1; }))
    return value;
  return Add(graph::Op::kSlice, {value},
             {{"starts", std::move(starts)}, {"steps", std::move(steps)}, {"shape", std::move(shape)}});
}

graph::ValueId NodeConverter::Integers(absl::Span<const int64_t> numbers, graph::Shape shape) {
  std::vector<graph::Scalar> scalars;
  for (int64_t number : numbers) scalars.push_back({0, number});
  return graph.AddOwnedConstant("", v1::ELEMENT_TYPE_I64, std::move(shape),
                                graph::ToBytes(v1::ELEMENT_TYPE_I64, scalars));
}

absl::StatusOr<ValueIds> One(absl::StatusOr<graph::ValueId> value) {
  if (!value.ok()) return value.status();
  return ValueIds{*value};
}

}  // namespace diapason::compiler::importer
