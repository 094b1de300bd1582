// Reads and writes tensors in files of ONNX's TensorProto (*.pb). The test sets of `onnx` have this
// form, and tools for PyTorch and ONNX Runtime write it.
#ifndef DIAPASON_COMPILER_MODEL_TENSOR_FILE_H_
#define DIAPASON_COMPILER_MODEL_TENSOR_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "compiler/model/tensor.h"

namespace diapason::compiler::model {

// Reads a tensor. Returns NotFound if there is no such file, and InvalidArgument if it does not hold a
// tensor or the element type has fewer than 8 bits or is not a number.
absl::StatusOr<Tensor> ReadTensorFile(const std::string& path);

// Reads a tensor of each file, and returns the first error of ReadTensorFile.
absl::StatusOr<std::vector<Tensor>> ReadTensorFiles(const std::vector<std::string>& paths);

// Writes a tensor. Returns PermissionDenied if the file cannot be written.
absl::Status WriteTensorFile(const Tensor& tensor, const std::string& path);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_TENSOR_FILE_H_
