// The operators of ONNX that import supports.
#ifndef DIAPASON_COMPILER_IMPORT_OPERATORS_H_
#define DIAPASON_COMPILER_IMPORT_OPERATORS_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "compiler/importer/node_converter.h"

namespace diapason::compiler::importer {

struct OnnxOperator {
  absl::string_view name;
  absl::StatusOr<ValueIds> (*convert)(NodeConverter&);
  int least_inputs;  // so many operands must be there
  std::optional<graph::Op>
      op;  // what NodeConverter::op() returns, for functions that convert several operators
};

absl::Span<const OnnxOperator> OnnxOperators();

// Null if the operator is not supported.
const OnnxOperator* FindOnnxOperator(absl::string_view name);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORT_OPERATORS_H_
