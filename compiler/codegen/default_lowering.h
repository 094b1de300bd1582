// What a script may leave undone, done in the plainest sound way: after it, a kernel is loops on buffers.
#ifndef DIAPASON_COMPILER_CODEGEN_DEFAULT_LOWERING_H_
#define DIAPASON_COMPILER_CODEGEN_DEFAULT_LOWERING_H_

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

namespace diapason::compiler::codegen {

// Keeps its pass pipelines between calls. Same thread as the context, which outlives it.
class DefaultLowering {
 public:
  explicit DefaultLowering(mlir::MLIRContext* context);

  // Tensors become buffers; linalg ops and copies become loops of scalars; an scf.forall that is no stage of
  // the kernel becomes scf.for; the kernel is cut into stages (passes.h). With an empty script this is the
  // reference.
  mlir::LogicalResult Run(mlir::ModuleOp module);

 private:
  mlir::PassManager clean_up_;
  mlir::PassManager outline_;
};

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_DEFAULT_LOWERING_H_
