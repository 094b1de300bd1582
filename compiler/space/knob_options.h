// The values that a transform.tune.knob may take. Private to compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_KNOB_OPTIONS_H_
#define DIAPASON_COMPILER_SPACE_KNOB_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace diapason::compiler::space {

// Integers and booleans (0, 1); nothing for other attributes.
std::optional<int64_t> IntegerOf(mlir::Attribute attribute);

// `options` is a list of integers, or Lighthouse's dictionary {lower_bound, upper_bound, divisible_by,
// divides}: the values from lower_bound (1 where absent) to upper_bound (`divides` where absent) that are
// multiples of divisible_by and divide `divides`. InvalidArgument: neither, or more than 65,536 values.
absl::StatusOr<std::vector<int64_t>> KnobOptions(mlir::Attribute options);

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_KNOB_OPTIONS_H_
