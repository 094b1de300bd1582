// Tensors in files, as ONNX's TensorProto (*.pb): what `onnx` test sets, PyTorch's and ONNX Runtime's tools
// write.
#ifndef DIAPASON_COMPILER_MODEL_TENSOR_FILE_H_
#define DIAPASON_COMPILER_MODEL_TENSOR_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "compiler/model/tensor.h"

namespace diapason::compiler::model {

// NotFound: no such file. InvalidArgument: it is no tensor, or of a type other than float32, int8, int32,
// int64, bool.
absl::StatusOr<Tensor> ReadTensorFile(const std::string& path);

// PermissionDenied: the file cannot be written.
absl::Status WriteTensorFile(const Tensor& tensor, const std::string& path);

}  // namespace diapason::compiler::model

#endif  // DIAPASON_COMPILER_MODEL_TENSOR_FILE_H_
