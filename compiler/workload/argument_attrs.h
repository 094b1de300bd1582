// The attributes of workloads and kernels, and of their arguments. workload.h says what they mean.
#ifndef DIAPASON_COMPILER_WORKLOAD_ARGUMENT_ATTRS_H_
#define DIAPASON_COMPILER_WORKLOAD_ARGUMENT_ATTRS_H_

#include "llvm/ADT/StringRef.h"

namespace diapason::compiler::workload {

// Says that the argument has the same bytes at every call.
inline constexpr llvm::StringRef kConstantAttr = "diapason.constant";
// Says how many elements at both ends of each dimension are known to be zero.
inline constexpr llvm::StringRef kZeroAttr = "diapason.zero";
// Says that the argument's integers lie in [0, N).
inline constexpr llvm::StringRef kBoundAttr = "diapason.bound";
// Marks an argument that only a kernel's functions have, after the workload's own arguments: a constant that
// `prepare` packs.
inline constexpr llvm::StringRef kPackedAttr = "diapason.packed";
// Says that an operation must not be computed by an algorithm that multiplies rounding errors.
inline constexpr llvm::StringRef kStrictAttr = "diapason.strict";

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_ARGUMENT_ATTRS_H_
