#include "tuner/cli/explain_module.h"

#include "absl/strings/str_cat.h"
#include "compiler/transform/registration.h"
#include "compiler/workload/parse_module.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"

namespace diapason::tuner {

absl::StatusOr<std::string> ExplainModule(absl::string_view payload, absl::string_view script) {
  mlir::DialectRegistry registry;
  compiler::transform::RegisterDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  mlir::OpBuilder builder(&context);
  mlir::OwningOpRef<mlir::ModuleOp> outer(mlir::ModuleOp::create(builder.getUnknownLoc()));
  const auto add = [&](absl::string_view text, llvm::StringRef name) -> absl::StatusOr<mlir::ModuleOp> {
    mlir::OwningOpRef<mlir::ModuleOp> module =
        compiler::workload::ParseModule(text, absl::string_view(name.data(), name.size()), &context);
    if (!module) return absl::InvalidArgumentError(absl::StrCat("the ", name.str(), " is not valid MLIR"));
    mlir::ModuleOp released = module.release();
    released.setSymName(name);
    outer->push_back(released);
    return released;
  };
  auto root = add(payload, "payload");
  if (!root.ok()) return root.status();
  (*root)->setAttr("transform.target_tag", builder.getStringAttr("payload"));
  auto schedule = add(script, "schedule");
  if (!schedule.ok()) return schedule.status();
  schedule->setVisibility(mlir::SymbolTable::Visibility::Private);
  std::string text;
  llvm::raw_string_ostream stream(text);
  outer->print(stream);
  stream << "\n";
  return text;
}

}  // namespace diapason::tuner
