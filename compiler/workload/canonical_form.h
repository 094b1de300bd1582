// The rewriting half of MakeWorkload, on MLIR: any function on tensors to the canonical form of workload.h.
#ifndef DIAPASON_COMPILER_WORKLOAD_CANONICAL_FORM_H_
#define DIAPASON_COMPILER_WORKLOAD_CANONICAL_FORM_H_

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace diapason::compiler::workload {

// The dialects that a workload may use.
void RegisterWorkloadDialects(mlir::DialectRegistry& registry);

// Rewrites the module in place and returns its one function; already canonical modules stay as they are.
// Failure: it is no workload; the context's diagnostics say why.
mlir::FailureOr<mlir::func::FuncOp> ToCanonicalForm(mlir::ModuleOp module);

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_CANONICAL_FORM_H_
