#include "compiler/importer/sequences.h"

#include "absl/strings/match.h"

namespace diapason::compiler::importer {

bool TakesSequences(absl::string_view operator_name) {
  return absl::StartsWith(operator_name, "Sequence") || absl::StartsWith(operator_name, "Optional") ||
         operator_name == "ConcatFromSequence" || operator_name == "Identity" || operator_name == "Loop";
}

}  // namespace diapason::compiler::importer
