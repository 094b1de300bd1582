// Which attributes ONNX gives the operators that import knows, in any opset. What is misspelt, or of another
// type, would otherwise be read as absent or as 0, and give another result than the file's author meant.
#ifndef DIAPASON_COMPILER_IMPORT_ATTRIBUTES_H_
#define DIAPASON_COMPILER_IMPORT_ATTRIBUTES_H_

#include "absl/status/status.h"
#include "onnx/onnx_pb.h"

namespace diapason::compiler::importer {

// InvalidArgument: the node has an attribute that its operator does not have, one of another type, or one
// twice. The types of a file older than attributes' types (ONNX before IR version 2) are not known, and not
// checked.
absl::Status CheckAttributes(const onnx::NodeProto& node);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORT_ATTRIBUTES_H_
