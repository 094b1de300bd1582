// Computes the fields of a Workload message that describe its text. MakeWorkload uses it.
#ifndef DIAPASON_COMPILER_WORKLOAD_DESCRIBE_H_
#define DIAPASON_COMPILER_WORKLOAD_DESCRIBE_H_

#include <string>

#include "diapason/v1/workload.pb.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace diapason::compiler::workload {

// Fills in arguments, extents, flops and constant_bytes from a function in canonical form.
void Describe(mlir::func::FuncOp func, v1::Workload& workload);

// Returns one line for people that describes the function, such as "gemm 128x256x512 relu".
std::string Summarise(mlir::func::FuncOp func);

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_DESCRIBE_H_
