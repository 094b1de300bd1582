#include "tuner/compile/installation.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace diapason::tuner {

std::string Installation::Program(absl::string_view name) const { return absl::StrCat(programs, "/", name); }

std::string Installation::RuntimeArchive(absl::string_view triple) const {
  const absl::string_view architecture = triple.substr(0, triple.find('-'));
  return absl::StrCat(programs, "/../share/diapason/runtime/", architecture, "/libdiapason_model_runtime.a");
}

std::string Installation::PeerWorker() const {
  return absl::StrCat(programs, "/../share/diapason/peers/peer_worker.py");
}

Installation FindInstallation() {
  std::error_code ignored;
  const std::filesystem::path programs =
      std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  const std::filesystem::path prefix = programs.parent_path();
  Installation installation;
  installation.programs = programs;
  installation.sketches = prefix / "share/diapason/sketches";
  installation.targets = prefix / "share/diapason/targets";
  installation.mlir_plugin = prefix / "lib/DiapasonTransform.so";
  return installation;
}

}  // namespace diapason::tuner
