// One ONNX node on its way into the graph: its operands and attributes in any opset's spelling, and the
// operators of the graph (compiler/graph/op.h) that it becomes.
#ifndef DIAPASON_COMPILER_IMPORT_NODE_CONVERTER_H_
#define DIAPASON_COMPILER_IMPORT_NODE_CONVERTER_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/importer/onnx_file.h"

namespace diapason::compiler::importer {

using ValueIds = std::vector<graph::ValueId>;

class NodeConverter {
 public:
  // All but `inputs` (kNone: left out) outlive the converter. `op`: that of the node's row in operators.cc.
  // `used`: every name that a node or the model's outputs read.
  NodeConverter(OnnxFile& file, graph::Graph& graph, const onnx::NodeProto& node, std::optional<graph::Op> op,
                ValueIds inputs, int64_t opset, const std::set<std::string>& used);

  const int64_t opset;
  graph::Graph& graph;

  // The operator of the graph that the node becomes; it must be in the node's row of operators.cc.
  graph::Op op() const { return *op_; }

  const onnx::NodeProto& proto() const { return node_; }
  size_t num_inputs() const { return inputs_.size(); }
  bool Has(size_t input) const { return input < inputs_.size() && inputs_[input] != graph::kNone; }
  graph::ValueId In(size_t input) const { return Has(input) ? inputs_[input] : graph::kNone; }
  const graph::Value& InValue(size_t input) const { return graph.value(inputs_[input]); }
  const graph::Shape& InShape(size_t input) const { return InValue(input).shape; }

  // Whether an output is read: one that is only named need not be computed.
  bool Wants(int output) const;

  // Attributes are of the kind that they are read as (attributes.h).
  bool HasAttribute(absl::string_view name) const { return Find(name) != nullptr; }
  int64_t Int(absl::string_view name, int64_t absent) const;
  double Float(absl::string_view name, double absent) const;
  std::string String(absl::string_view name, absl::string_view absent) const;
  std::optional<std::vector<int64_t>> Ints(absl::string_view name) const;
  std::vector<double> Floats(absl::string_view name) const;
  // The tensor of an attribute, as a constant of the graph.
  absl::StatusOr<graph::ValueId> Tensor(absl::string_view name);

  // The numbers of an operand that ONNX lets be a tensor and we need to know. Unimplemented: it is computed
  // when the model runs.
  absl::StatusOr<std::vector<int64_t>> ConstantInts(size_t input) const;
  // An operand that is one number, as a scalar. InvalidArgument: it is not.
  absl::StatusOr<graph::ValueId> ScalarOperand(size_t input);

  // InvalidArgument: the operand is not such that it broadcasts to `shape`, without making that larger. Most
  // operators broadcast both ways; where ONNX lets only one operand grow, the graph would not notice.
  absl::Status CheckBroadcastsTo(size_t input, const graph::Shape& shape) const;

  // An axis, or axes, from -rank to rank - 1, made non-negative. InvalidArgument: out of range.
  static absl::StatusOr<int64_t> Axis(int64_t axis, size_t rank);
  static absl::StatusOr<std::vector<int64_t>> Axes(std::vector<int64_t> axes, size_t rank);
  // Axes that were an attribute in old opsets and are operand `input` in new ones; nothing where both are
  // absent.
  absl::StatusOr<std::optional<std::vector<int64_t>>> AttributeOrOperand(absl::string_view name,
                                                                         size_t input) const;

  // These add operators under this node's name. Reshape and Slice return the value itself where they change
  // nothing.
  absl::StatusOr<graph::ValueId> Add(graph::Op op, ValueIds operands, graph::Attributes attributes = {});
  absl::StatusOr<graph::ValueId> Reshape(graph::ValueId value, graph::Shape shape);
  absl::StatusOr<graph::ValueId> Slice(graph::ValueId value, std::vector<int64_t> starts,
                                       std::vector<int64_t> steps, graph::Shape shape);
  // Constants: one number of the type of `like`, and a tensor of int64.
  graph::ValueId Number(graph::ValueId like, double number) {
    return graph.AddScalar(graph.value(like).type, number);
  }
  graph::ValueId Integers(absl::Span<const int64_t> numbers, graph::Shape shape);

 private:
  const onnx::AttributeProto* Find(absl::string_view name) const;

  OnnxFile& file_;
  const onnx::NodeProto& node_;
  const std::optional<graph::Op> op_;
  const ValueIds inputs_;
  const std::set<std::string>& used_;
  const std::string name_;
};

// The outputs of a node that has one.
absl::StatusOr<ValueIds> One(absl::StatusOr<graph::ValueId> value);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORT_NODE_CONVERTER_H_
