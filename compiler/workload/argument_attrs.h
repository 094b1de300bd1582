// Attributes of the arguments of a workload (workload.h says what they mean) and of a kernel.
#ifndef DIAPASON_COMPILER_WORKLOAD_ARGUMENT_ATTRS_H_
#define DIAPASON_COMPILER_WORKLOAD_ARGUMENT_ATTRS_H_

#include "llvm/ADT/StringRef.h"

namespace diapason::compiler::workload {

inline constexpr llvm::StringRef kConstantAttr = "diapason.constant";
inline constexpr llvm::StringRef kZeroAttr = "diapason.zero";
inline constexpr llvm::StringRef kBoundAttr = "diapason.bound";
// Of a kernel's functions only, behind the workload's own arguments: a constant that `prepare` packs.
inline constexpr llvm::StringRef kPackedAttr = "diapason.packed";

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_ARGUMENT_ATTRS_H_
