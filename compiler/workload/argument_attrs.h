// Attributes of a workload's arguments; workload.h says what they mean.
#ifndef DIAPASON_COMPILER_WORKLOAD_ARGUMENT_ATTRS_H_
#define DIAPASON_COMPILER_WORKLOAD_ARGUMENT_ATTRS_H_

#include "llvm/ADT/StringRef.h"

namespace diapason::compiler {

inline constexpr llvm::StringRef kConstantAttr = "diapason.constant";
inline constexpr llvm::StringRef kZeroAttr = "diapason.zero";
inline constexpr llvm::StringRef kBoundAttr = "diapason.bound";

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_WORKLOAD_ARGUMENT_ATTRS_H_
