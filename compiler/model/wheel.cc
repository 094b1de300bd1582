#include "compiler/model/wheel.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <regex>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "compiler/model/python_text.h"
#include "compiler/model/zip_file.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SHA256.h"
#include "proto/base/status_macros.h"
#include "proto/domain/element_type.h"
#include "proto/domain/protocol_version.h"

namespace diapason::compiler::model {
namespace {

// Words that cannot be the name of a module. A model's name is a C identifier, and so has ASCII letters only.
constexpr const char* kPythonKeywords[] = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

// Returns the name as it is written in file names of wheels: with single underscores and small letters.
std::string FileWord(const std::string& model) {
  return absl::AsciiStrToLower(std::regex_replace(model, std::regex("_+"), "_"));
}

// Returns the tag of the platforms on which pip installs the wheel. The library names no C library and needs
// none of its newer functions, so it loads with any glibc that pip serves, and with musl.
std::string PlatformTag(const std::string& triple) {
  const std::vector<std::string> parts = absl::StrSplit(triple, '-');
  return absl::StrCat("manylinux2014_", parts[0], ".musllinux_1_1_", parts[0]);
}

std::string WheelTag(const std::string& triple) { return absl::StrCat("py3-none-", PlatformTag(triple)); }

// Returns a line for each tensor. A name comes from the model, and must not end the documentation string.
std::string TensorLines(absl::string_view kind, const std::vector<ManifestTensor>& tensors) {
  std::string lines;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const std::string name = absl::StrReplaceAll(tensors[i].name, {{"\\", "/"}, {"\"", "'"}, {"\n", " "}});
    absl::StrAppend(&lines, "    ", kind, " ", i, ": ", name, ", ", ElementTypeName(tensors[i].element_type),
                    " [", absl::StrJoin(tensors[i].shape, ", "), "]\n");
  }
  return lines;
}

// Writes the files of a wheel, and the list of them that a wheel ends with.
class Wheel {
 public:
  Wheel(ZipFile zip, std::string info_folder) : zip_(std::move(zip)), info_folder_(std::move(info_folder)) {}

  absl::Status Add(const std::string& name, absl::string_view contents, bool executable = false) {
    const std::array<uint8_t, 32> hash =
        llvm::SHA256::hash(llvm::arrayRefFromStringRef(llvm::StringRef(contents.data(), contents.size())));
    std::string digest =
        absl::WebSafeBase64Escape(absl::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()));
    while (!digest.empty() && digest.back() == '=') digest.pop_back();
    absl::StrAppend(&record_, name, ",sha256=", digest, ",", contents.size(), "\n");
    return zip_.Add(name, contents, executable);
  }
  absl::Status AddInfo(const std::string& name, absl::string_view contents) {
    return Add(absl::StrCat(info_folder_, "/", name), contents);
  }
  absl::Status Finish() {
    const std::string name = absl::StrCat(info_folder_, "/RECORD");
    DIAPASON_RETURN_IF_ERROR(zip_.Add(name, absl::StrCat(record_, name, ",,\n")));
    return zip_.Finish();
  }

 private:
  ZipFile zip_;
  const std::string info_folder_;
  std::string record_;
};

}  // namespace

absl::StatusOr<std::string> WheelName(const std::string& model, const std::string& version,
                                      const std::string& triple) {
  static const std::regex* const kVersion =
      new std::regex(R"re(\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?(\+[a-z0-9]+(\.[a-z0-9]+)*)?)re");
  if (!std::regex_match(version, *kVersion)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", version, "' is not a version of a Python package; write for example 1.0.0 or 1.2.0rc1"));
  }
  const bool has_edges = absl::ascii_isalnum(model.front()) && absl::ascii_isalnum(model.back());
  if (!has_edges ||
      std::find(std::begin(kPythonKeywords), std::end(kPythonKeywords), model) != std::end(kPythonKeywords)) {
    return absl::InvalidArgumentError(absl::StrCat("a Python package cannot have the model's name '", model,
                                                   "'; give the model's file another name"));
  }
  return absl::StrCat(FileWord(model), "-", version, "-", WheelTag(triple), ".whl");
}

absl::Status WriteWheel(const Manifest& manifest, const std::string& version, const std::string& library,
                        const std::string& path) {
  const auto code = llvm::MemoryBuffer::getFile(library, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!code)
    return absl::NotFoundError(absl::StrCat("cannot read ", library, ": ", code.getError().message()));
  const std::string& name = manifest.name;
  const std::string package = absl::StrReplaceAll(
      PackagePythonText(),
      {{"NAME", name},
       {"TARGET", manifest.target.empty() ? manifest.triple : manifest.target},
       {"TENSORS", TensorLines("input", manifest.inputs) + TensorLines("output", manifest.outputs)},
       {"VERSION", version}});
  DIAPASON_ASSIGN_OR_RETURN(ZipFile zip, ZipFile::Create(path));
  Wheel wheel(std::move(zip), absl::StrCat(FileWord(name), "-", version, ".dist-info"));
  DIAPASON_RETURN_IF_ERROR(wheel.Add(name + "/__init__.py", package));
  DIAPASON_RETURN_IF_ERROR(wheel.Add(name + "/_compiled_model.py", CompiledModelPythonText()));
  DIAPASON_RETURN_IF_ERROR(wheel.Add(absl::StrCat(name, "/", kManifestFile), ManifestText(manifest)));
  DIAPASON_RETURN_IF_ERROR(wheel.Add(absl::StrCat(name, "/", manifest.library),
                                     {(*code)->getBufferStart(), (*code)->getBufferSize()},
                                     /*executable=*/true));
  DIAPASON_RETURN_IF_ERROR(wheel.AddInfo(
      "METADATA", absl::StrCat("Metadata-Version: 2.1\nName: ", name, "\nVersion: ", version,
                               "\nSummary: The model ", name, ", compiled by Diapason ", Release(),
                               "\nRequires-Python: >=3.8\nRequires-Dist: numpy>=1.22\n")));
  // Each platform has a line of its own.
  std::string wheel_text =
      absl::StrCat("Wheel-Version: 1.0\nGenerator: diapason ", Release(), "\nRoot-Is-Purelib: false\n");
  for (absl::string_view platform : absl::StrSplit(PlatformTag(manifest.triple), '.'))
    absl::StrAppend(&wheel_text, "Tag: py3-none-", platform, "\n");
  DIAPASON_RETURN_IF_ERROR(wheel.AddInfo("WHEEL", wheel_text));
  return wheel.Finish();
}

}  // namespace diapason::compiler::model
