// What an MLIRContext of Diapason knows: every dialect, interface and transform step that workloads, sketches
// and the lowering use, ours included. Nothing registers itself; whoever makes a context calls these.
#ifndef DIAPASON_COMPILER_TRANSFORM_REGISTRATION_H_
#define DIAPASON_COMPILER_TRANSFORM_REGISTRATION_H_

namespace mlir {
class DialectRegistry;
}  // namespace mlir

namespace diapason::compiler::transform {

// Adds the dialects, their interfaces and transform extensions, and the translation to LLVM IR. Dialects are
// loaded when first used, so this costs well under a millisecond.
void RegisterDialects(mlir::DialectRegistry& registry);

// Only our transform operations (transform.diapason.*).
void RegisterTransformOps(mlir::DialectRegistry& registry);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_REGISTRATION_H_
