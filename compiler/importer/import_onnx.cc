#include "compiler/importer/import_onnx.h"

#include <memory>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/graph/element_ops.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/infer_shape.h"
#include "compiler/importer/attributes.h"
#include "compiler/importer/expression.h"
#include "compiler/importer/functions.h"
#include "compiler/importer/input_shapes.h"
#include "compiler/importer/node_converter.h"
#include "compiler/importer/node_order.h"
#include "compiler/importer/onnx_file.h"
#include "compiler/importer/operators.h"
#include "compiler/importer/refusal.h"
#include "proto/base/one_line.h"
#include "proto/base/status_macros.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::importer {
namespace {

class Importer {
 public:
  Importer(OnnxFile file, const LoadOptions& options)
      : file_(std::move(file)), options_(options), refused_(file_.model->graph()) {}

  absl::StatusOr<graph::Graph> Import() {
    const onnx::GraphProto& model = file_.model->graph();
    graph_.name = model.name();
    graph_.fast_math = options_.fast_math;
    graph_.strict_accuracy = options_.strict_accuracy;
    graph_.KeepAlive(file_.model);
    DIAPASON_RETURN_IF_ERROR(FindOpsets());
    DIAPASON_RETURN_IF_ERROR(functions_.Add(*file_.model));
    DIAPASON_ASSIGN_OR_RETURN(const auto nodes, NodesInOrder(model));
    DIAPASON_RETURN_IF_ERROR(AddInitializers(model));
    DIAPASON_RETURN_IF_ERROR(AddInputs(model));
    FindUsed(model);
    used_.erase("");  // an operand that is left out has an empty name
    for (const onnx::NodeProto* node : nodes) {
      main_node_ = node;
      DIAPASON_RETURN_IF_ERROR(AddNode(*node));
    }
    CheckOutputTypes(model);
    if (!refused_.empty()) {
      if (options_.left_out == nullptr) return refused_.Error();
      *options_.left_out = refused_.List(file_.path);
    }
    DIAPASON_RETURN_IF_ERROR(AddOutputs(model));
    if (graph_.outputs.empty()) return refused_.Error();  // nothing is left
    return std::move(graph_);
  }

 private:
  template <typename... Args>
  absl::Status Invalid(const Args&... args) const {
    return absl::InvalidArgumentError(absl::StrCat(args...));
  }

  // Notes the names that nodes of the graph and of its bodies read, and the graphs' outputs.
  void FindUsed(const onnx::GraphProto& model) {
    for (const onnx::NodeProto& node : model.node()) {
      used_.insert(node.input().begin(), node.input().end());
      for (const onnx::AttributeProto& attribute : node.attribute()) {
        if (attribute.has_g()) FindUsed(attribute.g());
      }
    }
    for (const onnx::ValueInfoProto& output : model.output()) used_.insert(output.name());
    for (const onnx::ValueInfoProto& value : model.value_info()) stated_.emplace(value.name(), &value);
  }

  absl::Status FindOpsets() {
    DIAPASON_ASSIGN_OR_RETURN(opsets_, OpsetsOf(file_.model->opset_import()));
    return opsets_.empty() ? Invalid("the model does not say which opset it uses") : absl::OkStatus();
  }

  absl::Status AddInitializers(const onnx::GraphProto& model) {
    if (model.sparse_initializer_size() > 0)
      return absl::UnimplementedError(
          absl::StrCat("the model has sparse initializers, which are not supported; store them dense"));
    for (const onnx::TensorProto& tensor : model.initializer()) {
      absl::StatusOr<graph::ValueId> value = AddTensor(file_, tensor, graph_);
      if (absl::IsUnimplemented(value.status())) {
        refused_.AddTensor(v1::REFUSED_KIND_INITIALIZER, tensor.name(), value.status().message());
        values_[tensor.name()] = kUnknown;
        continue;
      }
      if (!value.ok()) return value.status();
      values_[tensor.name()] = *value;
      SetNarrow(tensor.name(), FindNarrowType(tensor.data_type()));
    }
    return absl::OkStatus();
  }

