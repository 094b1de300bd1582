// The attributes of the arguments of workloads and kernels. workload.h says what they mean.
#ifndef DIAPASON_COMPILER_WORKLOAD_ARGUMENT_ATTRS_H_
#define DIAPASON_COMPILER_WORKLOAD_ARGUMENT_ATTRS_H_

#include "llvm/ADT/StringRef.h"

namespace diapason::compiler::workload {

inline constexpr llvm::StringRef kConstantAttr = "diapason.constant";
inline constexpr llvm::StringRef kZeroAttr = "diapason.zero";
inline constexpr llvm::StringRef kBoundAttr = "diapason.bound";
// Marks an argument that only a kernel's functions have, after the workload's own arguments: a constant that
// `prepare` packs.
inline constexpr llvm::StringRef kPackedAttr = "diapason.packed";

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_ARGUMENT_ATTRS_H_
