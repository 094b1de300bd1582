// The linalg operations of a workload, and which of their dimensions belong together. Private to
// compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_PAYLOAD_GRAPH_H_
#define DIAPASON_COMPILER_SPACE_PAYLOAD_GRAPH_H_

#include <vector>

#include "compiler/space/loop_nest.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/BuiltinOps.h"

namespace diapason::compiler::space {

struct PayloadGraph {
  std::vector<mlir::linalg::LinalgOp> ops;  // in the order of the text
  // The operations whose loop nests are traced. So far this is one operation: the one with the most
  // iterations. Of several it is the sketch's anchor if that is one of them, and otherwise the last.
  std::vector<int> nest_ops;

  // Dimension d of operation o has the class classes[o][d]. Dimensions that index the same axis of one tensor
  // have the same class.
  std::vector<std::vector<int>> classes;
  int num_classes = 0;

  // If a step tiles dimension d of operation o and fuses its producers, it also tiles dimension
  // nest_dims[n][o][d] of operation nest_ops[n], or none if that is -1. nest_dims[n][o] is empty if that
  // operation is not a producer of o.
  std::vector<std::vector<std::vector<int>>> nest_dims;

  // Returns the position of `op` in `ops`, or -1.
  int IndexOf(mlir::Operation* op) const;
};

// Returns the graph of `payload`. It has no operations if `payload` has no linalg operation of static shape.
PayloadGraph MakePayloadGraph(mlir::ModuleOp payload, mlir::Operation* anchor);

// Returns how the operation indexes its operands. Arguments with the attribute `diapason.constant` are
// constants.
std::vector<OperandAccess> OperandsOf(mlir::linalg::LinalgOp op);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_PAYLOAD_GRAPH_H_