  absl::Status AddInputs(const onnx::GraphProto& model) {
    InputShapes shapes(options_);
    for (const onnx::ValueInfoProto& input : model.input()) {
      if (values_.count(input.name()) > 0) continue;  // old files also list initializers as inputs
      absl::StatusOr<v1::ElementType> data_type = absl::UnimplementedError("a type that is not a tensor");
      const int onnx_type = input.type().tensor_type().elem_type();
      if (input.type().has_tensor_type()) data_type = StoredTypeOf(onnx_type);
      if (!data_type.ok()) {
        refused_.AddTensor(v1::REFUSED_KIND_INPUT, input.name(), data_type.status().message());
        values_[input.name()] = kUnknown;
        continue;
      }
      DIAPASON_ASSIGN_OR_RETURN(graph::Shape shape, shapes.ShapeOf(input));
      const auto known = options_.values.find(input.name());
      if (known != options_.values.end()) {
        DIAPASON_ASSIGN_OR_RETURN(values_[input.name()],
                                  AddKnownInput(graph_, input.name(), *data_type, shape, known->second));
      } else {
        values_[input.name()] = graph_.AddInput(input.name(), *data_type, std::move(shape));
      }
      DIAPASON_RETURN_IF_ERROR(CastTo(ComputedType(*data_type), input.name(), values_[input.name()]));
      SetNarrow(input.name(), FindNarrowType(onnx_type));
    }
    for (const auto& [name, numbers] : options_.values) {
      if (values_.count(name) == 0)
        return Invalid("the model has no input named '", name, "'; remove it from --value");
    }
    return shapes.Check();
  }

  absl::Status AddNode(const onnx::NodeProto& node) {
    const std::string domain = DomainOf(node.domain());
    const int64_t opset = opsets_[domain];
    const bool is_standard = domain.empty();
    const std::string where = absl::StrCat(is_standard ? "" : absl::StrCat(domain, "."), node.op_type(),
                                           " (node '", NodeName(node), "', opset ", opset, ")");
    if (is_standard && opset < 1) return Invalid(where, ": the model does not say which opset it uses");
    if (const onnx::FunctionProto* function = functions_.Find(node)) {
      const absl::Status status = AddCall(node, *function);
      if (absl::IsUnimplemented(status) && status.message().empty()) {
        LeaveOut(node);  // because of a node of the function
        return absl::OkStatus();
      }
      return status.ok() ? status : WithContext(status, where);
    }
    const OnnxOperator* known = FindOnnxOperator(domain, node.op_type());
    const auto refuse = [&](absl::string_view why) {
      refused_.AddNode(*main_node_, node, domain, opset, why);
      LeaveOut(node);
      return absl::OkStatus();
    };
    if (known == nullptr) return refuse("");
    if (node.output_size() == 0) return Invalid(where, ": the node has no output");
    if (absl::Status status = CheckAttributes(node); !status.ok()) return WithContext(status, where);
    ValueIds inputs;
    for (int i = 0; i < node.input_size(); ++i) {
      if (node.input(i).empty()) {
        inputs.push_back(graph::kNone);
        continue;
      }
      const auto value = values_.find(node.input(i));
      if (value == values_.end())
        return Invalid(where, ": no node or input produces its operand '", node.input(i), "'");
      if (value->second == kUnknown) {
        refused_.AddUnchecked(*main_node_);
        LeaveOut(node);
        return absl::OkStatus();
      }
      if (Sequences::Has(value->second) && !TakesSequences(node.op_type()))
        return Invalid(where, ": operand ", i, " ('", node.input(i), "') is a sequence");
      inputs.push_back(value->second);
    }
    for (int i = 0; i < known->least_inputs; ++i) {
      if (i >= static_cast<int>(inputs.size()) || inputs[i] == graph::kNone)
        return Invalid(where, ": operand ", i, " is missing");
    }
    NodeConverter converter(file_, graph_, node, known->op, std::move(inputs), opset, used_, narrow_, sizes_,
                            sequences_, import_body_);
    absl::StatusOr<ValueIds> outputs = Convert(*known, converter);
    if (absl::IsUnimplemented(outputs.status())) {
      if (!outputs.status().message().empty()) return refuse(outputs.status().message());
      LeaveOut(node);  // because of a node in its body
      return absl::OkStatus();
    }
    if (!outputs.ok() && refused_.empty()) return WithContext(outputs.status(), where);
    if (!outputs.ok()) {  // perhaps because the model states the shape of a result wrongly, see LeaveOut
      refused_.AddUnchecked(*main_node_);
      LeaveOut(node);
      return absl::OkStatus();
    }
    for (int i = 0; i < node.output_size(); ++i) {
      if (i >= static_cast<int>(outputs->size())) continue;
      values_[node.output(i)] = (*outputs)[i];
      SetNarrow(node.output(i), converter.NarrowOutput(i, (*outputs)[i]));
    }
    return absl::OkStatus();
  }

