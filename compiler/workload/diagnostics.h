// Turns MLIR's diagnostics into one line of text for a Status or an Outcome.
#ifndef DIAPASON_COMPILER_WORKLOAD_DIAGNOSTICS_H_
#define DIAPASON_COMPILER_WORKLOAD_DIAGNOSTICS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "mlir/IR/Diagnostics.h"

namespace mlir {
class MLIRContext;
}

namespace diapason::compiler::workload {

// Collects the errors that a context reports during this object's life, with their notes. If several of
// these exist, the newest receives the errors. Each message is shortened, because notes print whole
// functions, and so is their sum. It must be used on the context's thread.
class DiagnosticCollector {
 public:
  // `context` must outlive this object.
  explicit DiagnosticCollector(mlir::MLIRContext* context);

  // Returns "FILE:LINE:COLUMN: message; FILE:LINE:COLUMN: note" on one line, or `fallback` if nothing was
  // reported.
  std::string Text(absl::string_view fallback) const;

 private:
  void Append(const mlir::Diagnostic& diagnostic);

  std::string text_;
  mlir::ScopedDiagnosticHandler handler_;
};

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_DIAGNOSTICS_H_
