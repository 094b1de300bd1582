// A workload is an MLIR function on tensors in destination-passing style, together with a description of it.
//
// Every workload, from a model or from a user's file, is rewritten into this canonical form:
//
//   func.func @workload(%arg0: tensor<1x58x58x64xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>},
//                       %arg1: tensor<64x64x3x3xf32> {diapason.constant},
//                       %arg2: tensor<64xf32> {diapason.constant},
//                       %arg3: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> {
//     %e = tensor.empty() : tensor<1x56x56x64xf32>
//     %init = linalg.generic {... bias broadcast, or a constant ...} outs(%e)
//     %acc = linalg.generic {... the anchor: all loops of the operator ...} ins(%arg0, %arg1) outs(%init)
//     %out = linalg.generic {... exactly one elementwise epilogue, which may be the identity ...}
//            ins(%acc) outs(%arg3)
//     return %out : tensor<1x56x56x64xf32>
//   }
//
// - The arguments are inputs and constants in any order, and then one destination for each result. A
//   destination whose old value the epilogue's body reads is IN_OUT: a residual is stored there.
// - `diapason.constant` says that the argument has the same bytes at every call, so that `prepare` may pack
//   it. It has the layout in which the model stores it.
// - `diapason.zero = array<i64: low0, high0, low1, high1, ...>` says how many elements at both ends of each
//   dimension are known to be zero (a halo).
// - `diapason.bound = N : i64` says that the integers lie in [0, N).
// - `diapason.strict` on an operation says that it must not be computed by an algorithm that multiplies
//   rounding errors.
// - Element types are f32, i8, i32 and i64; booleans are i8. Shapes are static. linalg ops are
//   linalg.generic. Strides do not belong to a workload: the memory plan gives them to each use of a
//   kernel.
// - Fast-math flags are `contract` in reductions, whose rounding a schedule may choose, and in elementwise
//   ops that have it in the text, and `nsz` on arith.maximumf and arith.minimumf. All other flags are
//   removed, because infinities and NaN must be computed correctly.
#ifndef DIAPASON_COMPILER_WORKLOAD_WORKLOAD_H_
#define DIAPASON_COMPILER_WORKLOAD_WORKLOAD_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::compiler::workload {

// Parses a module with one public function, rewrites it into the canonical form and fills in every field.
// Named linalg ops become generic ones, results that have no destination get one, and names and the order
// of attributes are normalized. The id is the hash of the structural form (structural_form.h). It does not
// depend on names and notation, but computations that are equal for other reasons may have different ids.
// InvalidArgument: the text is not valid MLIR or not a workload, or has an attribute that the structural
// form does not support; the message has MLIR's text and the line.
absl::StatusOr<v1::Workload> MakeWorkload(absl::string_view mlir, absl::string_view summary = "");

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_WORKLOAD_H_
