// Writes a compiled model as a Python wheel, which `pip install` accepts.
#ifndef DIAPASON_COMPILER_MODEL_WHEEL_H_
#define DIAPASON_COMPILER_MODEL_WHEEL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "compiler/model/manifest.h"

namespace diapason::compiler::model {

// Returns the name of the wheel's file, such as "resnet18-1.0.0-py3-none-manylinux2014_x86_64.whl". Errors
// are InvalidArgument: `version` is not one that Python's tools accept (PEP 440), or the model's name cannot
// be imported, because it is a keyword of Python.
absl::StatusOr<std::string> WheelName(const std::string& model, const std::string& version,
                                      const std::string& triple);

// Writes the wheel to `path`. It contains the library, which is read from the file `library`, the manifest
// and Python code that runs the model. Equal inputs give equal bytes. Returns the errors of ZipFile, and
// NotFound if the library cannot be read.
absl::Status WriteWheel(const Manifest& manifest, const std::string& version, const std::string& library,
                        const std::string& path);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_WHEEL_H_
