// Knows which attributes each supported ONNX operator has, in any opset. An attribute that is misspelt,
// or has another type, would otherwise be read as absent or as 0, and the result would not be what the
// file's author meant.
#ifndef DIAPASON_COMPILER_IMPORTER_ATTRIBUTES_H_
#define DIAPASON_COMPILER_IMPORTER_ATTRIBUTES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "onnx/onnx_pb.h"

namespace diapason::compiler::importer {

// Returns the name under which the tables of operators have an operator: its own if it is ONNX's, whose
// domain is "" or "ai.onnx", and else that behind the domain: "com.microsoft.Gelu".
std::string QualifiedName(absl::string_view domain, absl::string_view name);

// Checks the attributes of a node. Returns InvalidArgument if its operator does not have such an
// attribute, if an attribute has another type than in ONNX, or if one occurs twice. Files older than
// ONNX's IR version 2 do not store the types of attributes; these types are not checked.
absl::Status CheckAttributes(const onnx::NodeProto& node);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_ATTRIBUTES_H_
