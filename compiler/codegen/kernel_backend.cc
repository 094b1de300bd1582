#include "compiler/codegen/kernel_backend.h"

#include "absl/strings/str_cat.h"

namespace diapason::compiler::codegen {

std::string VersionText(const BackendVersion& version) {
  return absl::StrCat(version.release, "+", version.sources, " (", version.toolchain, ")");
}

}  // namespace diapason::compiler::codegen
