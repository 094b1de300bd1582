#include "compiler/graph/program.h"

namespace diapason::compiler {

std::vector<int> WorkloadWeights(const Program& program) {
  std::vector<int> weights(program.workloads.size(), 0);
  for (const Call& call : program.calls) ++weights[call.workload];
  return weights;
}

}  // namespace diapason::compiler
