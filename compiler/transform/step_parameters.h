// Reads the parameters of a step.
#ifndef DIAPASON_COMPILER_TRANSFORM_STEP_PARAMETERS_H_
#define DIAPASON_COMPILER_TRANSFORM_STEP_PARAMETERS_H_

#include <cstdint>
#include <optional>

#include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.h"

namespace diapason::compiler::transform {

// Returns the value of a parameter, or nullopt if it is not exactly one integer. A sketch may pass any
// list of attributes.
std::optional<int64_t> IntegerOf(const mlir::transform::TransformState& state, mlir::Value parameter);

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_STEP_PARAMETERS_H_
