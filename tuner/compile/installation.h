// Where the programs and data files of this installation are: beside the running program, in the build folder
// and where it is installed.
#ifndef DIAPASON_TUNER_COMPILE_INSTALLATION_H_
#define DIAPASON_TUNER_COMPILE_INSTALLATION_H_

#include <string>

#include "absl/strings/string_view.h"

namespace diapason::tuner {

struct Installation {
  std::string programs;     // .../bin
  std::string sketches;     // .../share/diapason/sketches
  std::string targets;      // .../share/diapason/targets
  std::string mlir_plugin;  // .../lib/DiapasonTransform.so

  std::string Program(absl::string_view name) const;
  // What a compiled model of a target's architecture is linked with:
  // .../share/diapason/runtime/ARCHITECTURE/....
  std::string RuntimeArchive(absl::string_view triple) const;
};

// Of the running program. Nothing is checked for existence.
Installation FindInstallation();

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_COMPILE_INSTALLATION_H_
