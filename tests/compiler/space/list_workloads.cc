// Writes one workload of every structure in some models, without elementwise ones, for the sketch test:
//   list_workloads [NAME=VALUE...] MODEL... > tests/compiler/space/model_workloads.mlir
// NAME=VALUE sets the size of a dynamic dimension of the next model. The output begins with names for
// affine maps and lists of iterators, because these would be most of the text.
#include <iostream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "compiler/importer/load_model.h"

namespace diapason::compiler::space {
namespace {

class Names {
 public:
  // Returns `text` with a name in place of everything that `pattern` matches.
  std::string Apply(const std::string& text, const std::regex& pattern, const std::string& prefix) {
    std::string result;
    auto last = text.begin();
    for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
      const auto [name, is_new] = names_.try_emplace(it->str(), absl::StrCat("#", prefix, names_.size()));
      if (is_new) definitions_ << name->second << " = " << it->str() << "\n";
      result.append(last, text.begin() + it->position()).append(name->second);
      last = text.begin() + it->position() + it->length();
    }
    return result.append(last, text.end());
  }
  std::string Definitions() const { return definitions_.str(); }

 private:
  std::map<std::string, std::string> names_;
  std::ostringstream definitions_;
};

bool IsListed(const v1::Workload& workload) {
  return !absl::StartsWith(workload.summary(), "elementwise") &&
         !absl::StartsWith(workload.summary(), "copy") && !absl::StartsWith(workload.summary(), "gather");
}

int List(int argc, char** argv) {
  const std::regex maps(R"re(affine_map<\([^)]*\) -> \([^)]*\)>)re");
  const std::regex iterators(R"re(\["(parallel|reduction)"(, "(parallel|reduction)")*\])re");
  importer::LoadOptions options;
  std::set<std::string> structures;
  Names names;
  std::string texts;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (const size_t equals = argument.find('='); equals != std::string::npos) {
      int64_t size = 0;
      if (absl::SimpleAtoi(argument.substr(equals + 1), &size))
        options.dims[argument.substr(0, equals)] = size;
      continue;
    }
    const auto program = importer::LoadModel(argument, options);
    options.dims.clear();
    if (!program.ok()) {
      std::cerr << program.status().message() << "\n";
      continue;
    }
    for (const v1::Workload& workload : program->workloads) {
      if (!IsListed(workload) || !structures.insert(workload.structure_id()).second) continue;
      const std::string text = absl::StrReplaceAll(workload.text(), {{"  ", ""}});
      absl::StrAppend(&texts, "// -----\n// ", workload.summary(), "\n",
                      names.Apply(names.Apply(text, maps, "map"), iterators, "loops"), "\n");
    }
  }
  std::cout << names.Definitions() << texts;
  std::cerr << structures.size() << " structures\n";
  return structures.empty() ? 1 : 0;
}

}  // namespace
}  // namespace diapason::compiler::space

int main(int argc, char** argv) { return diapason::compiler::space::List(argc, argv); }
