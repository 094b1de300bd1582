// Lowers loops and vectors on buffers to the LLVM dialect.
#ifndef DIAPASON_COMPILER_CODEGEN_LOWERING_H_
#define DIAPASON_COMPILER_CODEGEN_LOWERING_H_

#include <memory>

#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Rewrite/FrozenRewritePatternSet.h"

namespace diapason::compiler::codegen {

// Runs one greedy rewriting and one conversion, with patterns that are frozen once. That takes half of the
// time of the stock passes, one after another. It must be used on the thread of its context, which must
// outlive it.
class Lowering {
 public:
  explicit Lowering(mlir::MLIRContext* context);

  // Functions pass buffers as bare pointers. Fails with a diagnostic.
  mlir::LogicalResult Run(mlir::ModuleOp module);

 private:
  mlir::LLVMTypeConverter types_;
  mlir::LLVMConversionTarget target_;
  mlir::FrozenRewritePatternSet simplify_;
  mlir::FrozenRewritePatternSet convert_;
};

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_LOWERING_H_
