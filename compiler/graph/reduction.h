// Reductions: what each kind starts from, how it adds one more element, and how it computes the result
// at the end. Each step exists as numbers, for folding constants, and as MLIR.
//
// Integers wrap around; their mean and L2 norm are rounded towards zero. A reduction of no elements
// gives the number that its kind starts from (0, 1, the lowest or the highest number), and the mean of
// no elements is NaN.
#ifndef DIAPASON_COMPILER_GRAPH_REDUCTION_H_
#define DIAPASON_COMPILER_GRAPH_REDUCTION_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "compiler/graph/element_ops.h"

namespace diapason::compiler::graph {

// Returns the number that a reduction starts from.
Scalar ReductionStart(Reduction kind, v1::ElementType type);
// Returns the reduction of `sum`, which stands for the elements so far, and one more element. Sums of
// floats are kept in double precision until ReductionEnd rounds them. A square that overflows in float32
// overflows here, too.
Scalar ReductionStep(Reduction kind, v1::ElementType type, const Scalar& sum, const Scalar& x);
// Returns the result of a reduction over `count` elements. For a mean of integers, `count` must be at
// least 1.
Scalar ReductionEnd(Reduction kind, v1::ElementType type, const Scalar& sum, int64_t count);

// Returns the lines of a linalg body that compute `%sum` from `%old` and the element `%x0`.
std::string ReductionStepText(Reduction kind, v1::ElementType type);
// Returns the lines that compute the result `%end` from the sum `%x0`. `count` is the number of elements
// as a constant of the type. Returns an empty string if the sum is the result already.
std::string ReductionEndText(Reduction kind, v1::ElementType type, absl::string_view count);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_REDUCTION_H_
