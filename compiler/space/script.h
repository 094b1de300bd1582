// A transform script, parsed, with its own text and the place of every operation in it: what a script becomes
// (linked, rendered) is an edit of that text, so that its names, layout and comments stay. Private to
// compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_SCRIPT_H_
#define DIAPASON_COMPILER_SPACE_SCRIPT_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mlir/AsmParser/AsmParserState.h"
#include "mlir/Dialect/Transform/IR/TransformOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace diapason::compiler::space {

// [begin, end) of a text, in bytes.
struct TextRange {
  size_t begin = 0;
  size_t end = 0;
};

class Script {
 public:
  // `text` may use words that have been renamed since; text() has those of today. `name` stands for the file
  // in messages. `verify` off: symbols may be defined elsewhere.
  // InvalidArgument: it does not parse, or is not one module; the message has MLIR's own text and line.
  static absl::StatusOr<std::unique_ptr<Script>> Parse(mlir::MLIRContext* context, absl::string_view name,
                                                       absl::string_view text, bool verify = true);

  mlir::ModuleOp module() const { return *block_.getOps<mlir::ModuleOp>().begin(); }
  const std::string& text() const { return text_; }
  const mlir::AsmParserState& positions() const { return positions_; }

  // The sequence that the interpreter starts with; null where there is none.
  mlir::transform::NamedSequenceOp main() const;

  // From the operation's name, or the first of its results' names, to its last character.
  TextRange RangeOf(mlir::Operation* op, bool with_results) const;
  TextRange RangeOf(llvm::SMRange range) const;
  // From the first of the comment lines right above the operation, or its name, to its last character.
  TextRange RangeWithComments(mlir::Operation* op) const;
  absl::string_view TextOf(TextRange range) const;

 private:
  explicit Script(std::string text) : text_(std::move(text)) {}

  std::string text_;
  mutable mlir::Block block_;
  mlir::AsmParserState positions_;
};

// "sketch.mlir:12"
std::string LocationOf(mlir::Operation* op);

// A text with some ranges replaced. Ranges must not overlap.
class TextEdits {
 public:
  void Replace(TextRange range, std::string by) { edits_.push_back({range, std::move(by)}); }
  std::string ApplyTo(absl::string_view text);

 private:
  struct Edit {
    TextRange range;
    std::string by;
  };
  std::vector<Edit> edits_;
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_SCRIPT_H_
