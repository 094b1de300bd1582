// The linalg operations of a workload, and which of their loops belong together. Private to compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_PAYLOAD_GRAPH_H_
#define DIAPASON_COMPILER_SPACE_PAYLOAD_GRAPH_H_

#include <vector>

#include "compiler/space/loop_nest.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/BuiltinOps.h"

namespace diapason::compiler::space {

struct PayloadGraph {
  std::vector<mlir::linalg::LinalgOp> ops;  // in the order of the text
  // The operations whose loop nests are traced: today one, that with the most iterations; where several have
  // as many, the sketch's anchor, else the last one.
  std::vector<int> nest_ops;

  // Operation o's dim d runs along class classes[o][d]: dims that index the same axis of one tensor are of
  // one class.
  std::vector<std::vector<int>> classes;
  int num_classes = 0;

  // Tiling dim d of operation o, with its producers fused, tiles dim nest_dims[n][o][d] of operation
  // nest_ops[n], or none (-1). Empty if that operation is not a producer of o.
  std::vector<std::vector<std::vector<int>>> nest_dims;

  int IndexOf(mlir::Operation* op) const;
};

// A graph without operations where `payload` holds no linalg op of static shape.
PayloadGraph MakePayloadGraph(mlir::ModuleOp payload, mlir::Operation* anchor);

// How the operation indexes its operands; constants are arguments with `diapason.constant`.
std::vector<OperandAccess> OperandsOf(mlir::linalg::LinalgOp op);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_PAYLOAD_GRAPH_H_
