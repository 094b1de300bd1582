// A file the user has to a Program: *.onnx (import, folding, fusion, layout, cutting), *.mlir (one workload, one call).
#ifndef DIAPASON_COMPILER_IMPORT_LOAD_MODEL_H_
#define DIAPASON_COMPILER_IMPORT_LOAD_MODEL_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "compiler/graph/program.h"

namespace diapason::compiler {

struct LoadOptions {
  std::map<std::string, int64_t> dims;  // values of the model's symbolic dimensions, by name
};

// NotFound: no such file. InvalidArgument: empty, truncated or no model; a dynamic dimension without a value (all are
// named). Unimplemented: operators that are not supported (all of them at once, each with node and opset).
absl::StatusOr<Program> LoadModel(const std::string& path, const LoadOptions& options);

}  // namespace diapason::compiler

#endif  // DIAPASON_COMPILER_IMPORT_LOAD_MODEL_H_
