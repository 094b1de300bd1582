// The nodes of an ONNX graph, each behind those that it reads from. ONNX wants files to be in such an order
// already, but some exporters write others, and other run-times take them.
#ifndef DIAPASON_COMPILER_IMPORT_NODE_ORDER_H_
#define DIAPASON_COMPILER_IMPORT_NODE_ORDER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "onnx/onnx_pb.h"

namespace diapason::compiler::importer {

// What messages call a node: its name, or its first output where it has none.
std::string NodeName(const onnx::NodeProto& node);

// Nodes keep the file's order where it serves; they point into `graph`. Operands that nothing makes are no
// concern of this function. InvalidArgument: two nodes, inputs or initializers make a tensor of the same name
// (an initializer may be the default of an input), or nodes read each other's results in a circle; the
// message has the names.
absl::StatusOr<std::vector<const onnx::NodeProto*>> NodesInOrder(const onnx::GraphProto& graph);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORT_NODE_ORDER_H_
