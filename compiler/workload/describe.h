// The reading half of MakeWorkload: what a Workload message says besides the text itself.
#ifndef DIAPASON_COMPILER_WORKLOAD_DESCRIBE_H_
#define DIAPASON_COMPILER_WORKLOAD_DESCRIBE_H_

#include <string>

#include "diapason/v1/workload.pb.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace diapason::compiler::workload {

// Fills in arguments, extents, flops and constant_bytes from a function in canonical form.
void Describe(mlir::func::FuncOp func, v1::Workload& workload);

// One line for people, from the structure.
std::string Summarise(mlir::func::FuncOp func);

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_DESCRIBE_H_
