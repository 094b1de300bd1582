#include "compiler/codegen/script_cache.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "compiler/workload/parse_module.h"
#include "mlir/Dialect/Transform/IR/TransformOps.h"
#include "mlir/Dialect/Transform/TuneExtension/TuneExtensionOps.h"
#include "mlir/IR/Verifier.h"

namespace diapason::compiler::codegen {
namespace {

namespace tr = mlir::transform;

constexpr size_t kMaxEntries = 16;  // a search uses a few sketches at a time

// A script's text, divided into its numbers and the rest.
struct DividedText {
  std::string rest;
  std::vector<int64_t> numbers;
};

// The numbers are those after these words, as ScriptTemplate of compiler/space writes them.
constexpr std::array<absl::string_view, 3> kBefore = {"> = ", "transform.param.constant ",
                                                      "selected_region = "};

DividedText Divide(absl::string_view text) {
  DividedText divided;
  std::array<size_t, kBefore.size()> places = {};  // where each word is found next
  size_t copied = 0, at = 0;
  while (true) {
    size_t begin = text.npos;
    for (size_t i = 0; i < kBefore.size(); ++i) {
      if (places[i] != text.npos && places[i] <= at) {
        places[i] = text.find(kBefore[i], at);
        if (places[i] != text.npos) places[i] += kBefore[i].size();
      }
      begin = std::min(begin, places[i]);
    }
    if (begin == text.npos) break;
    at = begin;
    if (at < text.size() && text[at] == '-') ++at;
    while (at < text.size() && absl::ascii_isdigit(text[at])) ++at;
    int64_t number = 0;
    if (!absl::SimpleAtoi(text.substr(begin, at - begin), &number)) continue;
    // The character marks the place. No MLIR text contains it.
    absl::StrAppend(&divided.rest, text.substr(copied, begin - copied), "\x01");
    divided.numbers.push_back(number);
    copied = at;
  }
  absl::StrAppend(&divided.rest, text.substr(copied));
  return divided;
}

// Returns the number that an operation holds, and the name of its attribute, if Divide finds it in the text.
std::optional<std::pair<llvm::StringRef, mlir::IntegerAttr>> NumberOf(mlir::Operation* op) {
  llvm::StringRef name;
  if (auto knob = mlir::dyn_cast<tr::tune::KnobOp>(op)) {
    name = knob.getSelectedAttrName();
  } else if (auto constant = mlir::dyn_cast<tr::ParamConstantOp>(op)) {
    name = constant.getValueAttrName();
  } else if (auto choice = mlir::dyn_cast<tr::tune::AlternativesOp>(op)) {
    name = choice.getSelectedRegionAttrAttrName();
  }
  if (name.empty()) return std::nullopt;
  auto number = op->getAttrOfType<mlir::IntegerAttr>(name);
  if (!number || number.getValue().getBitWidth() != 64) return std::nullopt;
  return std::pair(name, number);
}

}  // namespace

bool ScriptCache::SetNumbers(Entry& entry, llvm::ArrayRef<int64_t> numbers) {
  for (auto [op, number] : llvm::zip(entry.ops, numbers)) {
    const auto [name, old] = *NumberOf(op);
    if (old.getInt() == number) continue;
    op->setAttr(name, mlir::IntegerAttr::get(old.getType(), number));
    if (mlir::failed(mlir::verify(op, /*verifyRecursively=*/false))) return false;
  }
  return true;
}

mlir::ModuleOp ScriptCache::Parse(absl::string_view text) {
  DividedText divided = Divide(text);
  auto entry =
      llvm::find_if(entries_, [&](const Entry& e) { return e.text_without_numbers == divided.rest; });
  if (entry != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, entry);
    if (SetNumbers(*entry, divided.numbers)) return *entry->module;
    entries_.erase(entry);
    return nullptr;
  }
  Entry made = {std::move(divided.rest), workload::ParseModule(text, "script", context_), {}};
  if (!made.module) return nullptr;
  std::vector<int64_t> numbers;
  made.module->walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation* op) {
    const auto number = NumberOf(op);
    if (!number) return;
    made.ops.push_back(op);
    numbers.push_back(number->second.getInt());
  });
  if (numbers != divided.numbers) made.text_without_numbers.reset();
  entries_.push_front(std::move(made));
  if (entries_.size() > kMaxEntries) entries_.pop_back();
  return *entries_.front().module;
}

}  // namespace diapason::compiler::codegen
