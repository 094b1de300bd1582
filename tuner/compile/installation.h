// Where the programs and data files of this installation are. Their folders have the same positions
// relative to the running program in a build folder and in an installed copy.
#ifndef DIAPASON_TUNER_COMPILE_INSTALLATION_H_
#define DIAPASON_TUNER_COMPILE_INSTALLATION_H_

#include <string>

#include "absl/strings/string_view.h"

namespace diapason::tuner {

// The folders and files of one installation, as absolute paths.
struct Installation {
  std::string programs;     // .../bin
  std::string sketches;     // .../share/diapason/sketches
  std::string targets;      // .../share/diapason/targets
  std::string mlir_plugin;  // .../lib/DiapasonTransform.so

  // Returns the path of another program of this installation.
  std::string Program(absl::string_view name) const;
  // Returns the path of the archive that a compiled model is linked with,
  // .../share/diapason/runtime/ARCHITECTURE/libdiapason_model_runtime.a. `triple` is the target's LLVM
  // triple.
  std::string RuntimeArchive(absl::string_view triple) const;
  // Returns the path of the Python program that runs other inference engines.
  std::string PeerWorker() const;
};

// Returns the installation of the running program. Does not check that the files exist.
Installation FindInstallation();

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_COMPILE_INSTALLATION_H_
