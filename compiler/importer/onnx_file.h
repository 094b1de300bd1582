// Reads an ONNX file, and adds its tensors to a graph as constants.
#ifndef DIAPASON_COMPILER_IMPORTER_ONNX_FILE_H_
#define DIAPASON_COMPILER_IMPORTER_ONNX_FILE_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "compiler/graph/graph.h"
#include "onnx/onnx_pb.h"

namespace diapason::compiler::importer {

// Maps a file into memory. Returns NotFound, PermissionDenied, or InvalidArgument if it is not a regular
// file.
absl::StatusOr<std::shared_ptr<const absl::string_view>> MapFile(const std::string& path);

// A parsed file. Constants of a graph may point into `model` and `external`, so both are passed to
// Graph::KeepAlive.
struct OnnxFile {
  std::string path;
  std::shared_ptr<const onnx::ModelProto> model;
  // The mapped files of external data, by name.
  std::map<std::string, std::shared_ptr<const absl::string_view>> external;
};

// Returns NotFound if there is no such file, and InvalidArgument if it is empty, truncated or not an
// ONNX model.
absl::StatusOr<OnnxFile> ReadOnnxFile(const std::string& path);

// Adds the tensor as a constant. If the file stores its elements as raw bytes, they stay where they are
// (in the parsed file, or in a file of external data); otherwise they are copied. Elements of a narrow type
// (narrow_types.h) become wider. Returns InvalidArgument if bytes and shape do not match, NotFound if a file
// of external data is missing, and Unimplemented if the element type is not supported.
absl::StatusOr<graph::ValueId> AddTensor(OnnxFile& file, const onnx::TensorProto& tensor,
                                         graph::Graph& graph);

// Returns the element type, or Unimplemented if it is not float32, int32, int64 or bool.
absl::StatusOr<v1::ElementType> DataTypeOf(int onnx_type);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_ONNX_FILE_H_
