// Helps to convert one ONNX node. It gives access to the node's operands and attributes in any opset's
// spelling, and adds the operators of the graph (compiler/graph/op.h) that the node becomes.
#ifndef DIAPASON_COMPILER_IMPORTER_NODE_CONVERTER_H_
#define DIAPASON_COMPILER_IMPORTER_NODE_CONVERTER_H_

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/importer/narrow_types.h"
#include "compiler/importer/onnx_file.h"
#include "compiler/importer/run_time_sizes.h"
#include "compiler/importer/sequences.h"

namespace diapason::compiler::importer {

class Expression;

// Adds the nodes of a body, a graph in an attribute of a node, and returns its results. `inputs` are the
// values of its inputs. Returns Unimplemented without a message if the body contains something that is
// not supported and that is reported already.
using BodyImporter =
    std::function<absl::StatusOr<ValueIds>(const onnx::GraphProto& body, const ValueIds& inputs)>;

// The node that is being converted. It is used by one function of converters.h, and then discarded.
class NodeConverter {
 public:
  // All arguments except `inputs` must outlive the converter. An operand that is left out is kNone in
  // `inputs`. `op` comes from the node's row in operators.cc. `used` holds every name that a node or the
  // model's outputs read, and `narrow` the ONNX type of each tensor that has a narrow type (narrow_types.h).
  // `sizes` has the values with sizes that are known only when the model runs. An operand that is a sequence
  // is one of `sequences`.
  NodeConverter(OnnxFile& file, graph::Graph& graph, const onnx::NodeProto& node, std::optional<graph::Op> op,
                ValueIds inputs, int64_t opset, const std::set<std::string>& used,
                const std::map<std::string, int>& narrow, RunTimeSizes& sizes, Sequences& sequences,
                const BodyImporter& import_body);

  const int64_t opset;
  graph::Graph& graph;
  Sequences& sequences;

  // Returns the operator of the graph that the node becomes. Its row in operators.cc must have one.
  graph::Op op() const { return *op_; }

  // These give the node and its operands. Operand `input` is absent if it is beyond the last one or left out;
  // In then returns kNone. InValue and InShape need an operand that is present.
  const onnx::NodeProto& proto() const { return node_; }
  size_t num_inputs() const { return inputs_.size(); }
  bool Has(size_t input) const { return input < inputs_.size() && inputs_[input] != graph::kNone; }
  graph::ValueId In(size_t input) const { return Has(input) ? inputs_[input] : graph::kNone; }
  const graph::Value& InValue(size_t input) const { return graph.value(inputs_[input]); }
  const graph::Shape& InShape(size_t input) const { return InValue(input).shape; }

  // Returns the narrow type that the operand has in the file, or null if it has none.
  const NarrowType* Narrow(size_t input) const;
  // Says which narrow type output `output` has, or null for none. Otherwise it has the type of the first
  // operand, if both are computed in the same type.
  void SetNarrow(int output, const NarrowType* type) { narrow_outputs_[output] = type; }
  const NarrowType* NarrowOutput(int output, graph::ValueId value) const;
  // Whether SetNarrow was called for the output. Its numbers then are in the range of the type.
  bool HasSetNarrow(int output) const { return narrow_outputs_.count(output) > 0; }

  // Returns the dimension of the operand, or of a value, whose size is known only when the model runs, or
  // null if there is none. Operators take such operands only if run_time_sizes.cc lists them.
  const RunTimeSize* SizeOf(size_t input) const { return Has(input) ? SizeOfValue(inputs_[input]) : nullptr; }
  const RunTimeSize* SizeOfValue(graph::ValueId value) const;
  const RunTimeSizes& sizes() const { return sizes_; }
  // Says that a value has such a dimension. If another size is computed in the same way, that one is used, so
  // that equal sizes are the same value.
  void SetSize(graph::ValueId value, RunTimeSize size);
  // Returns the first entries of a dimension, as many as `count` says, which is an int64 scalar. If it is not
  // constant, the value keeps its shape and gets a run-time size.
  absl::StatusOr<graph::ValueId> WithSize(graph::ValueId value, int64_t dim, graph::ValueId count);
  // Returns operand `input` with `number` in the elements that do not exist, or the operand itself if its
  // size is known.
  graph::ValueId Masked(Expression& e, size_t input, double number) const;
  // Whether the node becomes one elementwise operator of the graph.
  bool IsElementwise() const { return op_ && graph::IsElementwise(*op_); }