  static absl::StatusOr<ValueIds> Convert(const OnnxOperator& known, NodeConverter& node) {
    DIAPASON_RETURN_IF_ERROR(CheckRunTimeSizes(node));
    const graph::NodeId first_node = node.graph.num_nodes();
    DIAPASON_ASSIGN_OR_RETURN(ValueIds outputs, known.convert(node));
    for (size_t i = 0; i < outputs.size(); ++i) {
      const NarrowType* narrow = node.NarrowOutput(static_cast<int>(i), outputs[i]);
      if (narrow == nullptr || narrow->most == 0 || node.HasSetNarrow(static_cast<int>(i))) continue;
      DIAPASON_ASSIGN_OR_RETURN(outputs[i], InRange(node, outputs[i], *narrow, first_node));
    }
    DIAPASON_RETURN_IF_ERROR(CarryRunTimeSizes(node, outputs));
    return outputs;
  }

  // Adds the nodes of a function that the model defines. Its names and its opsets are its own.
  absl::Status AddCall(const onnx::NodeProto& node, const onnx::FunctionProto& function) {
    DIAPASON_ASSIGN_OR_RETURN(Opsets opsets, OpsetsOf(function.opset_import()));
    DIAPASON_ASSIGN_OR_RETURN(onnx::GraphProto called, functions_.BodyOf(function, node));
    const auto kept = std::make_shared<const onnx::GraphProto>(std::move(called));
    graph_.KeepAlive(kept);  // constants may point into it
    const onnx::GraphProto& body = *kept;
    ValueIds inputs;
    std::map<std::string, int> narrow;
    for (int i = 0; i < body.input_size(); ++i) {
      inputs.push_back(graph::kNone);
      if (i >= node.input_size() || node.input(i).empty()) continue;
      const auto value = values_.find(node.input(i));
      if (value == values_.end())
        return Invalid("no node or input produces its operand '", node.input(i), "'");
      inputs.back() = value->second;
      if (const auto type = narrow_.find(node.input(i)); type != narrow_.end())
        narrow[body.input(i).name()] = type->second;
    }
    std::map<std::string, graph::ValueId> values;
    values_.swap(values);
    narrow_.swap(narrow);
    opsets_.swap(opsets);
    FindUsed(body);
    const absl::StatusOr<ValueIds> outputs = AddBody(body, inputs);
    values_.swap(values);
    narrow_.swap(narrow);
    opsets_.swap(opsets);
    DIAPASON_RETURN_IF_ERROR(outputs.status());
    for (int i = 0; i < node.output_size(); ++i) {
      values_[node.output(i)] = (*outputs)[static_cast<size_t>(i)];
      const auto type = narrow.find(body.output(i).name());
      SetNarrow(node.output(i), type == narrow.end() ? nullptr : FindNarrowType(type->second));
    }
    return absl::OkStatus();
  }

