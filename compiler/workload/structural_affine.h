// Affine maps and integer sets as the structural form (structural_form.h) writes them: in a normal form that
// does not depend on how MLIR orders or simplifies an expression.
#ifndef DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_AFFINE_H_
#define DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_AFFINE_H_

#include <string>

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/IntegerSet.h"

namespace diapason::compiler::workload {

// "2*d1+d2+-1".
std::string AffineText(mlir::AffineExpr expression);

// "map(3,0)(d0,2*d1+d2)".
std::string AffineMapText(mlir::AffineMap map);

// "set(1,1)(d0>=0,d0+-1*s0==0)".
std::string IntegerSetText(mlir::IntegerSet set);

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_AFFINE_H_
