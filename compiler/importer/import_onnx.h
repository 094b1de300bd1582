// Converts an ONNX file to a Graph. The operators of all opsets become those of compiler/graph/op.h, all
// sizes become known numbers, and constants are folded.
#ifndef DIAPASON_COMPILER_IMPORTER_IMPORT_ONNX_H_
#define DIAPASON_COMPILER_IMPORTER_IMPORT_ONNX_H_

#include <string>

#include "absl/status/statusor.h"
#include "compiler/graph/graph.h"
#include "compiler/importer/load_model.h"

namespace diapason::compiler::importer {

// Imports the file. Returns the same errors as LoadModel.
absl::StatusOr<graph::Graph> ImportOnnx(const std::string& path, const LoadOptions& options);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_IMPORT_ONNX_H_