  // Adds the nodes of a body. The names that it defines are known inside of it only.
  absl::StatusOr<ValueIds> AddBody(const onnx::GraphProto& body, const ValueIds& inputs) {
    constexpr int kMostDepth = 32;
    if (body.input_size() != static_cast<int>(inputs.size()))
      return Invalid("the body '", body.name(), "' has ", body.input_size(), " inputs, but gets ",
                     inputs.size());
    if (depth_ >= kMostDepth) return Invalid("bodies are nested more than ", kMostDepth, " deep");
    DIAPASON_ASSIGN_OR_RETURN(const auto nodes, NodesInOrder(body));
    const std::map<std::string, graph::ValueId> outer = values_;
    ++depth_;
    absl::Status status = AddInitializers(body);
    for (size_t i = 0; i < inputs.size(); ++i) {
      const onnx::ValueInfoProto& input = body.input(static_cast<int>(i));
      values_[input.name()] = inputs[i];
      SetNarrow(input.name(), NarrowTypeOf(input, inputs[i]));
    }
    for (size_t i = 0; i < nodes.size() && status.ok(); ++i) status = AddNode(*nodes[i]);
    ValueIds results;
    for (int i = 0; i < body.output_size() && status.ok(); ++i) {
      const auto value = values_.find(body.output(i).name());
      if (value == values_.end()) {
        status = Invalid("no node or input produces the output '", body.output(i).name(), "' of the body '",
                         body.name(), "'");
      } else if (value->second == kUnknown) {
        status = absl::UnimplementedError("");
      } else {
        results.push_back(value->second);
      }
    }
    --depth_;
    values_ = outer;
    DIAPASON_RETURN_IF_ERROR(status);
    return results;
  }

  void SetNarrow(const std::string& name, const NarrowType* type) {
    narrow_.erase(name);
    if (type != nullptr) narrow_[name] = type->onnx_type;
  }

  // Returns the narrow type that the model declares for a tensor that has become `value`, or null if it has
  // none. If the model declares no type, this is the type that the conversion of the nodes gave it.
  const NarrowType* NarrowTypeOf(const onnx::ValueInfoProto& tensor, graph::ValueId value) const {
    const auto converted = narrow_.find(tensor.name());
    int type = ElementTypeOf(tensor.type());
    if (type == onnx::TensorProto::UNDEFINED && converted != narrow_.end()) type = converted->second;
    const NarrowType* narrow = FindNarrowType(type);
    if (value < 0) return Sequences::Has(value) ? narrow : nullptr;
    return narrow != nullptr && narrow->computed == graph_.value(value).type ? narrow : nullptr;
  }

  // Casts a value to the type, unless it has it.
  absl::Status CastTo(v1::ElementType type, const std::string& name, graph::ValueId& value) {
    if (graph_.value(value).type == type) return absl::OkStatus();
    DIAPASON_ASSIGN_OR_RETURN(value, graph_.Add(graph::Op::kCast, {value}, {{"to", type}}, name));
    return absl::OkStatus();
  }

  // Outputs have the types that the model declares. A value of a narrow type is computed in another one.
  void CheckOutputTypes(const onnx::GraphProto& model) {
    for (const onnx::ValueInfoProto& output : model.output()) {
      const auto narrow = narrow_.find(output.name());
      const int type = narrow != narrow_.end() ? narrow->second : ElementTypeOf(output.type());
      const auto value = values_.find(output.name());
      if (value != values_.end() && value->second < 0 && value->second != kUnknown)
        refused_.AddTensor(v1::REFUSED_KIND_OUTPUT, output.name(), "a sequence, or an empty optional");
      if (const absl::Status status = StoredTypeOf(type).status(); type != 0 && !status.ok())
        refused_.AddTensor(v1::REFUSED_KIND_OUTPUT, output.name(), status.message());
    }
  }

