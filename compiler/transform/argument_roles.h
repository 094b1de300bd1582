// What a value is, as far as the function's arguments say: where it comes from and what is known about that
// argument. Works on tensors, on tensors that view buffers (bufferization.to_tensor) and on buffers.
#ifndef DIAPASON_COMPILER_TRANSFORM_ARGUMENT_ROLES_H_
#define DIAPASON_COMPILER_TRANSFORM_ARGUMENT_ROLES_H_

#include <cstdint>
#include <optional>

#include "compiler/workload/argument_attrs.h"  // IWYU pragma: export
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "mlir/IR/Value.h"

namespace diapason::compiler::transform {

// The function argument that `value` is, or views (through slices, reshapes and to_tensor); null otherwise.
mlir::BlockArgument FindArgument(mlir::Value value);

// Whether the function argument has a unit attribute of that name.
bool HasArgumentAttr(mlir::BlockArgument argument, llvm::StringRef name);

// Where a slice begins in its argument along one axis: `fixed` + the sum of `dynamic`, in elements. An
// element at position p of the slice is `step` * p further.
struct SliceStart {
  mlir::BlockArgument argument;
  unsigned axis = 0;  // of the argument
  int64_t fixed = 0;
  int64_t step = 1;
  llvm::SmallVector<mlir::Value> dynamic;
};

// Nothing where `value` does not come from an argument by slices (of any rank, along axes that are not
// dropped).
std::optional<SliceStart> FindSliceStart(mlir::Value value, unsigned axis);

// Elements of an axis outside [low, high) are known to be zero. Nothing where the argument says nothing about
// it.
struct NonZeroRange {
  int64_t low = 0;
  int64_t high = 0;
};
std::optional<NonZeroRange> FindNonZeroRange(mlir::BlockArgument argument, unsigned axis);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_ARGUMENT_ROLES_H_
