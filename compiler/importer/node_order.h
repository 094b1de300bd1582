// Sorts the nodes of an ONNX graph so that each one comes after those that it reads from. ONNX demands
// such an order, but some exporters write another one, and other run-times accept it.
#ifndef DIAPASON_COMPILER_IMPORTER_NODE_ORDER_H_
#define DIAPASON_COMPILER_IMPORTER_NODE_ORDER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "onnx/onnx_pb.h"

namespace diapason::compiler::importer {

// Returns what messages call a node: its name or, if it has none, the name of its first output.
std::string NodeName(const onnx::NodeProto& node);

// Returns the names that the node reads: its operands, and what its bodies (the graphs in its
// attributes) read from outside of them.
std::vector<std::string> NamesRead(const onnx::NodeProto& node);

// Returns the nodes in order. They point into `graph`, and keep the file's order where possible.
// Operands that nothing produces are not checked here. Returns InvalidArgument with the names if two
// nodes, inputs or initializers produce a tensor of the same name (only an input and its default, an
// initializer, may share one), or if nodes read each other's results in a cycle.
absl::StatusOr<std::vector<const onnx::NodeProto*>> NodesInOrder(const onnx::GraphProto& graph);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_NODE_ORDER_H_
