// Collects what is not supported in a model, so that a user learns all of it at once. The result is an error
// whose message names every part. The error also carries the list for programs (RefusalOf in load_model.h).
#ifndef DIAPASON_COMPILER_IMPORTER_REFUSAL_H_
#define DIAPASON_COMPILER_IMPORTER_REFUSAL_H_

#include <map>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/refusal.pb.h"
#include "onnx/onnx_pb.h"

namespace diapason::compiler::importer {

// The parts of one model that are not supported. `graph`, the model's main graph, must outlive it.
class RefusedParts {
 public:
  explicit RefusedParts(const onnx::GraphProto& graph);

  // Notes an input, an output or an initializer.
  void AddTensor(v1::RefusedKind kind, const std::string& name, absl::string_view reason);

  // Notes a node. `main` is the node of the main graph that is being converted: `node` itself, or the one
  // in whose body it lies. `reason` is empty if the operator as a whole is not supported. A node is noted
  // once, although the body of a loop is converted for each iteration.
  void AddNode(const onnx::NodeProto& main, const onnx::NodeProto& node, absl::string_view domain,
               int64_t opset, absl::string_view reason);

  // Notes a node of the main graph that could not be checked.
  void AddUnchecked(const onnx::NodeProto& main);

  bool empty() const { return refusal_.parts().empty(); }

  // Returns the list for the file `path`, and the error that carries it. There must be a part.
  v1::Refusal List(absl::string_view path) const;
  absl::Status Error() const;

 private:
  v1::Refusal refusal_;
  std::map<const onnx::NodeProto*, int> indices_;  // of the nodes of the main graph
  std::set<const onnx::NodeProto*> noted_;
};

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_REFUSAL_H_
