// A real model to try everything with, made on the spot.
#ifndef DIAPASON_COMPILER_IMPORT_SAMPLE_MODEL_H_
#define DIAPASON_COMPILER_IMPORT_SAMPLE_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace diapason::compiler::importer {

// The names that WriteSampleModel knows.
std::vector<std::string> SampleModels();

// Where WriteSampleModel writes until the file is complete.
std::string PartialFile(const std::string& path);

// Writes `path`, complete or not at all: `resnet18` is ResNet-18 (He et al. 2015) as an ONNX file of opset
// 17, input 1x3x224x224, output 1x1000, weights of He's initialisation and batch norms whose statistics fit
// it. The same bytes for the same seed, everywhere. NotFound: no such model; PermissionDenied: the file.
absl::Status WriteSampleModel(absl::string_view name, uint64_t seed, const std::string& path);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORT_SAMPLE_MODEL_H_
