// Computes the elementwise operation behind a convolution where Winograd's algorithm has its outputs in
// registers. Private to compiler/transform.
#ifndef DIAPASON_COMPILER_TRANSFORM_WINOGRAD_CONSUMER_H_
#define DIAPASON_COMPILER_TRANSFORM_WINOGRAD_CONSUMER_H_

#include "compiler/transform/winograd_tiles.h"
#include "llvm/ADT/ArrayRef.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace diapason::compiler::transform {

// Returns the operation that alone reads the result of `conv`, whose loops are n, h, w, o, if it is
// elementwise and its body can be computed for vectors, or null.
mlir::linalg::GenericOp FindRowConsumer(mlir::linalg::GenericOp conv);

// Computes the consumer for a part of one row of the result of `conv`, and writes what it yields to
// `destination`, a later state of the consumer's own. `outputs` is a vector of columns x channels. `place`
// has the indices n, h, w, o of its first element. Returns the destination's new state.
mlir::Value ConsumeRow(mlir::RewriterBase& rewriter, TileLoops& loops, mlir::linalg::GenericOp consumer,
                       mlir::linalg::GenericOp conv, mlir::Value outputs, llvm::ArrayRef<mlir::Value> place,
                       mlir::Value destination);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_WINOGRAD_CONSUMER_H_
