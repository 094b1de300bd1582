// Registers every dialect, interface and transform operation that workloads, sketches and the lowering use,
// also ours. Nothing registers itself: code that makes an MLIRContext must call these functions.
#ifndef DIAPASON_COMPILER_TRANSFORM_REGISTRATION_H_
#define DIAPASON_COMPILER_TRANSFORM_REGISTRATION_H_

namespace mlir {
class DialectRegistry;
}  // namespace mlir

namespace diapason::compiler::transform {

// Adds the dialects, their interfaces and transform extensions, and the translation to LLVM IR. This takes
// much less than a millisecond, because dialects are loaded when they are first used.
void RegisterDialects(mlir::DialectRegistry& registry);

// Adds only our transform operations (transform.diapason.*).
void RegisterTransformOps(mlir::DialectRegistry& registry);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_REGISTRATION_H_
