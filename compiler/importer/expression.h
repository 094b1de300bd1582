// Builds expressions of several operators. Most of ONNX's elementwise functions become such expressions.
#ifndef DIAPASON_COMPILER_IMPORTER_EXPRESSION_H_
#define DIAPASON_COMPILER_IMPORTER_EXPRESSION_H_

#include <utility>

#include "compiler/importer/node_converter.h"

namespace diapason::compiler::importer {

// Adds operators without a check after every step. After the first error it adds nothing more, and
// Result returns the error.
class Expression {
 public:
  // `node` must outlive the expression.
  explicit Expression(NodeConverter& node) : node_(node) {}

  graph::ValueId operator()(graph::Op op, ValueIds operands, graph::Attributes attributes = {});
  // Adds a constant of the type of `like`.
  graph::ValueId Number(graph::ValueId like, double number) { return node_.Number(like, number); }
  graph::ValueId ToInt64(graph::ValueId value);
  // Adds a reduction over these axes, which stay as dimensions of size 1.
  graph::ValueId Reduce(graph::ValueId value, std::vector<int64_t> axes, graph::Reduction kind);
  // Makes indices that count from the end of a dimension of this extent count from its start.
  graph::ValueId FromStart(graph::ValueId indices, int64_t extent);
  // Adds the int64 numbers 0, 1, ... along one axis of a tensor of this rank; all other extents are 1.
  graph::ValueId Positions(size_t rank, int64_t axis, int64_t extent);
  const graph::Shape& ShapeOf(graph::ValueId value) const { return node_.graph.value(value).shape; }

  // These add views of `value`. Part takes `count` elements along an axis, from `start` on; with step -1, it
  // goes backwards.
  graph::ValueId Reshape(graph::ValueId value, graph::Shape shape);
  graph::ValueId Part(graph::ValueId value, int64_t axis, int64_t start, int64_t count, int64_t step = 1);
  graph::ValueId Transpose(graph::ValueId value, std::vector<int64_t> perm);
  graph::ValueId Expand(graph::ValueId value, graph::Shape shape);
  // Joins the parts along an axis. A single part is returned as it is.
  graph::ValueId Concat(ValueIds parts, int64_t axis);

  // After an error, the values that the functions above return mean nothing.
  const absl::Status& status() const { return status_; }
  // Returns `value` as the node's only output, or the first error.
  absl::StatusOr<ValueIds> Result(graph::ValueId value) const {
    if (!status_.ok()) return status_;
    return ValueIds{value};
  }

 private:
  // Returns the value or, after an error, which it notes, `otherwise`.
  graph::ValueId Keep(graph::ValueId otherwise, absl::StatusOr<graph::ValueId> value);

  NodeConverter& node_;
  absl::Status status_;
};

// Returns the integers `value` as numbers of the type: those beyond its range wrap around.
graph::ValueId Wrapped(Expression& e, graph::ValueId value, const NarrowType& type);

// Returns `value`, an output of type `type` that the node was converted to, as numbers of the type. Only
// arithmetic gives numbers beyond the range of its operands. So if no node from `first_node` on is arithmetic
// on integers, nothing is added.
absl::StatusOr<graph::ValueId> InRange(NodeConverter& node, graph::ValueId value, const NarrowType& type,
                                       graph::NodeId first_node);

// Returns Unimplemented if the node's first operand does not have float elements. Functions that use
// fractions call this, because a fraction would be 0 as an integer.
absl::Status CheckFloats(const NodeConverter& node);

// Returns `function(expression, operand)` as the node's only output, where the operand is the node's
// first one and must have float elements.
template <typename Function>
absl::StatusOr<ValueIds> OfFloats(NodeConverter& node, const Function& function) {
  if (absl::Status status = CheckFloats(node); !status.ok()) return status;
  Expression e(node);
  return e.Result(function(e, node.In(0)));
}

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_EXPRESSION_H_
