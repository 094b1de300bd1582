// Makes ONNX models for tests from ONNX's own text format, such as "(float[3] x) => (float[3] y) { y =
// Relu(x) }".
#ifndef DIAPASON_TESTS_COMPILER_IMPORT_ONNX_TEXT_H_
#define DIAPASON_TESTS_COMPILER_IMPORT_ONNX_TEXT_H_

#include <cstring>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "compiler/graph/program.h"
#include "compiler/importer/load_model.h"
#include "onnx/onnx_pb.h"

namespace diapason::compiler::importer {

// Returns the model of a text. Initializers stand behind the outputs: "... => (float[3] y) <int64[2]
// index = {0, -1}> { ... }". If the text does not parse, the test fails.
onnx::ModelProto OnnxModel(const std::string& graph, int opset = 17);

// These load a model with LoadModel, from a temporary file.
absl::StatusOr<graph::Program> Load(const onnx::ModelProto& model, const LoadOptions& options = {});
absl::StatusOr<graph::Program> LoadBytes(const std::string& file, const LoadOptions& options = {});

// Returns the bytes of the model's outputs for the bytes of its inputs, computed by reference kernels.
// If anything fails, the test fails and the result is empty.
std::vector<std::string> Computed(const onnx::ModelProto& model, const std::vector<std::string>& inputs);

template <typename T>
std::string BytesOf(const std::vector<T>& numbers) {
  return std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T));
}

template <typename T>
std::vector<T> NumbersIn(const std::string& bytes) {
  std::vector<T> numbers(bytes.size() / sizeof(T));
  if (!bytes.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_TESTS_COMPILER_IMPORT_ONNX_TEXT_H_
