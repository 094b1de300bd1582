// Parses MLIR text that comes from users or from another process. All such text must be parsed by this
// function or be checked by ReasonNotToParse first, because MLIR's parser is recursive and has no limits:
// some texts of a few kilobytes overflow its stack or keep it busy for hours.
#ifndef DIAPASON_COMPILER_WORKLOAD_PARSE_MODULE_H_
#define DIAPASON_COMPILER_WORKLOAD_PARSE_MODULE_H_

#include "absl/strings/string_view.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace diapason::compiler::workload {

// Returns why MLIR's parser must not be given `text`, or an empty string if it can be. The reasons are
// brackets that are nested deeper than 200 levels, an index expression with more than 200 operators, and a
// word or number with more than 4,096 characters.
absl::string_view ReasonNotToParse(absl::string_view text);

// Parses and verifies `text`. Returns null, with a diagnostic that has `name` as the file's name, if
// ReasonNotToParse gives a reason or if the text is not valid MLIR.
mlir::OwningOpRef<mlir::ModuleOp> ParseModule(absl::string_view text, absl::string_view name,
                                              mlir::MLIRContext* context);

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_PARSE_MODULE_H_
