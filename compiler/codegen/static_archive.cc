#include "compiler/codegen/static_archive.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "llvm/ObjCopy/ConfigManager.h"
#include "llvm/ObjCopy/ObjCopy.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/Binary.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::codegen {
namespace {

absl::Status ToStatus(llvm::Error error) {
  if (!error) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the static archive: ", llvm::toString(std::move(error))));
}

// Copies the object, and makes all symbols local that are not listed.
absl::Status KeepGlobal(const std::string& path, const std::vector<std::string>& symbols,
                        llvm::SmallVectorImpl<char>& copy) {
  llvm::Expected<llvm::object::OwningBinary<llvm::object::Binary>> object = llvm::object::createBinary(path);
  if (!object) return ToStatus(object.takeError());
  llvm::objcopy::ConfigManager config;
  config.Common.InputFilename = path;
  for (const std::string& symbol : symbols) {
    llvm::Expected<llvm::objcopy::NameOrPattern> name = llvm::objcopy::NameOrPattern::create(
        symbol, llvm::objcopy::MatchStyle::Literal, [](llvm::Error error) { return error; });
    if (!name) return ToStatus(name.takeError());
    DIAPASON_RETURN_IF_ERROR(ToStatus(config.Common.SymbolsToKeepGlobal.addMatcher(std::move(name))));
  }
  llvm::raw_svector_ostream stream(copy);
  return ToStatus(llvm::objcopy::executeObjcopyOnBinary(config, *object->getBinary(), stream));
}

}  // namespace

absl::Status LinkStaticArchive(const LinkOptions& options) {
  LinkOptions link = options;
  link.output = absl::StrCat(options.output, ".o");
  DIAPASON_RETURN_IF_ERROR(LinkRelocatable(link));
  llvm::SmallVector<char, 0> object;
  DIAPASON_RETURN_IF_ERROR(KeepGlobal(link.output, options.exports, object));
  llvm::NewArchiveMember member(
      llvm::MemoryBufferRef(llvm::StringRef(object.data(), object.size()), options.soname));
  return ToStatus(llvm::writeArchive(options.output, std::move(member), llvm::SymtabWritingMode::NormalSymtab,
                                     llvm::object::Archive::K_GNU, /*Deterministic=*/true, /*Thin=*/false));
}

}  // namespace diapason::compiler::codegen
