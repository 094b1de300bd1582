// Writes affine maps and integer sets for the structural form (structural_form.h). The text does not depend
// on how MLIR orders or simplifies an expression.
#ifndef DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_AFFINE_H_
#define DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_AFFINE_H_

#include <string>

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/IntegerSet.h"

namespace diapason::compiler::workload {

// Returns for example "2*d1+d2+-1".
std::string AffineText(mlir::AffineExpr expression);

// Returns for example "map(3,0)(d0,2*d1+d2)".
std::string AffineMapText(mlir::AffineMap map);

// Returns for example "set(1,1)(d0>=0,d0+-1*s0==0)".
std::string IntegerSetText(mlir::IntegerSet set);

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_AFFINE_H_
