// Loops and vectors on buffers to the LLVM dialect.
#ifndef DIAPASON_COMPILER_CODEGEN_LOWERING_H_
#define DIAPASON_COMPILER_CODEGEN_LOWERING_H_

#include <memory>

#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Rewrite/FrozenRewritePatternSet.h"

namespace diapason::compiler::codegen {

// One greedy rewriting and one conversion with patterns that are frozen once: half the time of the stock
// passes one by one. Same thread as the context, which outlives it.
class Lowering {
 public:
  explicit Lowering(mlir::MLIRContext* context);

  // Functions take bare pointers for buffers.
  mlir::LogicalResult Run(mlir::ModuleOp module);

 private:
  mlir::LLVMTypeConverter types_;
  mlir::LLVMConversionTarget target_;
  mlir::FrozenRewritePatternSet simplify_;
  mlir::FrozenRewritePatternSet convert_;
};

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_LOWERING_H_
