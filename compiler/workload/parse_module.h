// The one door for MLIR text that users bring or that comes from another process. MLIR's parser is recursive
// and has no limits of its own: some texts of a few kilobytes overflow its stack or keep it busy for hours.
#ifndef DIAPASON_COMPILER_WORKLOAD_PARSE_MODULE_H_
#define DIAPASON_COMPILER_WORKLOAD_PARSE_MODULE_H_

#include "absl/strings/string_view.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace diapason::compiler::workload {

// Why MLIR should not be asked to parse `text`; empty: nothing stands against it. Brackets nested deeper than
// kMaxNesting, an index expression of more than kMaxNesting operators, a word or number of more than 4,096
// characters.
absl::string_view WhyNotParsed(absl::string_view text);

// Null, with a diagnostic that names `name`, where the text is one of those, does not parse, or does not
// verify.
mlir::OwningOpRef<mlir::ModuleOp> ParseModule(absl::string_view text, absl::string_view name,
                                              mlir::MLIRContext* context);

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_PARSE_MODULE_H_
