// Reductions: what each kind starts from, how it takes in one more element, and how it ends; as numbers, for
// folding, and in MLIR.
//
// Integers wrap around, and their mean and L2 norm are cut off towards zero. A reduction of no elements gives
// what the kind starts from (0, 1, the lowest or the highest number), and the mean of no elements is NaN.
#ifndef DIAPASON_COMPILER_GRAPH_REDUCTION_H_
#define DIAPASON_COMPILER_GRAPH_REDUCTION_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "compiler/graph/element_ops.h"

namespace diapason::compiler::graph {

Scalar ReductionStart(Reduction kind, v1::ElementType type);
// Sums of floats are kept in double precision, and leave the range where those of float32 do.
Scalar ReductionStep(Reduction kind, v1::ElementType type, const Scalar& sum, const Scalar& x);
// `count`: how many elements were taken in. Integers: at least one for a Mean.
Scalar ReductionEnd(Reduction kind, v1::ElementType type, const Scalar& sum, int64_t count);

// The lines of a linalg body that compute `%sum` of `%old` and the element `%x0`.
std::string ReductionStepText(Reduction kind, v1::ElementType type);
// The lines that compute `%end` of the sum `%x0`, where `count` is the number of elements as a constant of
// the type. Empty: the sum is the result already.
std::string ReductionEndText(Reduction kind, v1::ElementType type, absl::string_view count);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_REDUCTION_H_
