#include "tuner/build/installation.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace diapason::tuner {

std::string Installation::Program(absl::string_view name) const { return absl::StrCat(programs, "/", name); }

Installation FindInstallation() {
  std::error_code ignored;
  const std::filesystem::path programs =
      std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  const std::filesystem::path prefix = programs.parent_path();
  Installation installation;
  installation.programs = programs;
  installation.sketches = prefix / "share/diapason/sketches";
  installation.targets = prefix / "share/diapason/targets";
  installation.runtime_archive = prefix / "lib/libdiapason_model_runtime.a";
  installation.mlir_plugin = prefix / "lib/DiapasonTransform.so";
  return installation;
}

}  // namespace diapason::tuner
