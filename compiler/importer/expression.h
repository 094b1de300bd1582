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

  graph::ValueId operator()(graph::Op op, ValueIds operands, graph::Attributes attributes = {}) {
    if (!status_.ok()) return operands[0];
    absl::StatusOr<graph::ValueId> value = node_.Add(op, operands, std::move(attributes));
    if (value.ok()) return *value;
    status_ = value.status();
    return operands[0];
  }
  // Adds a constant of the type of `like`.
  graph::ValueId Number(graph::ValueId like, double number) { return node_.Number(like, number); }
  // Returns `value` as the node's only output, or the first error.
  absl::StatusOr<ValueIds> Result(graph::ValueId value) const {
    if (!status_.ok()) return status_;
    return ValueIds{value};
  }

 private:
  NodeConverter& node_;
  absl::Status status_;
};

// Returns Unimplemented if the node's first operand does not have float elements. Functions that use
// fractions call this, because a fraction would be 0 as an integer.
absl::Status CheckFloats(const NodeConverter& node);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_EXPRESSION_H_
