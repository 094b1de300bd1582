// Finds out from which argument of the function a value comes, and what is known about that argument. Works
// on tensors, on tensors that are views of buffers (bufferization.to_tensor) and on buffers.
#ifndef DIAPASON_COMPILER_TRANSFORM_ARGUMENT_ROLES_H_
#define DIAPASON_COMPILER_TRANSFORM_ARGUMENT_ROLES_H_

#include <cstdint>
#include <optional>

#include "compiler/workload/argument_attrs.h"  // IWYU pragma: export
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "mlir/IR/Value.h"

namespace diapason::compiler::transform {

// Returns the function argument that `value` is, or is a view of (through slices, reshapes and to_tensor),
// or null.
mlir::BlockArgument FindArgument(mlir::Value value);

// Returns whether the function argument has an attribute of that name.
bool HasArgumentAttr(mlir::BlockArgument argument, llvm::StringRef name);

// Where a slice begins in its argument along one axis. Element p of the slice is element `fixed` + the sum of
// `dynamic` + `step` * p of the argument.
struct SliceStart {
  mlir::BlockArgument argument;
  unsigned axis = 0;  // the axis of the argument
  // These are in elements of the argument.
  int64_t fixed = 0;
  int64_t step = 1;
  llvm::SmallVector<mlir::Value> dynamic;
};

// Returns where `value` begins along `axis`. Returns nullopt if `value` does not come from an argument by
// slices that keep this axis.
std::optional<SliceStart> FindSliceStart(mlir::Value value, unsigned axis);

// The part of an axis that may have elements other than zero.
struct NonZeroRange {
  // It is [low, high). All elements outside of it are known to be zero.
  int64_t low = 0;
  int64_t high = 0;
};
// Returns the range for an axis of the argument, or nullopt if no zeros are known.
std::optional<NonZeroRange> FindNonZeroRange(mlir::BlockArgument argument, unsigned axis);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_ARGUMENT_ROLES_H_
