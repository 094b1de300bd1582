#include "compiler/transform/step_parameters.h"

#include "mlir/IR/BuiltinAttributes.h"

namespace diapason::compiler::transform {

std::optional<int64_t> IntegerOf(const mlir::transform::TransformState& state, mlir::Value parameter) {
  const llvm::ArrayRef<mlir::Attribute> values = state.getParams(parameter);
  if (values.size() != 1) return std::nullopt;
  auto number = llvm::dyn_cast<mlir::IntegerAttr>(values.front());
  return number ? std::optional<int64_t>(number.getInt()) : std::nullopt;
}

}  // namespace diapason::compiler::transform
