// A workload: an MLIR function on tensors in destination-passing style, and what can be read from its text.
//
// The canonical form, which every producer (model import, a user's file) is brought to:
//
//   func.func @workload(%arg0: tensor<1x58x58x64xf32> {diapason.zero = array<i64: 0, 0, 1, 1, 1, 1, 0, 0>},
//                       %arg1: tensor<64x64x3x3xf32> {diapason.constant},
//                       %arg2: tensor<64xf32> {diapason.constant},
//                       %arg3: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> {
//     %e = tensor.empty() : tensor<1x56x56x64xf32>
//     %init = linalg.generic {... bias broadcast, or a constant ...} outs(%e)
//     %acc = linalg.generic {... the anchor: all loops of the operator ...} ins(%arg0, %arg1) outs(%init)
//     %out = linalg.generic {... exactly one elementwise epilogue, an identity where there is none ...}
//            ins(%acc) outs(%arg3)
//     return %out : tensor<1x56x56x64xf32>
//   }
//
// - Arguments: inputs and constants in any order, then one destination for each result. A destination whose
// old value
//   the epilogue's body reads is IN_OUT: the residual's place.
// - `diapason.constant`: the same bytes at every call; `prepare` may pack it. It lies as the model stores it.
// - `diapason.zero = array<i64: low0, high0, low1, high1, ...>`: elements at the ends of each dimension that
// are known
//   to be zero (a halo).
// - `diapason.bound = N : i64`: integers lie in [0, N).
// - Element types f32, i8, i32, i64; booleans are i8. Shapes are static. linalg ops are linalg.generic.
//   Strides are no part of it: an instance of a kernel gets them from the memory plan.
// - Fastmath flags: `contract` in reductions, whose rounding is the schedule's choice, and in elementwise ops
//   where the text has it; `nsz` on arith.maximumf and arith.minimumf. All others are dropped: infinities and
//   NaN count.
#ifndef DIAPASON_COMPILER_WORKLOAD_WORKLOAD_H_
#define DIAPASON_COMPILER_WORKLOAD_WORKLOAD_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/workload.pb.h"

namespace diapason::compiler::workload {

// Parses a module with one public function, brings it to the canonical form (named linalg ops become generic
// ones, destinations are added for results that have none, names and order of attributes are normalised) and
// fills in every field. The id is the hash of the structural form (structural_form.h): names and the way of
// writing do not matter, but computations that are equal for other reasons may have different ids.
// InvalidArgument: it does not parse, or is not a workload, or has an attribute that the structural form does
// not have; the message has MLIR's own text and line.
absl::StatusOr<v1::Workload> MakeWorkload(absl::string_view mlir, absl::string_view summary = "");

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_WORKLOAD_H_
