// A graph to a Program: kernels become workload texts and calls, layouts become views.
#ifndef DIAPASON_COMPILER_GRAPH_CUT_H_
#define DIAPASON_COMPILER_GRAPH_CUT_H_

#include "absl/status/statusor.h"
#include "compiler/graph/graph.h"
#include "compiler/graph/program.h"

namespace diapason::compiler {

// Simplifies the graph, fuses, plans layouts, cuts. Unimplemented: an operator on shapes that have no workload.
absl::StatusOr<Program> CutIntoProgram(Graph graph);

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_GRAPH_CUT_H_
