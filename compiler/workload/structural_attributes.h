// Types and attributes as the structural form (structural_form.h) writes them.
#ifndef DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_ATTRIBUTES_H_
#define DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_ATTRIBUTES_H_

#include <string>

#include "llvm/ADT/ArrayRef.h"
#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Types.h"
#include "mlir/Support/LLVM.h"

namespace diapason::compiler::workload {

enum class Sizes {
  kKept,
  kLeftOut,  // every extent of a tensor or vector type is "?"
};

// Appends the type to `text`. Failure: the form has no such type.
mlir::LogicalResult AppendType(mlir::Type type, Sizes sizes, std::string& text);

// Appends the attribute to `text`. Failure: the form has no such attribute.
mlir::LogicalResult AppendAttribute(mlir::Attribute attribute, Sizes sizes, std::string& text);

// Appends "{name=attribute,...}", sorted by name. Failure: the form has not all of them; `refused` is the
// first that it does not have.
mlir::LogicalResult AppendAttributes(llvm::ArrayRef<mlir::NamedAttribute> attributes, Sizes sizes,
                                     std::string& text, mlir::NamedAttribute* refused = nullptr);

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_ATTRIBUTES_H_
