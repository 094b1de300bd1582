#include "compiler/graph/program.h"

#include "absl/strings/ascii.h"

namespace diapason::compiler::graph {

std::string Identifier(absl::string_view name) {
  std::string identifier;
  for (char c : name) identifier += absl::ascii_isalnum(c) ? c : '_';
  if (identifier.empty() || absl::ascii_isdigit(identifier[0])) identifier.insert(0, "model_");
  return identifier;
}

std::vector<int> WorkloadWeights(const Program& program) {
  std::vector<int> weights(program.workloads.size(), 0);
  for (const Call& call : program.calls) {
    if (!call.portable) ++weights[call.workload];
  }
  return weights;
}

}  // namespace diapason::compiler::graph
