// The classes of our transform operations. transform_ops.td says what each operation does.
#ifndef DIAPASON_COMPILER_TRANSFORM_TRANSFORM_OPS_H_
#define DIAPASON_COMPILER_TRANSFORM_TRANSFORM_OPS_H_

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Transform/IR/TransformDialect.h"
#include "mlir/Dialect/Transform/IR/TransformOps.h"
#include "mlir/Dialect/Transform/Interfaces/MatchInterfaces.h"
#include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.h"
#include "mlir/IR/RegionKindInterface.h"

#define GET_OP_CLASSES
#include "compiler/transform/transform_ops.h.inc"

#endif  // DIAPASON_COMPILER_TRANSFORM_TRANSFORM_OPS_H_
