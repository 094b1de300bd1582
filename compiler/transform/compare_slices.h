// Decides cheaply whether two slices of a tensor are the same slice, or have no element in common.
#ifndef DIAPASON_COMPILER_TRANSFORM_COMPARE_SLICES_H_
#define DIAPASON_COMPILER_TRANSFORM_COMPARE_SLICES_H_

namespace mlir {
class DialectRegistry;
}  // namespace mlir

namespace diapason::compiler::transform {

// Registers a faster comparison of slices, for slices of tensors and for vectors that are read from tensors
// or written to them. MLIR's own solves a system of constraints for every offset, size and stride that it
// compares. This one gives the same answers, but first compares the numbers as they are written. The first
// model that is registered for an operation stays, so call this before MLIR's own registration.
void RegisterSliceComparison(mlir::DialectRegistry& registry);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_COMPARE_SLICES_H_
