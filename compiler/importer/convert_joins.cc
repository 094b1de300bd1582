// Converts Concat.
#include "absl/strings/str_cat.h"
#include "compiler/importer/converters.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {

absl::StatusOr<ValueIds> ConvertConcat(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                            NodeConverter::Axis(node.Int("axis", 1), node.InShape(0).size()));
  ValueIds parts;
  for (size_t i = 0; i < node.num_inputs(); ++i) {
    if (!node.Has(i)) return absl::InvalidArgumentError(absl::StrCat("operand ", i, " is missing"));
    parts.push_back(node.In(i));
  }
  if (parts.size() == 1) return parts;
  return One(node.Add(graph::Op::kConcat, parts, {{"axis", axis}}));
}

}  // namespace diapason::compiler::importer
