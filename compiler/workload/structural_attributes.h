// Writes types and attributes for the structural form (structural_form.h).
#ifndef DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_ATTRIBUTES_H_
#define DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_ATTRIBUTES_H_

#include <string>

#include "llvm/ADT/ArrayRef.h"
#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Types.h"
#include "mlir/Support/LLVM.h"

namespace diapason::compiler::workload {

// Whether the text has the sizes of tensors and vectors.
enum class Sizes {
  kKept,
  kLeftOut,  // every extent of a tensor or vector type is written as "?"
};

// Appends the type to `text`. Fails if the form does not have such a type.
mlir::LogicalResult AppendType(mlir::Type type, Sizes sizes, std::string& text);

// Appends the attribute to `text`. Fails if the form does not have such an attribute.
mlir::LogicalResult AppendAttribute(mlir::Attribute attribute, Sizes sizes, std::string& text);

// Appends "{name=attribute,...}", sorted by name. Fails if the form does not have one of the attributes;
// `refused` is then set to the first such attribute.
mlir::LogicalResult AppendAttributes(llvm::ArrayRef<mlir::NamedAttribute> attributes, Sizes sizes,
                                     std::string& text, mlir::NamedAttribute* refused = nullptr);

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_ATTRIBUTES_H_
