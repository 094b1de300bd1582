// The table of the ONNX operators that the importer supports.
#ifndef DIAPASON_COMPILER_IMPORTER_OPERATORS_H_
#define DIAPASON_COMPILER_IMPORTER_OPERATORS_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "compiler/importer/node_converter.h"

namespace diapason::compiler::importer {

// One row of the table.
struct OnnxOperator {
  absl::string_view name;  // for domains other than ONNX's with the domain: "com.microsoft.Gelu"
  // Adds the node to the graph and returns its results. Returns InvalidArgument if the node is not valid, and
  // Unimplemented if it uses something that is not supported.
  absl::StatusOr<ValueIds> (*convert)(NodeConverter&);
  int least_inputs;  // how many operands the node must have at least
  // What NodeConverter::op() returns. Only functions that convert several operators need it.
  std::optional<graph::Op> op;
};

// Returns all rows.
absl::Span<const OnnxOperator> OnnxOperators();

// Returns the operator's row, or null if the operator is not supported. The domain of ONNX's own operators is
// "".
const OnnxOperator* FindOnnxOperator(absl::string_view domain, absl::string_view name);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_OPERATORS_H_
