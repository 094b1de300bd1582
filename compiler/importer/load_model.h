// A file the user has to a Program: *.onnx (import, folding, fusion, layout), *.mlir (one workload, one
// call).
#ifndef DIAPASON_COMPILER_IMPORT_LOAD_MODEL_H_
#define DIAPASON_COMPILER_IMPORT_LOAD_MODEL_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "compiler/graph/program.h"

namespace diapason::compiler::importer {

struct LoadOptions {
  std::map<std::string, int64_t> dims;  // values of the model's symbolic dimensions, by name

  // Floats may be treated as real numbers where that is faster: x / c as x * (1 / c), (x + b) + c as x + (b +
  // c), x + 0 as x, x^0.5 as the square root, and a * b + c rounded once. Results may differ in the last
  // places, and more where terms cancel each other or c is very small; NaN and infinities are kept. Of *.onnx
  // only: a kernel's text says itself what it allows (fastmath<contract>).
  bool fast_math = false;
};

// NotFound: no such file. InvalidArgument: empty, truncated or no model; a dynamic dimension without a value
// (all are named). Unimplemented: operators that are not supported (all of them at once, each with node and
// opset).
absl::StatusOr<graph::Program> LoadModel(const std::string& path, const LoadOptions& options);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORT_LOAD_MODEL_H_
