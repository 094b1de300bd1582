#include "compiler/workload/diagnostics.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/MLIRContext.h"

namespace diapason::compiler::workload {
namespace {

constexpr size_t kMessageLimit = 400;
constexpr size_t kTextLimit = 1600;  // an Outcome's message has at most 2,000 characters

std::string LocationText(mlir::Location location) {
  if (auto file = location->findInstanceOf<mlir::FileLineColLoc>()) {
    return absl::StrCat(absl::string_view(file.getFilename().data(), file.getFilename().size()), ":",
                        file.getLine(), ":", file.getColumn());
  }
  return "";
}

// Returns at most `limit` characters and an ellipsis. Each sequence of blanks and line breaks becomes one
// blank.
std::string OneLine(absl::string_view text, size_t limit) {
  std::string line;
  for (char c : text) {
    if (absl::ascii_isspace(c)) {
      if (!line.empty() && line.back() != ' ') line += ' ';
    } else {
      line += c;
    }
    if (line.size() >= limit) return line + " ...";
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace

DiagnosticCollector::DiagnosticCollector(mlir::MLIRContext* context)
    : handler_(context, [this](mlir::Diagnostic& diagnostic) {
        if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error) return mlir::success();
        Append(diagnostic);
        for (const mlir::Diagnostic& note : diagnostic.getNotes()) Append(note);
        return mlir::success();
      }) {}

void DiagnosticCollector::Append(const mlir::Diagnostic& diagnostic) {
  if (text_.size() >= kTextLimit) return;
  const std::string where = LocationText(diagnostic.getLocation());
  absl::StrAppend(&text_, text_.empty() ? "" : "; ", where, where.empty() ? "" : ": ",
                  OneLine(diagnostic.str(), kMessageLimit));
}

std::string DiagnosticCollector::Text(absl::string_view fallback) const {
  return text_.empty() ? std::string(fallback) : OneLine(text_, kTextLimit);
}

}  // namespace diapason::compiler::workload
