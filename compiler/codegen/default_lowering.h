// Completes what a script has left undone, in the plainest way that is correct. Afterwards a kernel
// consists of loops on buffers.
#ifndef DIAPASON_COMPILER_CODEGEN_DEFAULT_LOWERING_H_
#define DIAPASON_COMPILER_CODEGEN_DEFAULT_LOWERING_H_

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

namespace diapason::compiler::codegen {

// Keeps its pass pipelines between calls. It must be used on the thread of its context, which must outlive
// it.
class DefaultLowering {
 public:
  explicit DefaultLowering(mlir::MLIRContext* context);

  // Tensors become buffers. linalg operations and copies become loops on scalars. An scf.forall that is not a
  // stage of the kernel becomes scf.for loops. Then the kernel is cut into stages (passes.h). Applied to a
  // workload that no script has transformed, this makes the reference kernel. Fails with a diagnostic.
  mlir::LogicalResult Run(mlir::ModuleOp module);

 private:
  mlir::PassManager clean_up_;
  mlir::PassManager outline_;
};

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_DEFAULT_LOWERING_H_
