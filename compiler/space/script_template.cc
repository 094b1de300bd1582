#include "compiler/space/script_template.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "compiler/space/knob_options.h"
#include "llvm/Support/raw_ostream.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::space {

using mlir::transform::tune::AlternativesOp;
using mlir::transform::tune::KnobOp;

// In the edited text a hole is written as kOpen NUMBER kClose, until the text is divided at the holes. No
// MLIR text contains these characters.
constexpr char kOpen = '\x01';
constexpr char kClose = '\x02';

class TemplateMaker {
 public:
  TemplateMaker(const Script& script, const SketchProgram& sketch) : script_(script), sketch_(sketch) {}

  absl::StatusOr<ScriptTemplate> Make() {
    for (KnobOp knob : sketch_.knobs) DIAPASON_RETURN_IF_ERROR(EditKnob(knob));
    for (const auto& [op, slot] : sketch_.choices) DIAPASON_RETURN_IF_ERROR(EditChoice(op, slot));
    for (mlir::Operation* op : sketch_.constraints_in_main)
      removed_.push_back(script_.RangeOf(op, /*with_results=*/true));
    for (mlir::Operation* op : sketch_.constraint_sequences) {
      removed_.push_back(LinesOf(op));
      edits_.Replace(removed_.back(), "");
    }
    for (mlir::Operation* op : sketch_.constraints_in_main) EditConstraint(op);
    return Cut(edits_.ApplyTo(script_.text()));
  }

 private:
  std::string NewHole(int slot, std::string suffix, std::map<int64_t, std::string> spellings = {}) {
    holes_.push_back({slot, std::move(spellings), std::move(suffix), ""});
    return absl::StrCat(std::string(1, kOpen), holes_.size() - 1, std::string(1, kClose));
  }

  // Returns the position after `NAME<"...">` in the text of an operation that begins with NAME.
  absl::StatusOr<size_t> EndOfName(mlir::Operation* op) {
    const absl::string_view text = script_.text();
    const TextRange range = script_.RangeOf(op, /*with_results=*/false);
    if (text[range.begin] == '"') {
      return absl::InvalidArgumentError(absl::StrCat(LocationOf(op), ": write ",
                                                     op->getName().getStringRef().str(),
                                                     " in its custom syntax, not in MLIR's generic one"));
    }
    size_t at = text.find('"', range.begin);
    if (at < range.end) {
      for (++at; at < range.end && text[at] != '"'; ++at) at += text[at] == '\\';
      at = text.find('>', std::min(at, range.end));
      if (at < range.end) return at + 1;
    }
    return Unreadable(op);
  }

  static absl::Status Unreadable(mlir::Operation* op) {
    return absl::InvalidArgumentError(
        absl::StrCat(LocationOf(op), ": write ", op->getName().getStringRef().str(),
                     " in the form that its documentation shows, without comments or attributes inside"));
  }

  absl::Status EditKnob(KnobOp op) {
    DIAPASON_ASSIGN_OR_RETURN(size_t begin, EndOfName(op));
    const size_t end = script_.text().find("options", begin);
    if (end >= script_.RangeOf(op, /*with_results=*/false).end) return Unreadable(op);
    std::map<int64_t, std::string> spellings;
    if (auto list = mlir::dyn_cast<mlir::ArrayAttr>(op.getOptions())) {
      for (mlir::Attribute option : list) {
        std::string& spelling = spellings[*IntegerOf(option)];
        if (spelling.empty()) llvm::raw_string_ostream(spelling) << option;
      }
    }
    const int slot = sketch_.slots.lookup(op.getResult());
    edits_.Replace({begin, end},
                   absl::StrCat(" = ", NewHole(slot, " : i64", std::move(spellings)), " from "));
    return absl::OkStatus();
  }

  absl::Status EditChoice(mlir::Operation* op, int slot) {
    DIAPASON_ASSIGN_OR_RETURN(size_t begin, EndOfName(op));
    size_t end = begin;
    if (mlir::cast<AlternativesOp>(op).getSelectedRegionAttr()) {
      const TextRange range = script_.RangeOf(op, /*with_results=*/false);
      const absl::string_view text = absl::string_view(script_.text()).substr(0, range.end);
      end = std::min(text.find('=', begin), text.size());
      while (end < text.size() && !absl::ascii_isdigit(text[end])) ++end;
      if (end == text.size()) return Unreadable(op);
      while (end < text.size() && absl::ascii_isdigit(text[end])) ++end;
    }
    edits_.Replace({begin, end}, absl::StrCat(" selected_region = ", NewHole(slot, "")));
    return absl::OkStatus();
  }