  // Leaves out a node that is not supported or that could not be checked. The import goes on, so that the
  // nodes behind it are checked and, with LoadOptions::left_out, loaded. For that, a result whose shape
  // the model states is an input of the graph from here on, and what the node reads is an output.
  void LeaveOut(const onnx::NodeProto& node) {
    for (const std::string& output : node.output()) values_[output] = kUnknown;
    if (&node != main_node_) return;
    for (const std::string& input : node.input()) {
      const auto value = values_.find(input);
      if (value != values_.end() && value->second >= 0) read_by_left_out_.insert(input);
    }
    for (const std::string& output : node.output()) {
      const auto info = stated_.find(output);
      if (info == stated_.end() || used_.count(output) == 0) continue;
      const absl::StatusOr<v1::ElementType> type = DataTypeOf(info->second->type().tensor_type().elem_type());
      const std::optional<graph::Shape> shape =
          StatedShape(info->second->type().tensor_type(), options_.dims);
      if (type.ok() && shape) values_[output] = graph_.AddInput(output, *type, *shape);
    }
  }

  absl::Status AddOutputs(const onnx::GraphProto& model) {
    for (const onnx::ValueInfoProto& output : model.output()) {
      const auto value = values_.find(output.name());
      if (value == values_.end())
        return Invalid("no node or input produces the output '", output.name(), "'");
      if (value->second < 0) continue;
      read_by_left_out_.erase(output.name());
      WarnOfShape(file_.path, output, graph_.value(value->second).shape, options_.warnings);
      graph::ValueId stored = value->second;
      const NarrowType* narrow = NarrowTypeOf(output, stored);
      if (narrow != nullptr && narrow->stored != v1::ELEMENT_TYPE_UNSPECIFIED)
        DIAPASON_RETURN_IF_ERROR(CastTo(narrow->stored, output.name(), stored));
      if (const auto size = sizes_.find(value->second); size != sizes_.end()) sizes_[stored] = size->second;
      AddOutput(output.name(), stored);
    }
    for (const std::string& name : read_by_left_out_) {
      const graph::ValueId value = values_.at(name);
      if (graph_.Producer(value) != nullptr) AddOutput(name, value);
    }
    AddSizes(sizes_, graph_);
    return absl::OkStatus();
  }

  void AddOutput(const std::string& name, graph::ValueId value) {
    graph_.outputs.push_back(value);
    graph_.output_names.push_back(name);
  }

  static constexpr graph::ValueId kUnknown = -2;  // produced by an operator that is not supported

  OnnxFile file_;
  const LoadOptions& options_;
  graph::Graph graph_;
  Opsets opsets_;  // of the model, or of the function whose nodes are being added
  Functions functions_;
  Sequences sequences_;
  std::map<std::string, graph::ValueId> values_;
  RunTimeSizes sizes_;
  std::map<std::string, int> narrow_;  // the ONNX types of tensors with narrow types
  std::set<std::string> used_;         // the names that nodes or the model's outputs read
  std::map<std::string, const onnx::ValueInfoProto*>
      stated_;  // types and shapes of results that the model states
  RefusedParts refused_;
  std::set<std::string> read_by_left_out_;      // what LeaveOut makes outputs
  const onnx::NodeProto* main_node_ = nullptr;  // the node of the main graph that is being added
  int depth_ = 0;                               // of nested bodies
  const BodyImporter import_body_ = [this](const onnx::GraphProto& body, const ValueIds& inputs) {
    return AddBody(body, inputs);
  };
};

}  // namespace

absl::StatusOr<graph::Graph> ImportOnnx(const std::string& path, const LoadOptions& options) {
  DIAPASON_ASSIGN_OR_RETURN(OnnxFile file, ReadOnnxFile(path));
  absl::StatusOr<graph::Graph> graph = Importer(std::move(file), options).Import();
  if (!graph.ok()) return OnOneLine(WithContext(graph.status(), path));  // names may contain any character
  return graph;
}

}  // namespace diapason::compiler::importer
