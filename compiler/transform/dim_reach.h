// Finds what belongs to one dimension of a linalg operation: the loops of its neighbours that run along it,
// and the axes of tensors that these loops index. The steps that split a dimension work on them.
#ifndef DIAPASON_COMPILER_TRANSFORM_DIM_REACH_H_
#define DIAPASON_COMPILER_TRANSFORM_DIM_REACH_H_

#include <string>
#include <utility>

#include "llvm/ADT/SetVector.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace diapason::compiler::transform {

class DimReach {
 public:
  // Collects the loops and axes that loop `dim` of `op` reaches. If it returns false, they cannot be split,
  // and why() says why.
  bool ReachLoop(mlir::linalg::GenericOp op, unsigned dim);

  // The reached loops, each with its operation.
  const llvm::SetVector<std::pair<mlir::Operation*, unsigned>>& loops() const { return loops_; }
  // The reached axes, each with its tensor.
  const llvm::SetVector<std::pair<mlir::Value, unsigned>>& axes() const { return axes_; }
  // Returns the reached axis of a tensor, or nullopt if it has none.
  std::optional<unsigned> AxisOf(mlir::Value tensor) const;
  const std::string& why() const { return why_; }

 private:
  bool Fail(llvm::StringRef why);
  bool ReachAxis(mlir::Value value, unsigned axis);
  bool ReachUse(mlir::linalg::GenericOp op, mlir::OpOperand& operand, unsigned axis);

  llvm::SetVector<std::pair<mlir::Operation*, unsigned>> loops_;
  llvm::SetVector<std::pair<mlir::Value, unsigned>> axes_;
  std::string why_;
};

// Cuts a reached dimension of `extent` iterations into its first `at` iterations and the rest. The operations
// themselves become those of the first part; new operations behind them compute the rest. Tensors at the
// boundary get slices, and buffers get subviews, so that no data moves. Returns the operation that computes
// the rest of `op`.
mlir::linalg::GenericOp CutDim(mlir::linalg::GenericOp op, const DimReach& reach, int64_t at, int64_t extent);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_DIM_REACH_H_
