#include "compiler/workload/parse_module.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "proto/base/nesting.h"

namespace diapason::compiler::workload {
namespace {

constexpr size_t kMaxWord = 4096;

// Says for each character whether it can be a part of a word. It is a table, because every character of
// every script is looked up.
constexpr std::array<bool, 256> kIsWord = [] {
  std::array<bool, 256> table{};
  for (unsigned char c :
       std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$%@#!^"))
    table[c] = true;
  return table;
}();

bool IsWord(char c) { return kIsWord[static_cast<unsigned char>(c)]; }

// Finds the longest word, and the largest number of operators in one index expression. An expression begins
// after an open bracket, a comma, a colon or an equals sign.
class Scanner {
 public:
  void Scan(absl::string_view text) {
    for (size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '"') {
        for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\';
      } else if (c == '/' && text.substr(i, 2) == "//") {
        i = std::min(text.find('\n', i), text.size());
      } else if (c == '-' && text.substr(i, 2) == "->") {
        ++i;
      } else if (IsWord(c)) {
        size_t end = i;
        while (end < text.size() && IsWord(text[end])) ++end;
        const absl::string_view word = text.substr(i, end - i);
        longest_word = std::max(longest_word, word.size());
        if (word == "floordiv" || word == "ceildiv" || word == "mod") Operator();
        i = end - 1;
      } else {
        Punctuation(c);
      }
    }
  }

  size_t longest_word = 0;
  int most_operators = 0;

 private:
  void Operator() { most_operators = std::max(most_operators, ++operators_.back()); }

  void Punctuation(char c) {
    if (c == '(' || c == '[' || c == '{' || c == '<') {
      operators_.push_back(0);
    } else if (c == ')' || c == ']' || c == '}' || c == '>') {
      if (operators_.size() > 1) operators_.pop_back();
    } else if (c == ',' || c == ':' || c == '=') {
      operators_.back() = 0;
    } else if (c == '+' || c == '-' || c == '*') {
      Operator();
    }
  }

  std::vector<int> operators_ = {0};  // the number of operators so far, for each open bracket
};

}  // namespace

absl::string_view ReasonNotToParse(absl::string_view text) {
  if (NestingDepth(text) > kMaxNesting) return "brackets are nested deeper than 200 levels";
  Scanner scanner;
  scanner.Scan(text);
  if (scanner.most_operators > kMaxNesting) return "an index expression has more than 200 operators";
  if (scanner.longest_word > kMaxWord) return "a word or number has more than 4,096 characters";
  return "";
}

mlir::OwningOpRef<mlir::ModuleOp> ParseModule(absl::string_view text, absl::string_view name,
                                              mlir::MLIRContext* context) {
  const std::string file(name);
  if (const absl::string_view why = ReasonNotToParse(text); !why.empty()) {
    mlir::emitError(mlir::FileLineColLoc::get(context, file, 1, 1))
        << llvm::StringRef(why.data(), why.size());
    return nullptr;
  }
  return mlir::parseSourceString<mlir::ModuleOp>(llvm::StringRef(text.data(), text.size()),
                                                 mlir::ParserConfig(context), file);
}

}  // namespace diapason::compiler::workload
