#include "compiler/workload/workload.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "compiler/workload/canonical_form.h"
#include "compiler/workload/describe.h"
#include "compiler/workload/diagnostics.h"
#include "compiler/workload/parse_module.h"
#include "compiler/workload/structural_form.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "proto/base/content_hash.h"

namespace diapason::compiler::workload {

absl::StatusOr<v1::Workload> MakeWorkload(absl::string_view mlir, absl::string_view summary) {
  mlir::DialectRegistry registry;
  RegisterWorkloadDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
  DiagnosticCollector diagnostics(&context);
  const auto invalid = [&](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("workload: ", diagnostics.Text(what)));
  };
  mlir::OwningOpRef<mlir::ModuleOp> module = ParseModule(mlir, "workload", &context);
  if (!module) return invalid("the text is not valid MLIR");
  mlir::FailureOr<mlir::func::FuncOp> func = ToCanonicalForm(*module);
  if (failed(func)) return invalid("the function cannot be rewritten into the canonical form");
  if (failed(mlir::verify(*module))) return invalid("the function in canonical form is not valid MLIR");
  const mlir::FailureOr<std::string> form = StructuralForm(*func, Sizes::kKept);
  const mlir::FailureOr<std::string> structure = StructuralForm(*func, Sizes::kLeftOut);
  if (failed(form) || failed(structure)) return invalid("the function has no structural form");

  v1::Workload workload;
  llvm::raw_string_ostream(*workload.mutable_text()) << **module;
  workload.set_id(ContentHash(*form));
  workload.set_structure_id(ContentHash(*structure));
  Describe(*func, workload);
  workload.set_summary(summary.empty() ? Summarise(*func) : std::string(summary));
  return workload;
}

}  // namespace diapason::compiler::workload
