// Runs a Program call by call with reference kernels, on buffers of its own. This checks what
// partitioning promises (views, borders, places that are taken over) before any tuning and any memory
// plan.
#ifndef DIAPASON_TESTS_COMPILER_GRAPH_PROGRAM_EXECUTOR_H_
#define DIAPASON_TESTS_COMPILER_GRAPH_PROGRAM_EXECUTOR_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/graph/program.h"

namespace diapason::compiler::graph {

// `inputs` and the result are the bytes of the tensors: dense, in the model's order of dimensions.
// Behind the outputs are the program's sizes, if there are any.
absl::StatusOr<std::vector<std::string>> ExecuteProgram(const Program& program,
                                                        const std::vector<std::string>& inputs);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_TESTS_COMPILER_GRAPH_PROGRAM_EXECUTOR_H_