  // Returns the whole lines of an operation, with the comments and the blank line above it.
  TextRange LinesOf(mlir::Operation* op) {
    const absl::string_view text = script_.text();
    TextRange range = script_.RangeWithComments(op);
    const auto is_blank = [text](size_t begin, size_t end) {
      return absl::StripAsciiWhitespace(text.substr(begin, end - begin)).empty();
    };
    if (const size_t line = text.rfind('\n', range.begin) + 1; is_blank(line, range.begin)) {
      range.begin = line;
      const size_t above = line < 2 ? line : text.rfind('\n', line - 2) + 1;
      if (is_blank(above, line)) range.begin = above;
    }
    if (const size_t next = text.find('\n', range.end); next != text.npos && is_blank(range.end, next))
      range.end = next + 1;
    return range;
  }

  void EditConstraint(mlir::Operation* op) {
    const TextRange range = script_.RangeOf(op, /*with_results=*/true);
    const size_t line = script_.text().rfind('\n', range.begin) + 1;
    const std::string indent(range.begin - line, ' ');
    std::string constants;
    for (mlir::OpResult result : op->getResults()) {
      if (result.use_empty()) continue;
      std::string type;
      llvm::raw_string_ostream(type) << result.getType();
      absl::StrAppend(&constants, constants.empty() ? "" : absl::StrCat("\n", indent), NameOf(result),
                      " = transform.param.constant ", NewHole(sketch_.slots.lookup(result), " : i64"), " -> ",
                      type);
    }
    edits_.Replace(range, std::move(constants));
  }

  // Returns the result's name in the script. A result that is one of a group (`%a#1` of `%a:2`) gets a new
  // name, also at its uses.
  std::string NameOf(mlir::OpResult result) {
    const auto& groups = script_.positions().getOpDef(result.getOwner())->resultGroups;
    size_t g = 0;
    while (g + 1 < groups.size() && groups[g + 1].startIndex <= result.getResultNumber()) ++g;
    const std::string name(script_.TextOf(script_.RangeOf(groups[g].definition.loc)));
    const unsigned end =
        g + 1 < groups.size() ? groups[g + 1].startIndex : result.getOwner()->getNumResults();
    if (end - groups[g].startIndex == 1) return name;
    const unsigned index = result.getResultNumber() - groups[g].startIndex;
    std::string own = absl::StrCat(name, "_", index);
    while (absl::StrContains(script_.text(), own)) own += "_";
    for (llvm::SMRange use : groups[g].definition.uses) {
      const TextRange range = UseRange(use);
      unsigned used = 0;
      const absl::string_view text = script_.TextOf(range);
      if (size_t hash = text.find('#'); hash != absl::string_view::npos)
        (void)absl::SimpleAtoi(text.substr(hash + 1), &used);
      if (used == index && !IsRemoved(range)) edits_.Replace(range, own);
    }
    return own;
  }

  // Returns the range of a use. The range that the parser gives for `%a#1` ends before the number.
  TextRange UseRange(llvm::SMRange use) const {
    TextRange range = script_.RangeOf(use);
    const absl::string_view text = script_.text();
    if (range.end < text.size() && text[range.end] == '#') {
      ++range.end;
      while (range.end < text.size() && absl::ascii_isdigit(text[range.end])) ++range.end;
    }
    return range;
  }

  bool IsRemoved(TextRange range) const {
    for (const TextRange& removed : removed_) {
      if (removed.begin <= range.begin && range.end <= removed.end) return true;
    }
    return false;
  }

  ScriptTemplate Cut(const std::string& text) {
    ScriptTemplate result;
    size_t at = text.find(kOpen);
    result.text_before_ = text.substr(0, at);
    while (at != std::string::npos) {
      const size_t close = text.find(kClose, at), next = text.find(kOpen, close);
      int number = 0;
      (void)absl::SimpleAtoi(text.substr(at + 1, close - at - 1), &number);
      result.holes_.push_back(holes_[number]);
      result.holes_.back().text_after =
          text.substr(close + 1, next == std::string::npos ? next : next - close - 1);
      at = next;
    }
    return result;
  }

  const Script& script_;
  const SketchProgram& sketch_;
  TextEdits edits_;
  std::vector<ScriptTemplate::Hole> holes_;
  std::vector<TextRange> removed_;
};

absl::StatusOr<ScriptTemplate> ScriptTemplate::Make(const Script& script, const SketchProgram& sketch) {
  return TemplateMaker(script, sketch).Make();
}

std::string ScriptTemplate::Fill(absl::Span<const int64_t> slots) const {
  std::string text = text_before_;
  for (const Hole& hole : holes_) {
    const int64_t value = slots[hole.slot];
    auto spelling = hole.spellings.find(value);
    if (spelling != hole.spellings.end()) {
      absl::StrAppend(&text, spelling->second, hole.text_after);
    } else {
      absl::StrAppend(&text, value, hole.suffix, hole.text_after);
    }
  }
  return text;
}

}  // namespace diapason::compiler::space
