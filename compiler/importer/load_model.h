// Loads a user's file as a Program. A *.onnx file is imported, folded, fused and laid out. A *.mlir file
// holds one workload, which becomes one call.
#ifndef DIAPASON_COMPILER_IMPORTER_LOAD_MODEL_H_
#define DIAPASON_COMPILER_IMPORTER_LOAD_MODEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/graph/program.h"
#include "diapason/v1/refusal.pb.h"

namespace diapason::compiler::importer {

// What the user may choose when a model is loaded.
struct LoadOptions {
  std::map<std::string, int64_t> dims;  // the values of the model's symbolic dimensions, by name

  // The shapes of inputs by name, for dimensions without a name, or with one name for several sizes.
  std::map<std::string, graph::Shape> shapes;

  // Inputs whose values are known: one number for all elements, or one for each. They are constants then
  // and no inputs of the library. Branches and loops that depend on them are decided when the model is
  // compiled.
  std::map<std::string, std::vector<double>> values;

  // If true, floats may be treated as real numbers where that is faster: x / c becomes x * (1 / c), (x +
  // b) + c becomes x + (b + c), x + 0 becomes x, x^0.5 becomes the square root, and a * b + c is rounded
  // once. Results may differ in the last digits, and more where terms cancel each other or c is very
  // small. NaN and infinities are kept. This applies to *.onnx files only; the text of a kernel itself
  // says what it allows (fastmath<contract>).
  bool fast_math = false;

  // If true, convolutions are not computed by an algorithm whose rounding errors are larger than those of
  // the direct sum, such as Winograd's with large tiles. This applies to *.onnx files only; the text of a
  // kernel itself says so (diapason.strict).
  bool strict_accuracy = false;

  // If this is not null, a model with parts that are not supported is loaded without them, and they are
  // listed here. The results of these parts become inputs, and what they read becomes outputs. So the
  // program shows what can be tuned, and cannot replace the model.
  v1::Refusal* left_out = nullptr;

  // Receives what is odd about the model, one line each, although it can be compiled. May be null.
  std::vector<std::string>* warnings = nullptr;
};

// Loads the model. Errors:
//   NotFound: there is no such file.
//   InvalidArgument: the file is empty, truncated or not a model, or a dynamic dimension has no value.
//     The message names all such dimensions.
//   Unimplemented: parts of the model are not supported. The message lists all of them, each node with its
//     attributes and opset. RefusalOf returns the list.
absl::StatusOr<graph::Program> LoadModel(const std::string& path, const LoadOptions& options);

// Returns the list of the parts that are not supported, if the error of LoadModel has one.
std::optional<v1::Refusal> RefusalOf(const absl::Status& status);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_LOAD_MODEL_H_
