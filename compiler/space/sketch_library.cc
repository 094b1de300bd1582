#include "compiler/space/sketch_library.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "compiler/space/script.h"
#include "compiler/transform/registration.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/IR/MLIRContext.h"
#include "proto/base/content_hash.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::space {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<std::string> ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return absl::NotFoundError(absl::StrCat("cannot read ", path.string()));
  return text.str();
}

// Returns the *.mlir files directly in `folder`, in alphabetical order.
std::vector<fs::path> MlirFiles(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".mlir" && entry.is_regular_file(error)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The named sequences that sketches share, with the aliases that their texts use.
class Library {
 public:
  explicit Library(mlir::MLIRContext* context) : context_(context) {}

  absl::Status Load(const fs::path& folder) {
    for (const fs::path& path : MlirFiles(folder)) {
      DIAPASON_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
      DIAPASON_ASSIGN_OR_RETURN(auto script, Script::Parse(context_, path.string(), text, /*verify=*/false));
      for (auto sequence : script->module().getOps<mlir::transform::NamedSequenceOp>()) {
        if (sequence.isExternal()) continue;
        auto [it, inserted] = sequences_.try_emplace(sequence.getName().str(), Entry{script.get(), sequence});
        if (!inserted) {
          return absl::InvalidArgumentError(absl::StrCat(LocationOf(sequence), ": named sequence @",
                                                         it->first, " is already defined at ",
                                                         LocationOf(it->second.sequence)));
        }
      }
      scripts_.push_back(std::move(script));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<v1::Sketch> Complete(absl::string_view name, absl::string_view file,
                                      absl::string_view text) const {
    DIAPASON_ASSIGN_OR_RETURN(auto script, Script::Parse(context_, file, text, /*verify=*/false));
    const std::set<std::string> needed = Needed(script->module());
    TextEdits edits;
    DIAPASON_RETURN_IF_ERROR(AddAliases(*script, needed, edits));
    std::string sequences;
    for (const std::string& symbol : needed) {
      const Entry& entry = sequences_.at(symbol);
      absl::StrAppend(&sequences, "\n  ",
                      entry.script->TextOf(entry.script->RangeWithComments(entry.sequence)), "\n");
      if (mlir::Operation* declared = mlir::SymbolTable::lookupSymbolIn(script->module(), symbol)) {
        edits.Replace(script->RangeOf(declared, /*with_results=*/false), "");
      }
    }
    const size_t end =
        script->RangeOf(script->module(), /*with_results=*/false).end - 1;  // its closing brace
    edits.Replace({end, end}, sequences);

    v1::Sketch sketch;
    sketch.set_name(std::string(name));
    sketch.set_text(edits.ApplyTo(script->text()));
    sketch.set_hash(ContentHash(sketch.text()));
    DIAPASON_ASSIGN_OR_RETURN(auto complete, Script::Parse(context_, file, sketch.text()));
    if (!complete->main()) {
      return absl::InvalidArgumentError(absl::StrCat(
          file,
          ": there is no transform.named_sequence @__transform_main, with which the interpreter starts"));
    }
    for (auto sequence : complete->module().getOps<mlir::transform::NamedSequenceOp>()) {
      if (!sequence.isExternal()) continue;
      return absl::InvalidArgumentError(
          absl::StrCat(LocationOf(sequence), ": named sequence @", sequence.getName().str(),
                       " is declared here, but neither this file nor the library defines it"));
    }
    return sketch;
  }

 private:
  struct Entry {
    const Script* script;
    mlir::transform::NamedSequenceOp sequence;
  };

  // Returns the library's sequences that `module` needs and does not define, directly or through others.
  std::set<std::string> Needed(mlir::ModuleOp module) const {
    std::set<std::string> needed;
    std::vector<mlir::Operation*> open = {module};
    while (!open.empty()) {
      auto uses = mlir::SymbolTable::getSymbolUses(&open.back()->getRegion(0));
      open.pop_back();
      if (!uses) continue;
      for (const mlir::SymbolTable::SymbolUse& use : *uses) {
        const std::string symbol = use.getSymbolRef().getRootReference().getValue().str();
        auto own = mlir::dyn_cast_or_null<mlir::FunctionOpInterface>(
            mlir::SymbolTable::lookupSymbolIn(module, symbol));
        auto it = sequences_.find(symbol);
        if ((own && !own.isExternal()) || it == sequences_.end() || !needed.insert(symbol).second) continue;
        open.push_back(it->second.sequence);
      }
    }
    return needed;
  }

  // Adds the aliases that the files of the needed sequences define. They are added to the first line, so
  // that line numbers do not change.
  absl::Status AddAliases(const Script& script, const std::set<std::string>& needed, TextEdits& edits) const {
    std::map<std::string, std::string> added;
    auto add = [&](const Script& from, const auto& alias, const auto* own, char sigil) -> absl::Status {
      std::string value;
      llvm::raw_string_ostream(value) << alias.value;
      const std::string name = absl::StrCat(std::string(1, sigil), alias.name.str());
      auto [it, inserted] = added.try_emplace(name, value);
      if (own ? own->value == alias.value : it->second == value) {
        if (own) added.erase(name);
        return absl::OkStatus();
      }
      return absl::InvalidArgumentError(absl::StrCat(LocationOf(from.module()), ": alias ", name, " is ",
                                                     value, " here, but not in ", LocationOf(script.module()),
                                                     "; rename one of them"));
    };
    std::set<const Script*> files;
    for (const std::string& symbol : needed) files.insert(sequences_.at(symbol).script);
    for (const auto& file : scripts_) {
      if (!files.count(file.get())) continue;
      for (const auto& alias : file->positions().getTypeAliasDefs()) {
        DIAPASON_RETURN_IF_ERROR(add(*file, alias, script.positions().getTypeAliasDef(alias.name), '!'));
      }
      for (const auto& alias : file->positions().getAttributeAliasDefs()) {
        DIAPASON_RETURN_IF_ERROR(add(*file, alias, script.positions().getAttributeAliasDef(alias.name), '#'));
      }
    }
    std::string line;
    for (const auto& [name, value] : added) absl::StrAppend(&line, name, " = ", value, " ");
    edits.Replace({0, 0}, line);
    return absl::OkStatus();
  }

  mlir::MLIRContext* context_;
  std::vector<std::unique_ptr<Script>> scripts_;
  std::map<std::string, Entry> sequences_;
};

mlir::DialectRegistry Registry() {
  mlir::DialectRegistry registry;
  transform::RegisterDialects(registry);
  return registry;
}

}  // namespace

absl::StatusOr<std::vector<v1::Sketch>> LoadSketches(const std::string& folder) {
  const std::vector<fs::path> files = MlirFiles(folder);
  if (files.empty())
    return absl::NotFoundError(absl::StrCat("there is no sketch (*.mlir) in the folder ", folder));
  mlir::MLIRContext context(Registry(), mlir::MLIRContext::Threading::DISABLED);
  Library library(&context);
  DIAPASON_RETURN_IF_ERROR(library.Load(fs::path(folder) / "library"));
  std::vector<v1::Sketch> sketches;
  for (const fs::path& path : files) {
    DIAPASON_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
    DIAPASON_ASSIGN_OR_RETURN(sketches.emplace_back(),
                              library.Complete(path.stem().string(), path.string(), text));
  }
  return sketches;
}

absl::StatusOr<v1::Sketch> CompleteSketch(absl::string_view name, absl::string_view text,
                                          const std::string& folder) {
  mlir::MLIRContext context(Registry(), mlir::MLIRContext::Threading::DISABLED);
  Library library(&context);
  DIAPASON_RETURN_IF_ERROR(library.Load(fs::path(folder) / "library"));
  return library.Complete(name, absl::StrCat(name, ".mlir"), text);
}

}  // namespace diapason::compiler::space
