#include "compiler/space/script.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "compiler/workload/diagnostics.h"
#include "compiler/workload/parse_module.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "mlir/AsmParser/AsmParser.h"

namespace diapason::compiler::space {
namespace {

// Returns the end of the last token in text[begin, end), without the blanks and comments after it.
size_t EndOfTokens(absl::string_view text, size_t begin, size_t end) {
  size_t last = begin;
  for (size_t i = begin; i < end; ++i) {
    if (text[i] == '"') {
      for (++i; i < end && text[i] != '"'; ++i) i += text[i] == '\\';
    } else if (text.substr(i, 2) == "//") {
      i = std::min(text.find('\n', i), end);
      continue;
    } else if (absl::ascii_isspace(text[i])) {
      continue;
    }
    last = std::min(i + 1, end);
  }
  return last;
}

// Replaces old names by their current ones. Tuning logs hold sketches that were written before some names
// changed.
std::string WithCurrentNames(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"transform.diapason.vectors_to_rows", "transform.diapason.unroll_vectors_to_1d"},
             {"diapason.prefer", "diapason.cost"}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Script>> Script::Parse(mlir::MLIRContext* context, absl::string_view name,
                                                      absl::string_view text, bool verify) {
  if (const absl::string_view why = workload::ReasonNotToParse(text); !why.empty())
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", why));
  auto script = std::unique_ptr<Script>(new Script(WithCurrentNames(text)));
  workload::DiagnosticCollector diagnostics(context);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBuffer(script->text_, llvm::StringRef(name.data(), name.size())),
      llvm::SMLoc());
  mlir::ParserConfig config(context, verify);
  if (mlir::failed(mlir::parseAsmSourceFile(sources, &script->block_, config, &script->positions_))) {
    return absl::InvalidArgumentError(diagnostics.Text(absl::StrCat(name, ": this is not valid MLIR")));
  }
  if (!llvm::hasSingleElement(script->block_) || !llvm::isa<mlir::ModuleOp>(script->block_.front())) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, ": a script must be one module: `module attributes {transform.with_named_sequence} { ... }`"));
  }
  return script;
}

mlir::transform::NamedSequenceOp Script::main() const {
  return mlir::dyn_cast_or_null<mlir::transform::NamedSequenceOp>(mlir::SymbolTable::lookupSymbolIn(
      module(), mlir::transform::TransformDialect::kTransformEntryPointSymbolName));
}

TextRange Script::RangeOf(llvm::SMRange range) const {
  return {static_cast<size_t>(range.Start.getPointer() - text_.data()),
          static_cast<size_t>(range.End.getPointer() - text_.data())};
}

TextRange Script::RangeOf(mlir::Operation* op, bool with_results) const {
  const mlir::AsmParserState::OperationDefinition* definition = positions_.getOpDef(op);
  TextRange range = RangeOf(definition->scopeLoc);
  range.end = EndOfTokens(text_, range.begin, range.end);
  if (with_results && !definition->resultGroups.empty()) {
    range.begin = RangeOf(definition->resultGroups.front().definition.loc).begin;
  }
  return range;
}

TextRange Script::RangeWithComments(mlir::Operation* op) const {
  TextRange range = RangeOf(op, /*with_results=*/true);
  const absl::string_view text = text_;
  while (true) {
    const size_t line = text.rfind('\n', range.begin) + 1;  // 0 if there is no line break
    if (line < 2) return range;
    const size_t above = text.rfind('\n', line - 2) + 1;
    const absl::string_view comment = absl::StripLeadingAsciiWhitespace(text.substr(above, line - 1 - above));
    if (comment.substr(0, 2) != "//") return range;
    range.begin = static_cast<size_t>(comment.data() - text.data());
  }
}

absl::string_view Script::TextOf(TextRange range) const {
  return absl::string_view(text_).substr(range.begin, range.end - range.begin);
}

std::string LocationOf(mlir::Operation* op) {
  if (auto file = op->getLoc()->findInstanceOf<mlir::FileLineColLoc>()) {
    return absl::StrCat(absl::string_view(file.getFilename().data(), file.getFilename().size()), ":",
                        file.getLine());
  }
  return op->getName().getStringRef().str();
}

std::string TextEdits::ApplyTo(absl::string_view text) {
  std::sort(edits_.begin(), edits_.end(),
            [](const Edit& a, const Edit& b) { return a.range.begin < b.range.begin; });
  std::string result;
  size_t at = 0;
  for (const Edit& edit : edits_) {
    absl::StrAppend(&result, text.substr(at, edit.range.begin - at), edit.by);
    at = edit.range.end;
  }
  absl::StrAppend(&result, text.substr(at));
  return result;
}

}  // namespace diapason::compiler::space
