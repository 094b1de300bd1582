// MLIR's diagnostics as one line of text for a Status or an Outcome.
#ifndef DIAPASON_COMPILER_WORKLOAD_DIAGNOSTICS_H_
#define DIAPASON_COMPILER_WORKLOAD_DIAGNOSTICS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "mlir/IR/Diagnostics.h"

namespace mlir {
class MLIRContext;
}

namespace diapason::compiler::workload {

// Collects what a context reports while it lives, innermost handler first. Errors and their notes only; each
// is cut short (notes print whole functions), and so is the sum. Same thread as the context.
class DiagnosticCollector {
 public:
  explicit DiagnosticCollector(mlir::MLIRContext* context);

  // "FILE:LINE:COLUMN: message; FILE:LINE:COLUMN: note", on one line; `fallback` where nothing was reported.
  std::string Text(absl::string_view fallback) const;

 private:
  void Append(const mlir::Diagnostic& diagnostic);

  std::string text_;
  mlir::ScopedDiagnosticHandler handler_;
};

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_DIAGNOSTICS_H_