  // Whether the output is read. An output that nothing reads need not be computed.
  bool Wants(int output) const;

  // These return an attribute, or `absent` if the node does not have it. CheckAttributes (attributes.h)
  // has checked their types.
  bool HasAttribute(absl::string_view name) const { return Find(name) != nullptr; }
  int64_t Int(absl::string_view name, int64_t absent) const;
  double Float(absl::string_view name, double absent) const;
  std::string String(absl::string_view name, absl::string_view absent) const;
  std::optional<std::vector<int64_t>> Ints(absl::string_view name) const;
  std::vector<double> Floats(absl::string_view name) const;
  std::vector<std::string> Strings(absl::string_view name) const;
  // Adds the nodes of the graph that an attribute holds, as BodyImporter says. Result `first` of the body and
  // those behind it are outputs of this node, and have the narrow types that the body declares.
  absl::StatusOr<ValueIds> ImportBody(absl::string_view name, const ValueIds& inputs, int first = 0);
  // Adds the tensor of an attribute to the graph as a constant. Output 0 gets its narrow type, or none.
  absl::StatusOr<graph::ValueId> Tensor(absl::string_view name);

  // Returns the numbers of an operand that must be known when the model is compiled. Returns
  // Unimplemented if the operand is computed when the model runs.
  absl::StatusOr<std::vector<int64_t>> ConstantInts(size_t input) const;
  absl::StatusOr<std::vector<double>> ConstantFloats(size_t input) const;
  // Returns the operand, which must be one number, as a scalar. Returns InvalidArgument if it is not one
  // number.
  absl::StatusOr<graph::ValueId> ScalarOperand(size_t input);

  // Returns InvalidArgument unless the operand broadcasts to `shape` without making it larger. Most operators
  // broadcast both ways. Where ONNX lets only one operand grow, the graph would not notice the difference.
  absl::Status CheckBroadcastsTo(size_t input, const graph::Shape& shape) const;

  // Return an axis, or axes, counted from the start. ONNX allows -rank to rank - 1. Return
  // InvalidArgument if one is out of range.
  static absl::StatusOr<int64_t> Axis(int64_t axis, size_t rank);
  static absl::StatusOr<std::vector<int64_t>> Axes(std::vector<int64_t> axes, size_t rank);
  // Returns the axes that were an attribute in old opsets and are operand `input` in new ones. Returns
  // nullopt if the node has neither.
  absl::StatusOr<std::optional<std::vector<int64_t>>> AttributeOrOperand(absl::string_view name,
                                                                         size_t input) const;

  // These add operators under this node's name. Reshape and Slice return the value itself if they would
  // change nothing.
  absl::StatusOr<graph::ValueId> Add(graph::Op op, ValueIds operands, graph::Attributes attributes = {});
  absl::StatusOr<graph::ValueId> Reshape(graph::ValueId value, graph::Shape shape);
  absl::StatusOr<graph::ValueId> Slice(graph::ValueId value, std::vector<int64_t> starts,
                                       std::vector<int64_t> steps, graph::Shape shape);
  // These add constants: one number of the type of `like`, and a tensor of int64.
  graph::ValueId Number(graph::ValueId like, double number) {
    return graph.AddScalar(graph.value(like).type, number);
  }
  graph::ValueId Integers(absl::Span<const int64_t> numbers, graph::Shape shape);

 private:
  const onnx::AttributeProto* Find(absl::string_view name) const;
  // Returns an operand that must be known when the model is compiled.
  absl::StatusOr<const graph::Value*> KnownOperand(size_t input) const;

  OnnxFile& file_;
  const onnx::NodeProto& node_;
  const std::optional<graph::Op> op_;
  const ValueIds inputs_;
  const std::set<std::string>& used_;
  const std::map<std::string, int>& narrow_;
  std::map<int, const NarrowType*> narrow_outputs_;
  RunTimeSizes& sizes_;
  const BodyImporter& import_body_;
  const std::string name_;
};

// Returns the outputs of a node that has a single output.
absl::StatusOr<ValueIds> One(absl::StatusOr<graph::ValueId> value);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_NODE_CONVERTER_H_
