// Functions: operators that a model itself defines by nodes. Exporters write them for modules of a network,
// and for operators that a run-time may not have.
#ifndef DIAPASON_COMPILER_IMPORTER_FUNCTIONS_H_
#define DIAPASON_COMPILER_IMPORTER_FUNCTIONS_H_

#include <map>
#include <string>
#include <tuple>

#include "absl/status/statusor.h"
#include "onnx/onnx_pb.h"

namespace diapason::compiler::importer {

// The functions that a model defines. They point into the model, which must outlive this object.
class Functions {
 public:
  // Notes the functions of the model. Returns InvalidArgument if two have the same name.
  absl::Status Add(const onnx::ModelProto& model);

  // Returns the function that the node calls, or null if its operator is not one of the model's functions.
  const onnx::FunctionProto* Find(const onnx::NodeProto& node) const;

  // Returns the nodes of the function as a graph. Attributes of the nodes that refer to attributes of the
  // function have the values that `call` gives, or the function's defaults. Returns InvalidArgument if the
  // call has more operands or results than the function, or if all calls together have too many nodes.
  absl::StatusOr<onnx::GraphProto> BodyOf(const onnx::FunctionProto& function, const onnx::NodeProto& call);

 private:
  // By domain, name, and the third name that tells functions of the same name apart.
  std::map<std::tuple<std::string, std::string, std::string>, const onnx::FunctionProto*> known_;
  int64_t nodes_ = 0;  // of all calls so far
};

// The standard domain of operators has two names. Returns "" for both, and other domains unchanged.
std::string DomainOf(const std::string& domain);

using Opsets = std::map<std::string, int64_t>;  // by domain

// Returns the opsets that a model or a function imports, or Unimplemented if one is too new.
absl::StatusOr<Opsets> OpsetsOf(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>& imported);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_FUNCTIONS_H_
