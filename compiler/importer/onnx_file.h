// An ONNX file in memory, and its tensors as constants of a graph.
#ifndef DIAPASON_COMPILER_IMPORT_ONNX_FILE_H_
#define DIAPASON_COMPILER_IMPORT_ONNX_FILE_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "compiler/graph/graph.h"
#include "onnx/onnx_pb.h"

namespace diapason::compiler::importer {

// A file's bytes, mapped. NotFound, PermissionDenied.
absl::StatusOr<std::shared_ptr<const absl::string_view>> MapFile(const std::string& path);

struct OnnxFile {
  std::string path;
  std::shared_ptr<const onnx::ModelProto> model;
  std::map<std::string, std::shared_ptr<const absl::string_view>> external;  // files of weights, by name
};

// NotFound: no such file. InvalidArgument: empty, truncated, or no ONNX model.
absl::StatusOr<OnnxFile> ReadOnnxFile(const std::string& path);

// Adds the tensor as a constant: its bytes stay where they are (in the parsed file, in a file of external
// data) where the file holds them raw. InvalidArgument: bytes and shape do not fit; NotFound: no file of
// external data. Unimplemented: an element type that is not supported.
absl::StatusOr<graph::ValueId> AddTensor(OnnxFile& file, const onnx::TensorProto& tensor,
                                         graph::Graph& graph);

// Unimplemented: neither float32, int32, int64 nor bool.
absl::StatusOr<v1::ElementType> DataTypeOf(int onnx_type);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORT_ONNX_FILE_H_
