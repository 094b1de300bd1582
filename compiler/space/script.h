// A parsed transform script, with its text and the position of every operation in it. Linking and rendering
// edit that text, so that the author's names, layout and comments stay. Private to compiler/space.
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

// The part [begin, end) of a text, in bytes.
struct TextRange {
  size_t begin = 0;
  size_t end = 0;
};

class Script {
 public:
  // `text` may use old names of operations and attributes; text() has the current ones. `name` is the
  // file's name in messages. Without `verify`, the script may use symbols that it does not define.
  // InvalidArgument: the text is not valid MLIR or not one module; the message has MLIR's text and the
  // line.
  static absl::StatusOr<std::unique_ptr<Script>> Parse(mlir::MLIRContext* context, absl::string_view name,
                                                       absl::string_view text, bool verify = true);

  mlir::ModuleOp module() const { return *block_.getOps<mlir::ModuleOp>().begin(); }
  const std::string& text() const { return text_; }
  const mlir::AsmParserState& positions() const { return positions_; }

  // Returns the sequence that the interpreter starts with, or null if there is none.
  mlir::transform::NamedSequenceOp main() const;

  // Returns the range from the operation's name, or from the name of its first result, to its last character.
  TextRange RangeOf(mlir::Operation* op, bool with_results) const;
  TextRange RangeOf(llvm::SMRange range) const;
  // Returns the range of the operation with its results, and with the comment lines directly above it.
  TextRange RangeWithComments(mlir::Operation* op) const;
  absl::string_view TextOf(TextRange range) const;

 private:
  explicit Script(std::string text) : text_(std::move(text)) {}

  std::string text_;
  mutable mlir::Block block_;
  mlir::AsmParserState positions_;
};

// Returns file and line of the operation, for example "sketch.mlir:12".
std::string LocationOf(mlir::Operation* op);

// Collects replacements for ranges of a text. The ranges must not overlap.
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
