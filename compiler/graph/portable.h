// Operators that are no linear algebra, such as TopK. A C function of the run-time computes each of them
// (compiler/runtime/portable/portable_kernels.h): on constants while the graph is built, and otherwise in
// the compiled model.
#ifndef DIAPASON_COMPILER_GRAPH_PORTABLE_H_
#define DIAPASON_COMPILER_GRAPH_PORTABLE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "compiler/graph/infer_shape.h"
#include "compiler/graph/program.h"
#include "compiler/runtime/kernel_abi.h"

namespace diapason::compiler::graph {

// Returns the type and the shape of the node's result, whose operator is of kind kPortable. Returns
// InvalidArgument if the operands do not fit the operator.
absl::StatusOr<InferredType> InferPortable(const Graph& graph, const Node& node);

// Returns the kernel that computes the node, which InferPortable has accepted.
PortableKernel PortableKernelOf(const Graph& graph, const Node& node);

// Returns the function of that name, which must be that of a portable kernel.
diapason_body_fn PortableFunction(absl::string_view symbol);

// Returns the bytes of the kernel's first argument, a diapason_portable_call. `result` is what InferPortable
// has returned.
std::string PortableCallBytes(const Graph& graph, const Node& node, const InferredType& result);

// Returns the bytes of the node's result. All operands must be constants.
std::string EvaluatePortable(const Graph& graph, const Node& node, const InferredType& result);

}  // namespace diapason::compiler::graph

#endif  // DIAPASON_COMPILER_GRAPH_PORTABLE_H_
