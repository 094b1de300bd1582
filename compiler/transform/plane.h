// The plane of an elementwise operation: the two loops that run along memory. Kernels that move data are fast
// if they work on tiles of this plane, whatever the operation's rank is. The steps match_plane and
// tile_plane use it, and so does the symbolic trace of compiler/space.
#ifndef DIAPASON_COMPILER_TRANSFORM_PLANE_H_
#define DIAPASON_COMPILER_TRANSFORM_PLANE_H_

#include <cstdint>
#include <optional>

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace diapason::compiler::transform {

// Two loops of an operation, by their numbers.
struct Plane {
  // The loop that indexes the last axis of the result.
  int64_t columns = 0;
  // The loop that indexes the last axis of a transposed input. Without such an input, the loop of the
  // result's next axis with more than one element, or -1 if there is none.
  int64_t rows = -1;
  // Whether an input is transposed: the columns index one of its axes, but not the last one.
  bool transposed = false;
};

// Returns the plane of an operation whose loops are all parallel, whose result has one axis for each loop,
// and whose inputs have at most one axis for each loop. Returns nullopt for other operations, for those
// without loops or with dynamic shapes, and for those whose body does more than compute on elements, such
// as reading a table. If several inputs are transposed, the one with the most axes decides, or the first of
// these. So the tiles of an operation have the same plane.
std::optional<Plane> PlaneOf(mlir::linalg::LinalgOp op);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_PLANE_H_
