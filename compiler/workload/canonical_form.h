// Rewrites a function on tensors into the canonical form that workload.h describes. MakeWorkload uses it.
#ifndef DIAPASON_COMPILER_WORKLOAD_CANONICAL_FORM_H_
#define DIAPASON_COMPILER_WORKLOAD_CANONICAL_FORM_H_

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace diapason::compiler::workload {

// Registers the dialects that a workload may use.
void RegisterWorkloadDialects(mlir::DialectRegistry& registry);

// Rewrites the module in place and returns its function. A module that is already canonical does not
// change. Fails if the module is not a valid workload; the context's diagnostics say why.
mlir::FailureOr<mlir::func::FuncOp> ToCanonicalForm(mlir::ModuleOp module);

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_CANONICAL_FORM_H_
