// When two slices of a tensor are the same one, decided cheaply.
#ifndef DIAPASON_COMPILER_TRANSFORM_COMPARE_SLICES_H_
#define DIAPASON_COMPILER_TRANSFORM_COMPARE_SLICES_H_

namespace mlir {
class DialectRegistry;
}  // namespace mlir

namespace diapason::compiler::transform {

// MLIR's model of tensor slices solves a system of constraints for every offset, size and stride that it
// compares. This one answers the same and solves only where the numbers as they are written do not decide.
// The first model that is registered for an operation stays: call this before MLIR's own registration.
void RegisterSliceComparison(mlir::DialectRegistry& registry);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_COMPARE_SLICES_H_
