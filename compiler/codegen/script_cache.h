// Keeps parsed scripts, because a search builds many schedules of one sketch.
#ifndef DIAPASON_COMPILER_CODEGEN_SCRIPT_CACHE_H_
#define DIAPASON_COMPILER_CODEGEN_SCRIPT_CACHE_H_

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace diapason::compiler::codegen {

// Rendered schedules of one sketch differ only in numbers: the values of knobs and parameters, and the
// selected regions. Such a script is parsed once, and for the next schedule the numbers are set as
// attributes. Used by the thread of its context, which must outlive it.
class ScriptCache {
 public:
  explicit ScriptCache(mlir::MLIRContext* context) : context_(context) {}

  // Returns the module that `text` is. It is valid until the next call, and must not be changed. Returns
  // null, with a diagnostic, if the text is not valid MLIR.
  mlir::ModuleOp Parse(absl::string_view text);

 private:
  struct Entry {
    std::optional<std::string> text_without_numbers;  // absent if it cannot be used for other numbers
    mlir::OwningOpRef<mlir::ModuleOp> module;
    std::vector<mlir::Operation*> ops;  // those that hold the numbers, in the order of the text
  };

  // Returns false, with a diagnostic, if a number is not valid.
  static bool SetNumbers(Entry& entry, llvm::ArrayRef<int64_t> numbers);

  mlir::MLIRContext* context_;
  std::list<Entry> entries_;  // the last used is the first
};

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_SCRIPT_CACHE_H_
