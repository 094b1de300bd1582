// Turns a graph into a Program: kernels become workload texts and calls, and the layout becomes buffers
// and views.
#ifndef DIAPASON_COMPILER_GRAPH_PARTITION_H_
#define DIAPASON_COMPILER_GRAPH_PARTITION_H_

#include "absl/status/statusor.h"
#include "compiler/graph/graph.h"
#include "compiler/graph/program.h"

namespace diapason::compiler::graph {

// Simplifies the graph, fuses its operators into kernels, plans where values lie, and writes the
// kernels' workloads. Returns Unimplemented if the shapes of an operator have no workload.
absl::StatusOr<Program> PartitionGraph(Graph graph);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_PARTITION_H_
