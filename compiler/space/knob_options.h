// Reads the values that a transform.tune.knob may take. Private to compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_KNOB_OPTIONS_H_
#define DIAPASON_COMPILER_SPACE_KNOB_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace diapason::compiler::space {

// Returns the value of an integer or boolean (0 or 1) attribute, and nullopt for others.
std::optional<int64_t> IntegerOf(mlir::Attribute attribute);

// Returns the values of `options`, which is a list of integers or a dictionary, as LLVM's Lighthouse
// project uses it: {lower_bound, upper_bound, divisible_by, divides}. A dictionary stands for the values
// from lower_bound (by default 1) to upper_bound (by default `divides`) that are multiples of divisible_by
// and divide `divides`. InvalidArgument: `options` is neither, or has no value or more than 65,536 values.
absl::StatusOr<std::vector<int64_t>> KnobOptions(mlir::Attribute options);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_KNOB_OPTIONS_H_
