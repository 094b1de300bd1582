// Writes a model to try everything with. It has the real architecture and random weights, and needs no
// download.
#ifndef DIAPASON_COMPILER_IMPORTER_SAMPLE_MODEL_H_
#define DIAPASON_COMPILER_IMPORTER_SAMPLE_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler::importer {

// Returns the names that WriteSampleModel knows.
std::vector<std::string> SampleModels();

// Returns the path to which WriteSampleModel writes until the file is complete.
std::string PartialFile(const std::string& path);

// Writes the model to `path`. The file appears only when it is complete. `resnet18` is ResNet-18 (He et
// al. 2015) as an ONNX file of opset 17, with an input of 1x3x224x224 and an output of 1x1000. Its
// weights follow He's initialisation, and the statistics of its batch norms fit them. The same seed
// gives the same bytes everywhere. Returns NotFound if there is no such model, and PermissionDenied if
// the file cannot be written.
absl::Status WriteSampleModel(absl::string_view name, uint64_t seed, const std::string& path);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_SAMPLE_MODEL_H_
